"""What programs call beside NumPy: care for the arrays that they hand out."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from autograd_mini.ops.indexing import setitem
from autograd_mini.ops.losses import logistic_loss
from autograd_mini.ops.operation import Op
from autograd_mini.ops.rules import BITS

__all__ = [
    "HALVED",
    "TIMES",
    "TOTAL_LOSS",
    "Results",
    "aligned",
    "careful_total_loss",
    "halved",
    "masked",
    "owned",
    "times",
    "total_loss",
    "written",
]


def aligned(shape: tuple[int, ...], dtype: Any) -> Any:
    """Return new memory, which begins where a line of the cache does.

    NumPy gives arrays any multiple of 16 bytes; where a vector of 64 that is stored does not go
    into one line, sums and products of arrays take twice as long.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    raw = np.empty(size + _LINE, np.uint8)
    start = -raw.ctypes.data % _LINE
    return raw[start : start + size].view(dtype).reshape(shape)


_LINE = 64


def owned(result: Any, *operands: Any) -> Any:
    """Return `result`, or a copy if it is an operand or shows the memory of another array."""
    if result.base is not None or any(result is each for each in operands):
        return np.array(result)
    return result


def written(x: Any, index: Any, value: Any) -> Any:
    """Return a copy of `x` with `value` written at `index`."""
    return setitem.kernel(x, value, index)


def masked(x: Any, mask: Any, out: Any) -> Any:
    """Write ``where(mask, x, 0)`` into `out`, and return that."""
    bits = BITS.get(x.dtype)
    if bits is None:
        np.copyto(out, np.where(mask, x, 0))
    else:
        np.multiply(x.view(bits), mask, out.view(bits))
    return out


def halved(g: Any, above: Any, ties: Any, out: Any) -> Any:
    """Write what goes back through ``maximum(x, c)``: `g` above c, and half of it where x is c.

    Returns `out`.

    Parameters
    ----------
    g : numpy.ndarray
    above, ties : numpy.ndarray of bool
        Where x is larger than c, and where it is c, as hardly ever.
    out : numpy.ndarray
        May be `g`.
    """
    halves = g[ties] * 0.5 if ties.any() else None
    masked(g, above, out)
    if halves is not None:
        out[ties] = halves
    return out


def _halved(g: Any, above: Any, ties: Any) -> Any:
    return halved(g, above, ties, np.empty_like(g))


HALVED = Op("halved", _halved, "elementwise", ("g", "above", "ties"), registered=False)


def times(g: Any, d: Any, out: Any) -> Any:
    """Write ``g * d`` into `out`, but 0 where g is 0 and d is not finite, as hardly ever.

    Returns `out`.

    Parameters
    ----------
    g, d : numpy.ndarray
        Of floats.
    out : numpy.ndarray
        May be either.
    """
    if not math.isfinite(np.vdot(d, d)):
        d = np.where(~np.isfinite(d) & (g == 0), 0, d)
    return np.multiply(g, d, out)


def _times(g: Any, d: Any) -> Any:
    return times(g, d, np.empty_like(g))


TIMES = Op("times", _times, "elementwise", ("g", "d"), registered=False)


def total_loss(logs: Any, linear: Any, kept: float, z: Any, y: Any) -> Any:
    """Return the sum of ``logistic_loss(z, y)``, which `logs` and `linear` add up to.

    Parameters
    ----------
    logs, linear : number
        The sums of ``log(1 + exp(-z))`` and ``(1 - y) z``.
    kept : float
        How much must be left of what is added, for that to be right to nearly all digits.
    z, y : numpy.ndarray
        To compute it from with more care, where exp overflows or too much cancels.
    """
    total = logs + linear
    # No linear term of a label from 0 to 1 is larger than its loss and its logarithm together,
    # and each logarithm is off by what 1 + exp(-z) was rounded by.
    if kept * (z.size + logs) < total < math.inf:
        return total
    return careful_total_loss(z, y)


def careful_total_loss(z: Any, y: Any) -> Any:
    """Return the sum of ``logistic_loss(z, y)``, in which nothing large is subtracted."""
    total = np.add.reduce(
        np.maximum(z, 0.0) - y * z + np.log1p(np.exp(np.copysign(z, -1.0))), axis=None
    )
    if total == total:
        return total
    return np.sum(logistic_loss.kernel(z, y))  # where 0 has met infinity


TOTAL_LOSS = Op(
    "total_loss",
    total_loss,
    "structured",
    ("logs", "linear", "kept", "z", "y"),
    registered=False,
)


class Results:
    """Memory for a large result, used again once nobody holds the result any more.

    New memory costs more than a loop that fills it: the system has to clear each page first.

    Parameters
    ----------
    shape : tuple of int
    dtype : dtype
    """

    _MOST = 4

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self._shape, self._dtype = shape, dtype
        self._made: list[Any] = [aligned(shape, dtype)]
        self._alone = self._holders(0)

    def _holders(self, k: int) -> int:
        """Return how many refer to an array, or to the memory in which it lies, as views do."""
        made = self._made[k]
        return sys.getrefcount(made) + sys.getrefcount(made.base)

    def __call__(self) -> Any:
        """Return an array that nobody else holds."""
        for k in range(len(self._made)):
            if self._holders(k) == self._alone:
                return self._made[k]
        made = aligned(self._shape, self._dtype)
        if len(self._made) < self._MOST:
            self._made.append(made)
        return made
