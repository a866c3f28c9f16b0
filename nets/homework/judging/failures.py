"""What a person's code raised: on which of their lines, and what it probably means."""

from __future__ import annotations

import ast
import re
import traceback
from collections import Counter
from collections.abc import Mapping
from types import FrameType
from typing import Any

import numpy as np

from nets.homework.finding.undefined import made_outside
from nets.homework.reading.source import Source
from nets.homework.results import Failure, Finding

__all__ = ["failed"]


def failed(source: Source, error: BaseException) -> Failure:
    """Return what a person's code raised, with their line and what it probably means.

    Parameters
    ----------
    source : Source
    error : BaseException
    """
    frames = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == str(source.path)
    ]
    line = frames[-1][1] if frames else None
    if isinstance(error, RecursionError) and frames:  # the call that never ends, not its last line
        line = Counter(number for _, number in frames).most_common(1)[0][0]
        frames = frames[:1]
    if type(error) is NameError and (made := made_outside(source.tree).get(error.name or "")):
        reason = (
            f"line {line} uses {error.name}, which line {made} makes, and of a file only imports, "
            f"definitions and constants are executed: hand {error.name} to the function"
        )
        return Failure("NotExecuted", reason, line, theirs=False)
    kind = type(error).__name__
    message = str(error).strip().splitlines()[0] if str(error).strip() else "no message"
    found = _explained(source, kind, message, line, frames[-1][0]) if frames else None
    if found is not None and len(frames) > 1:
        callers = [number for _, number in frames[:-1] if number <= len(source.lines)]
        found = _called_from(found, callers)
    return Failure(kind, message, line, frames != [], found)


def _called_from(found: Finding, lines: list[int]) -> Finding:
    """Return a finding that says from where the line was reached."""
    said = ", ".join(str(line) for line in reversed(lines))
    if not said:
        return found
    plural = "s" if len(lines) > 1 else ""
    return Finding(found.code, f"{found.message} Called from line{plural} {said}.", found.line)


def _explained(
    source: Source, kind: str, message: str, line: int | None, frame: FrameType
) -> Finding | None:
    """Return a diagnosis of an exception, where its cause is a usual one."""
    text = source.line(line)
    if kind == "NotImplementedError":
        return Finding("other", f"`{text}` stands where code is still to be written.", line)
    if _ON_NOTHING.search(message) and (unmade := _unmade(source, line, frame)) is not None:
        return unmade
    shapes = re.findall(r"\([\d, ]*\)", message)
    if kind == "ValueError" and (
        "shapes" in message or "matmul" in message or "broadcast" in message
    ):
        multiplied = "dot" in text or "@" in text or "matmul" in text
        product = multiplied and "broadcast" not in message  # entry by entry, beside a product
        gradient = _unlike_its_value(source, text, line, frame)
        if gradient is None and not multiplied:
            gradient = _unfit_gradient(source, text, line, frame)
        if gradient is not None:
            return gradient
        code = "transpose" if product else "wrong_shape"
        advice = (
            "An operand is probably transposed, or belongs to another layer: compare the shapes "
            "with those the formula asks for."
            if product
            else "One of the operands has another shape than the formula asks for: a sum without "
            "keepdims=True, or another layer's values."
        )
        between = f" ({' and '.join(shapes[:2])})" if shapes else ""
        return Finding(code, f"The shapes in `{text}` do not fit{between}. {advice}", line)
    if kind == "IndexError" and "boolean" in message:
        return Finding(
            "wrong_shape",
            f"The mask in `{text}` has another shape than what it is used on"
            f"{_shapes(text, frame)}: one of them belongs to another layer.",
            line,
        )
    if kind == "EOFError" and "input" in text:
        return Finding(
            "other", f"`{text}` asks for input, and nobody is there to type it: pass it in.", line
        )
    if kind == "KeyError":
        return Finding(
            "wrong_cache", f"`{text}` asks for the key {message}, which nothing has stored.", line
        )
    if kind == "AssertionError":
        return Finding(
            "wrong_shape",
            f"The person's own check does not hold: `{text}`{_shapes(text, frame)}.",
            _assigned_at(source, text, line) or line,
        )
    return None


_ON_NOTHING = re.compile(r"NoneType|ellipsis|dimension 0\b|enough dimensions")
"""What NumPy and Python say of code that computes with None or ``...``."""


def _unmade(source: Source, line: int | None, frame: FrameType) -> Finding | None:
    """Return that something which a line reads is None, or ``...``: nobody has written it yet."""
    for node in ast.walk(source.tree):
        if not isinstance(node, (ast.Name, ast.Attribute)) or node.lineno != line:
            continue
        held = _held(node, frame)
        if not isinstance(node.ctx, ast.Load) or held not in ("None", "..."):
            continue
        name = ast.unparse(node)
        made = _last_made(source, name, line)
        if made is None:
            return Finding("other", f"{name} is {held} here: what should make it does not.", line)
        text = source.line(made)
        if re.search(r"=\s*(None|\.\.\.)", text):
            return Finding("other", f"`{text}` in line {made} is still to be written.", made)
        return Finding("other", f"{name} is {held}: `{text}` in line {made} gives nothing.", made)
    return None


