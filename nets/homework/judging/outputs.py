"""How many outputs a network has that leaves it open: what the file says, and what it takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nets.homework.finding.anatomy import Anatomy
from nets.homework.finding.draws import Draw
from nets.homework.finding.parameters import is_bias
from nets.homework.finding.programs import Program
from nets.homework.finding.reach import every_method, own_functions, with_callees
from nets.homework.reading.load import load
from nets.homework.reading.names import role_of
from nets.homework.reading.source import Source
from nets.homework.running.session import Session

__all__ = ["is_binary", "said_outputs", "takes_several"]

Shape = tuple[int | None, ...]


def said_outputs(source: Source, written: Source, program: Program, about: Anatomy) -> int | None:
    """Return how many outputs the file's own networks have, None where it does not say.

    Of several numbers, the largest: who has a network with three outputs means them all.

    Parameters
    ----------
    source : Source
    written : Source
        The file as it was read, with what it runs.
    program : Program
    about : Anatomy
    """
    if any(map(_multiplies_labels, _costs(source, program))):
        return 1
    numbers = _numbers(written.tree)
    found = [*_handed(written, numbers), *_assigned(written.tree, numbers, about.columns)]
    return max(found, default=None)


def is_binary(source: Source, program: Program, cost: str) -> bool:
    """Return whether a cost is that of one yes or no: of several outputs it is rare.

    Parameters
    ----------
    source : Source
    program : Program
    cost : str
        As the study calls it.
    """
    if cost.startswith("assumed"):
        return "binary" in cost
    text = " ".join(ast.unparse(each) for each in _costs(source, program))
    return "log" in text and re.search(r"\b1(\.0?)? - ", text) is not None


def takes_several(source: Source, program: Program, draw: Draw, about: Anatomy) -> bool:
    """Return whether forward and cost run on a draw with several outputs, and mean it.

    A file for one output may not: it has weights of its own size, or its cost is a matrix then.

    Parameters
    ----------
    source : Source
    program : Program
    draw : Draw
    about : Anatomy
    """
    try:
        session = Session(source, load(source), program, draw, about)
        sizes = session.sizes()
        if session.incoming or (sizes is not None and sizes != draw.sizes):
            return False
        biases = [np.size(each.value) for each in session.places if is_bias(each.path)]
        if biases and draw.sizes[-1] not in biases:
            return False
        if program.forward == program.backward:
            return sizes is not None
        result = session.forward()
        output = session.known.roles.get("AL")
        cost = session.cost(result)
    except Exception:  # noqa: BLE001 - with one output it is run again
        return False
    shape = () if output is None else np.shape(output)
    return shape == draw.output_shape and (cost is None or np.size(cost) == 1)


def _costs(source: Source, program: Program) -> list[ast.AST]:
    name = (program.cost or "").removeprefix("::")
    return with_callees([name], own_functions(source, program), every_method(source))


def _multiplies_labels(function: ast.AST) -> bool:
    """Return whether labels are a factor of a matrix product: of one output, in a row."""
    for node in ast.walk(function):
        operands: Sequence[ast.expr] = ()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            operands = (node.left, node.right)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("dot", "matmul")):
            inside = isinstance(node.func, ast.Attribute)
            operands = (node.func.value, *node.args) if inside else node.args  # type: ignore[attr-defined]
        if any(
            isinstance(each, ast.Name) and role_of(each.id) == "Y"
            for operand in operands
            for each in ast.walk(operand)
        ):
            return True
    return False


# -- what a file hands to its own network ---------------------------------------------------------


def _numbers(tree: ast.Module) -> dict[str, int]:
    """Return names that a file gives a number outside its functions."""
    return {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
        if isinstance(node.value, ast.Constant) and type(node.value.value) is int
    }


def _number(node: ast.expr | None, numbers: Mapping[str, int]) -> int | None:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    return numbers.get(node.id) if isinstance(node, ast.Name) else None


def _handed(source: Source, numbers: Mapping[str, int]) -> Iterator[int]:
    """Yield numbers of outputs that calls in the file hand to its functions and classes."""
    signatures = {each.name: each.args for each in source.functions()}
    for owner in source.classes():
        for node in owner.body:
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                signatures[owner.name] = node.args
    for call in (node for node in ast.walk(source.tree) if isinstance(node, ast.Call)):
        own = signatures.get(ast.unparse(call.func))
        if own is None or any(isinstance(each, ast.Starred) for each in call.args):
            continue
        names = [each.arg for each in (*own.posonlyargs, *own.args) if each.arg != "self"]
        given = [*zip(names, call.args, strict=False)]
        given += [(each.arg, each.value) for each in call.keywords if each.arg]
        for name, value in given:
            yield from _of_argument(name, value, numbers)


def _of_argument(name: str, value: ast.expr, numbers: Mapping[str, int]) -> Iterator[int]:
    role = role_of(name)
    if role == "layer_dims" and isinstance(value, (ast.List, ast.Tuple)) and value.elts:
        value, role = value.elts[-1], "sizes_out"
    number = _number(value, numbers)
    if role == "sizes_out" and number is not None and len(name) > 2:  # `c` may be anything
        yield number


def _assigned(tree: ast.Module, numbers: Mapping[str, int], columns: bool) -> Iterator[int]:
    """Yield numbers of outputs of what is called like sizes, or like labels."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name = node.targets[0].id
        yield from _of_argument(name, node.value, numbers)
        if role_of(name) == "Y":
            shape = _shape(node.value, numbers)
            if shape is not None and (len(shape) == 1 or 1 in shape):
                yield 1
                continue
            units = shape[0 if columns else 1] if shape is not None and len(shape) == 2 else None
            if units is not None:
                yield units


