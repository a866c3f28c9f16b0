"""Where a function has no value its derivative is NaN: formulas alone would not say so.

The slope 1/x of the logarithm is a number for negative x as well, where log x is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.alias import stop_gradient
from autograd_mini.ops.rules import is_example

__all__ = ["inside", "settled"]


def inside(x: Any, lowest: float, highest: float | None = None) -> Any:
    """Return `x` with NaN in the place of entries outside of a real function's domain.

    Parameters
    ----------
    x : array or Tensor of any shape
        Complex numbers are returned as they are: they have no order.
    lowest, highest : float
        The ends of the domain, which belong to it; without a highest it is a half-line.
    """
    if isinstance(x, (int, float)):
        x = np.float64(x)
    if x.dtype.kind == "c":
        return x
    if not is_example(x) and _all_inside(x, lowest, highest):
        return x
    outside = x < lowest if highest is None else (x < lowest) | (x > highest)
    nan, zero = np.array(np.nan, x.dtype), np.array(0, x.dtype)
    return x + np.where(outside, nan, zero)  # a sum, so that further derivatives are NaN as well


def settled(x: Any) -> Any:
    """Return `x`, which is a constant to further derivatives where it is infinite.

    There a slope like 1 / (1 + x**2) has come to rest, but what formulas say of the slope's own
    slope is 0 times infinity.
    """
    if isinstance(x, (int, float, np.ndarray, np.generic)):
        return x
    far = np.isinf(x)
    if not is_example(x) and not far.any():
        return x
    return np.where(far, stop_gradient(x), x)


def _all_inside(x: Any, lowest: float, highest: float | None) -> bool:
    """Return whether every entry lies in the domain; with a NaN among them none is known to."""
    values = x if isinstance(x, (np.ndarray, np.generic)) else x.detach().numpy()
    if not np.minimum.reduce(values, axis=None, initial=np.inf) > lowest:  # -0 is at the end of 0
        return False
    return highest is None or bool(np.maximum.reduce(values, axis=None, initial=highest) <= highest)
