"""Right numbers under the wrong key: where the key is written, and what to write there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nets.homework.reading.source import Source

__all__ = ["Stored", "stored_at", "unpacked"]


@dataclass(frozen=True)
class Stored:
    """Where a gradient gets its key.

    Attributes
    ----------
    line : int
    fix : str
        The line with the right key, empty where it is not known.
    """

    line: int
    fix: str


def unpacked(source: Source, function: str, returned: Sequence[str]) -> list[str]:
    """Return what is returned in the order in which the file's own calls take it apart.

    ``return dW2, dW1`` is ``[dW1, dW2]`` where the training loop has ``dW1, dW2 = backward(…)``.

    Parameters
    ----------
    source : Source
    function : str
    returned : sequence of str
        The names in its return statement.
    """
    every = list(ast.walk(source.tree))
    if sum(isinstance(node, ast.FunctionDef) and node.name == function for node in every) != 1:
        return list(returned)  # whose call it is would be a guess
    for node in every:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        target = node.targets[0]
        if ast.unparse(node.value.func).rpartition(".")[2] != function or not isinstance(
            target, ast.Tuple
        ):
            continue
        taken = [_meant(ast.unparse(each), returned) for each in target.elts]
        order = [name for name in taken if name is not None]
        if sorted(order) == sorted(returned):
            return order
    return list(returned)


def _meant(name: str, returned: Sequence[str]) -> str | None:
    """Return which of the names in a return statement a caller's is: `delta_nabla_w`, `nabla_w`."""
    alike = [each for each in returned if name == each or name.endswith(f"_{each}")]
    return alike[0] if len(alike) == 1 else None


def stored_at(
    source: Source, backward: str, name: str, wanted: str, line: int | None = None
) -> Stored | None:
    """Return where backward stores something under a key, and how it would be right.

    Parameters
    ----------
    source : Source
    backward : str
        The name of the function.
    name : str
        The gradient as it is spelled: ``dW2``, ``grads['W2']``.
    wanted : str
        What it is the gradient of: ``W1``.
    line : int, optional
        The line that made the numbers, which may be where they are stored as well.
    """
    keys = re.findall(r"\['(\w+)'\]$", name)
    key = keys[0] if keys else re.sub(r"\[.*", "", name)
    number, right = re.search(r"\d+$", key), re.search(r"\d+$", wanted)
    further = int(right[0]) - int(number[0]) if number and right else 0
    every = [node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef)]
    functions = sorted(every, key=lambda each: each.name != backward)
    found = [
        each
        for function in functions
        for node in ast.walk(function)
        for each in _entries(node, source, backward, key, further)
    ]
    return next((each for each in found if each.line == line), found[0] if found else None)


def _entries(
    node: ast.AST, source: Source, backward: str, key: str, further: int
) -> Iterator[Stored]:
    """Yield where a key is written: in a dict, in a loop, or as the place in a tuple."""
    if isinstance(node, ast.Dict):
        for each in node.keys:
            if isinstance(each, ast.Constant) and each.value == key:
                yield Stored(each.lineno, _renumbered(source.line(each.lineno)))
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        slot = node.targets[0].slice
        if isinstance(slot, ast.Constant) and slot.value == key:
            yield Stored(node.lineno, _renumbered(source.line(node.lineno)))
        elif further and (count := _counted(slot, key)) is not None:
            text = source.line(node.lineno)
            right = f"str({_moved(count, further)})"
            yield Stored(node.lineno, re.sub(r"str\(.*?\)(?=\])", lambda _: right, text, count=1))
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        names = [ast.unparse(each) for each in node.value.elts]
        order = unpacked(source, backward, names)
        if key in names and order != names:
            yield Stored(node.lineno, f"return {', '.join(order)}")


def _renumbered(line: str) -> str:
    """Return a line where each key has the value of its own number; empty if each has."""
    pair = r"(['\"])(d?)(\w*?)(\d+)\1(\]? *[:=] *)(d?\3)\d+\b(?! *[^\s,}])"
    fixed = re.sub(pair, r"\1\2\3\4\1\5\g<6>\4", line)
    return fixed if fixed != line else ""


def _counted(key: ast.expr, wanted: str) -> ast.expr | None:
    """Return n of ``"dW" + str(n)``, where such keys begin like `wanted`."""
    if (
        isinstance(key, ast.BinOp)
        and isinstance(key.op, ast.Add)
        and isinstance(key.left, ast.Constant)
        and isinstance(key.right, ast.Call)
        and ast.unparse(key.right.func) == "str"
        and key.left.value == wanted.rstrip("0123456789")
    ):
        return key.right.args[0]
    return None


def _moved(count: ast.expr, further: int) -> str:
    """Return ``l + 1`` for ``l`` that counts one too few."""
    base, added = count, 0
    if isinstance(count, ast.BinOp) and isinstance(count.right, ast.Constant):
        sign = {ast.Add: 1, ast.Sub: -1}.get(type(count.op))
        if sign is not None and isinstance(count.right.value, int):
            base, added = count.left, sign * count.right.value
    total, text = added + further, ast.unparse(base)
    return f"{text} {'+' if total > 0 else '-'} {abs(total)}" if total else text