_MADE = ("zeros", "ones", "random", "random_sample", "empty", "full")
_SIZED = ("rand", "randn")


def _shape(node: ast.expr, numbers: Mapping[str, int]) -> Shape | None:
    """Return the shape of labels that a file makes up, as far as it can be seen; None if not."""
    if isinstance(node, ast.BinOp):
        return _shape(node.left, numbers) or _shape(node.right, numbers)
    if isinstance(node, ast.Compare):
        return _shape(node.left, numbers)
    if isinstance(node, ast.Subscript):
        return _picked(node.slice)
    if isinstance(node, ast.List):
        inner = [each for each in node.elts if isinstance(each, ast.List)]
        return (len(node.elts), len(inner[0].elts)) if inner else None
    if isinstance(node, ast.Attribute) and node.attr == "T":
        turned = _shape(node.value, numbers)
        return turned[::-1] if turned is not None else None
    return _shape_of_call(node, numbers) if isinstance(node, ast.Call) else None


def _picked(index: ast.expr) -> Shape | None:
    """Return the shape of ``X[:1]``, ``X[:, :1]``, ``y[:, None]`` and ``y[None, :]``."""
    parts = [
        ast.unparse(each) for each in (index.elts if isinstance(index, ast.Tuple) else [index])
    ]
    one = [part in (":1", "0:1", "None", "np.newaxis") for part in parts]
    if one == [True] or one == [True, False]:
        return 1, None
    return (None, 1) if one == [False, True] else None


def _shape_of_call(call: ast.Call, numbers: Mapping[str, int]) -> Shape | None:
    name = ast.unparse(call.func).rpartition(".")[2]
    size = next((each.value for each in call.keywords if each.arg in ("size", "shape")), None)
    if name in _SIZED or name == "reshape":
        parts = list(call.args)
        if len(parts) == 1 and isinstance(parts[0], ast.Tuple):
            parts = list(parts[0].elts)
        return tuple(_number(each, numbers) for each in parts) if len(parts) == 2 else None
    if size is None and name in _MADE and call.args:
        size = call.args[0]
    if isinstance(size, ast.Tuple):
        return tuple(_number(each, numbers) for each in size.elts)
    if name in ("array", "asarray", "where", "float64") and call.args:
        return _shape(call.args[0], numbers)
    if isinstance(call.func, ast.Attribute) and name in ("astype", "copy"):
        return _shape(call.func.value, numbers)
    return None
