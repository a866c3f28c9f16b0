"""Elementwise formulas of large arrays, block by block.

Every step of a formula such as ``0.5 * x * (1 + tanh(u))`` makes an array.  Those larger than the
processor's cache cost a way through memory each, and pages that the system must find and clear.
Block by block, all but the result stays in the cache, in memory that is used again and again.
Each entry is computed as ever, and so is the same to the last bit.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["blockwise", "blockwise_into"]

_LARGE = 1 << 21
"""Arrays up to this many bytes are computed as a whole: the cache holds what lies between."""

_BLOCK = 1 << 18
"""Bytes of an operand in a block: several fit into a core's own cache, and starts cost little."""

_NUMBERS = (bool, int, float, complex, str, np.generic)


def blockwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let an elementwise function of arrays go block by block where they are large.

    It pays where a function has at least three steps; each block costs some microseconds.

    Parameters
    ----------
    function : callable
        An entry of its result depends on that entry of each operand, and the dtype of the result
        on the dtypes of the operands only.
    """

    @functools.wraps(function)
    def by_size(x: Any, *others: Any, **params: Any) -> Any:
        if x.__class__ is np.ndarray and x.nbytes > _LARGE:
            return _in_blocks(function, (x, *others), params)
        return function(x, *others, **params)

    return by_size


def _in_blocks(
    function: Callable[..., Any], operands: tuple[Any, ...], params: dict[str, Any]
) -> Any:
    """Return ``function(*operands, **params)``, block by block if all are blocks of memory."""
    first = operands[0]
    flat: list[Any] = []
    for each in operands:
        if isinstance(each, _NUMBERS):
            flat.append(None)
        elif each.__class__ is np.ndarray and each.shape == first.shape and each.flags.c_contiguous:
            flat.append(each.reshape(-1))
        else:
            return function(*operands, **params)
    if not all(isinstance(each, _NUMBERS) for each in params.values()):
        return function(*operands, **params)
    made = entries = None
    step = _BLOCK // first.itemsize
    for start in range(0, first.size, step):
        part = slice(start, start + step)
        taken = [
            each if lies is None else lies[part]
            for each, lies in zip(operands, flat, strict=True)
        ]  # fmt: skip
        block = function(*taken, **params)
        if entries is None:
            made = np.empty(first.shape, block.dtype)
            entries = made.reshape(-1)
        entries[part] = block
    return made


def blockwise_into(
    combine: Callable[[Any, Any], Any],
    target: Any,
    formula: Callable[..., Any],
    operands: list[Any],
) -> Any:
    """Return ``combine(target, formula(*operands))``, block by block where `target` is large.

    Parameters
    ----------
    combine : callable
        Writes into its first argument and returns it, or returns something else.
    target : numpy.ndarray
        Overwritten, if `combine` does.
    formula : callable
        An entry of its result depends on that entry of each operand.
    operands : list
    """
    if target.nbytes <= _LARGE or not all(
        each.__class__ is np.ndarray
        and each.shape == target.shape
        and each.dtype is target.dtype
        and each.flags.c_contiguous
        for each in (target, *operands)
    ):
        return combine(target, formula(*operands))
    into, flat = target.reshape(-1), [each.reshape(-1) for each in operands]
    step = _BLOCK // target.itemsize
    for start in range(0, target.size, step):
        part = slice(start, start + step)
        block = into[part]
        if combine(block, formula(*[each[part] for each in flat])) is not block:
            return combine(target, formula(*operands))  # the first block says so, unwritten
    return target
