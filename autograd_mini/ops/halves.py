"""Half floats, whose sums are taken in single ones, as NumPy takes its means.

They count to 2048 only, and end at 65504: a sum of many would stand still, or be infinite.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["in_single", "is_half"]


def is_half(x: Any) -> bool:
    """Return whether `x` is an array or tensor of float16."""
    return hasattr(x, "dtype") and x.dtype.char == "e"


def in_single(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function whose first operand is of half floats compute with single ones.

    Parameters
    ----------
    function : callable
        Its operands come first, and its result has their dtype.
    """

    @functools.wraps(function)
    def by_dtype(x: Any, *others: Any, **params: Any) -> Any:
        if not is_half(x):
            return function(x, *others, **params)
        operands = [each.astype(np.float32) if is_half(each) else each for each in (x, *others)]
        return function(*operands, **params).astype(np.float16)

    return by_dtype