def _held(node: ast.Name | ast.Attribute, frame: FrameType) -> str:
    """Return ``None`` or ``...`` where a name or an attribute is known to be that."""
    if isinstance(node, ast.Name):
        held = frame.f_locals.get(node.id, node)
    else:
        held = getattr(_value(node.value, frame), node.attr, node)
    return "None" if held is None else "..." if held is ... else ""


def _shapes(text: str, frame: FrameType) -> str:
    """Return the shapes of the arrays that a line names: ``, where dW is (3, 4) and W (4, 3)``."""
    names = dict.fromkeys(re.findall(r"\b[A-Za-z_]\w*\b", text))
    known: dict[str, Any] = frame.f_locals
    arrays = [(name, known[name]) for name in names if isinstance(known.get(name), np.ndarray)]
    said = " and ".join(f"{name} {value.shape}" for name, value in arrays)
    return f", where the shapes are {said}" if said else ""


_GRADIENT = re.compile(r"(?:self\.)?(?:d_?[A-Za-z]\w*|\w*(?:grad|delta|nabla|error)\w*)$")


def _unfit_gradient(
    source: Source, text: str, line: int | None, frame: FrameType
) -> Finding | None:
    """Return what is wrong with a gradient that is added to something of another shape."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    if not tree.body or not isinstance(tree.body[0], (ast.Assign, ast.AugAssign)):
        return None
    known = {
        ast.unparse(node): value
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript))
        and isinstance(value := _value(node, frame), np.ndarray)
    }
    made = {name: value for name, value in known.items() if _GRADIENT.match(name)}
    for name, value in made.items():
        for other, held in known.items():
            if other in made or other == name or held.shape == value.shape:
                continue
            turned = value.ndim == 2 and value.T.shape == held.shape
            said = f"{name} has shape {value.shape}, and {other} {held.shape}"
            return Finding(
                "transpose" if turned else "wrong_shape",
                f"{said}: one is the transpose of the other." if turned else f"{said}.",
                _last_made(source, name, line) or line,
            )
    return None


_OF = re.compile(r"d_?([WwBbZzHh]\d+)|([A-Za-z]+\d+)_(?:delta|error|grad)")
"""Gradients that are called like what they are the gradient of: ``dZ1``, ``l1_delta``.

``dA1`` is not among them: some number it by the layer that it leaves.
"""


def _unlike_its_value(
    source: Source, text: str, line: int | None, frame: FrameType
) -> Finding | None:
    """Return that a gradient on a line has another shape than what it is the gradient of."""
    known = frame.f_locals
    for name in dict.fromkeys(re.findall(r"\w+", text)):
        found = _OF.fullmatch(name)
        of = _local_like((found[1] or found[2]) if found else "", known)
        made, value = known.get(name), known.get(of)
        at = _last_made(source, name, line)
        if (
            isinstance(made, np.ndarray)
            and isinstance(value, np.ndarray)
            and made.shape != value.shape
            and at is not None
        ):
            turned = made.ndim == 2 and made.T.shape == value.shape
            said = f"{name} has shape {made.shape}, and {of} {value.shape}"
            return Finding("transpose" if turned else "wrong_shape", f"{said}.", at)
    return None


def _local_like(name: str, known: Mapping[str, Any]) -> str:
    """Return a name, or that of the activation where Z is not at hand: they have one shape."""
    activation = re.sub(r"^[zZ](?=\d)", lambda z: "A" if z[0] == "Z" else "a", name)
    return name if name in known or activation not in known else activation


def _value(node: ast.expr, frame: FrameType) -> Any:
    """Return what a name, an attribute or an entry was where the code stopped; None if unknown."""
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_value(node.value, frame), node.attr, None)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        held = _value(node.value, frame)
        return held.get(node.slice.value) if isinstance(held, dict) else None
    return None


def _assigned_at(source: Source, text: str, line: int | None) -> int | None:
    """Return the line above that made the first thing a check names."""
    named = re.search(r"assert\W+([A-Za-z_]\w*)", text)
    return _last_made(source, named[1], line) if named is not None else None


def _last_made(source: Source, name: str, line: int | None) -> int | None:
    """Return the last line above that gave a name its value."""
    if line is None:
        return None
    lines = [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign)
        and node.lineno < line
        and any(
            isinstance(n, (ast.Name, ast.Attribute)) and ast.unparse(n) == name
            for n in ast.walk(node.targets[0])
        )
    ]
    return max(lines, default=None)
