"""How programs write numbers that their operations take beside arrays."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autograd_mini.compile.planning.formulas import number_of
from autograd_mini.compile.writing.program import Setup, dtype_literal, literal, number_name
from autograd_mini.graph.node import Constant, Node
from autograd_mini.rewrite.builder import shape_of

__all__ = ["is_plain_number", "plain_number"]

_IN_CACHE = 1 << 19
"""So many bytes are read again from the cache."""


def is_plain_number(operand: Any, user: Node) -> bool:
    """Return whether an operand is a plain number, or a constant that can be one for `user`."""
    if operand.__class__ is Node:
        return False
    if not isinstance(operand, Constant):
        plain = isinstance(operand, (int, float, bool))
        return plain and not isinstance(operand, np.generic)
    if not isinstance(user.op.kernel, np.ufunc) or user.op.kernel.signature is not None:
        return False
    others = [each for each in user.inputs if each is not operand]
    gives_no_shape = any(shape_of(each) == user.shape for each in others)
    return bool(operand.shape) and gives_no_shape and number_of(operand) is not None


def plain_number(operand: Any, user: Node, shape: tuple[int, ...] | None, setup: Setup) -> str:
    """Return the text of a plain number among the operands of `user`.

    NumPy takes an array faster than a Python number; ``maximum`` and ``minimum`` take one that is
    full of it, of the `shape` of the others, faster still.
    """
    if isinstance(operand, Constant):
        number, dtype = number_of(operand), operand.dtype
    elif not user.shape or not isinstance(user.op.kernel, np.ufunc):
        return literal(operand)
    else:
        number, dtype = operand, _dtype_for(operand, user)
        if isinstance(number, int) and not _holds(dtype, number):  # as in x < 256
            return literal(number)
    if shape and user.op.name in ("maximum", "minimum") and _is_in_cache(shape, dtype):
        return setup.value(*_full(shape, number, dtype))
    return setup.number(number, dtype)


def _full(shape: tuple[int, ...], number: float, dtype: np.dtype[Any]) -> tuple[str, str]:
    """Return the text of an array that is full of a number, be it -0.0, and what to call it."""
    if repr(number) in ("0", "0.0"):
        return f"np.zeros({shape}, {dtype_literal(dtype)})", "zeros"
    text = f"np.full({shape}, {literal(number)}, {dtype_literal(dtype)})"
    return text, f"full_of_{number_name(number)}"


def _dtype_for(number: float, user: Node) -> np.dtype[Any]:
    """Return the dtype in which the ufunc of `user` takes a plain number."""
    kinds = [getattr(each, "dtype", type(each)) for each in user.inputs]
    taken = _resolved(user.op.kernel, *[np.dtype(bool) if kind is bool else kind for kind in kinds])
    return taken[next(k for k, x in enumerate(user.inputs) if x is number)]


@functools.lru_cache(maxsize=256, typed=True)
def _resolved(ufunc: Any, *kinds: Any) -> tuple[np.dtype[Any], ...]:
    """Return the dtypes that a ufunc computes with, given those of arrays and types of numbers."""
    found: tuple[np.dtype[Any], ...] = ufunc.resolve_dtypes((*kinds, *[None] * ufunc.nout))
    return found


def _is_in_cache(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    return math.prod(shape) * dtype.itemsize <= _IN_CACHE


def _holds(dtype: np.dtype[Any], number: int) -> bool:
    """Return whether a dtype has a number as one of its own."""
    if dtype.kind not in "iu":
        return True
    return int(np.iinfo(dtype).min) <= number <= int(np.iinfo(dtype).max)
