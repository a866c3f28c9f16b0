"""Numbers and arrays as NumPy expressions: by name or as a multiple, where a person would do so."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np

from autograd_mini.formulas.counts import Count, Powers, Ratio
from autograd_mini.formulas.templates import filled_in, name_expression, template

__all__ = [
    "WIDEST",
    "as_array",
    "constant_expression",
    "index_expression",
    "is_known_matrix",
    "is_unit_matrix",
    "times_root",
]

WIDEST = (np.float64, np.complex128)
"""What needs no dtype beside it."""


def constant_expression(value: Any) -> ast.expr:
    """Return an expression for a number, an array, or a parameter of a call.

    Raises
    ------
    ValueError
        If there is no short way to write it.
    """
    if isinstance(value, Count):
        return _times(value.times, value.sizes)
    if isinstance(value, Ratio):
        return _ratio(value)
    if isinstance(value, np.ndarray) and not value.size:
        kind = {"i": ", dtype=int", "b": ", dtype=bool"}.get(value.dtype.kind, "")
        return template(f"np.zeros({value.shape}{kind})")
    if isinstance(value, np.ndarray):
        if value.size == 1:
            return constant_expression(value.reshape(())[()])
        return _known_matrix(value) or as_array(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, type):
        value = np.dtype(value)
    if isinstance(value, np.dtype):
        return template(f"np.{value.name}")
    if isinstance(value, slice):
        ends = [constant_expression(each) for each in (value.start, value.stop, value.step)]
        return ast.Call(name_expression("slice"), ends, [])
    if isinstance(value, (tuple, list)):
        items = [constant_expression(each) for each in value]
        made = ast.Tuple if isinstance(value, tuple) else ast.List
        return made(items, ast.Load())
    if value is Ellipsis or value is None or isinstance(value, (bool, str)):
        return ast.Constant(value)
    if isinstance(value, (int, float, complex)):
        return _number(value)
    raise ValueError(f"no NumPy source for {type(value).__name__}")


def index_expression(part: Any) -> ast.expr:
    """Return an expression for part of an index, of which an array of one entry keeps its axes."""
    alone = isinstance(part, np.ndarray) and part.ndim > 0 and part.size == 1
    return as_array(part) if alone else constant_expression(part)


def times_root(value: float) -> tuple[int, int] | None:
    """Return k and n where a number is k times the root of n; None if it is no such number.

    Examples
    --------
    >>> times_root(9 * 3**0.5)
    (9, 3)
    """
    square = round(value**2) if 1 < value < 1e3 else 0
    if square < 2 or value % 1 == 0 or not math.isclose(square, value**2, rel_tol=1e-14):
        return None
    k = max(k for k in range(1, math.isqrt(square) + 1) if square % k**2 == 0)
    return k, square // k**2


_KNOWN = {
    math.pi: "np.pi", 2 * math.pi: "2 * np.pi", math.e: "np.e", math.log(2): "np.log(2)",
    math.log(2 * math.pi): "np.log(2 * np.pi)",
}  # fmt: skip
"""Numbers that people write by name."""


def _times(factor: float, sizes: Powers) -> ast.expr:
    """Return a number times powers of sizes."""
    made: ast.expr | None = None if factor == 1 and sizes else _number(factor)
    for size, power in sizes:
        each = name_expression(size.name)
        raised = each if power == 1 else ast.BinOp(each, ast.Pow(), ast.Constant(power))
        made = raised if made is None else ast.BinOp(made, ast.Mult(), raised)
    return made or _number(factor)


def _ratio(value: Ratio) -> ast.expr:
    over = tuple((size, -power) for size, power in value.sizes if power < 0)
    under = tuple((size, power) for size, power in value.sizes if power > 0)
    above = _times(value.above, over)
    if value.below == 1 and not under:
        return above
    return ast.BinOp(above, ast.Div(), _times(value.below, under))


def _known_matrix(value: Any) -> ast.expr | None:
    """Return how a unit matrix, a multiple of it, or half a triangle of ones is written."""
    if value.ndim != 2 or value.shape[0] != value.shape[1] or value.dtype != np.float64:
        return None
    parts: dict[str, ast.expr] = {"n": ast.Constant(len(value))}
    scale = float(value[0, 0])
    if is_unit_matrix(value):
        return filled_in("np.eye(n)", parts)
    if scale and np.array_equal(value, scale * np.eye(len(value))):
        inverse = round(1 / scale) if abs(scale) > 1e-9 else 0
        if scale == -1:
            return filled_in("-np.eye(n)", parts)
        if 1 / inverse == scale if inverse else False:
            sign = "-" if inverse < 0 else ""
            return filled_in(f"{sign}np.eye(n) / {abs(inverse)}", parts)
        return filled_in("c * np.eye(n)", {**parts, "c": _number(scale)})
    half = np.tri(len(value)) - 0.5 * np.eye(len(value))
    for turned, source in ((half, "np.tri(n)"), (half.T, "np.tri(n).T")):
        if np.array_equal(value, turned):
            return filled_in(f"({source} - 0.5 * np.eye(n))", parts)
    return None


def is_known_matrix(value: Any) -> bool:
    """Return whether a matrix is written by a name, such as ``np.eye(3)``."""
    return _known_matrix(np.asarray(value)) is not None


def is_unit_matrix(value: Any) -> bool:
    """Return whether an array is a unit matrix."""
    array = np.asarray(value)
    square = array.ndim == 2 and array.shape[0] == array.shape[1] > 1
    return square and bool((array == np.eye(array.shape[0])).all())


def _number(value: complex) -> ast.expr:
    if isinstance(value, float) and not np.isfinite(value):
        return template(f"float({str(value)!r})")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, float) and value in _KNOWN:
        return template(_KNOWN[value])
    turns = round(value / math.pi) if isinstance(value, float) else 0
    if turns and turns * math.pi == value:
        return template(f"{turns} * np.pi")
    root = times_root(value) if isinstance(value, float) else None
    if root is not None:
        return template(f"{root[0]} * np.sqrt({root[1]})" if root[0] > 1 else f"np.sqrt({root[1]})")
    return ast.parse(repr(value), mode="eval").body


def as_array(value: Any) -> ast.expr:
    """Return an array with its axes, whatever it holds."""
    listed = ast.parse(repr(value.tolist()), mode="eval").body
    single = value.dtype.kind in "fc" and value.dtype not in WIDEST
    dtype = [ast.keyword("dtype", constant_expression(value.dtype))] if single else []
    return ast.Call(ast.parse("np.array", mode="eval").body, [listed], dtype)
