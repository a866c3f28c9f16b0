"""Elementwise functions that are not plain ufunc calls, and the ufuncs themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops import arithmetic, linalg, logic
from autograd_mini.ops.kinds import registry
from autograd_mini.protocols import UFUNCS, implements, plainly

__all__ = ["angle", "clip", "dot", "imag", "real", "round", "sinc", "tensordot"]

UFUNCS.update(
    (op.kernel, op) for op in registry.values() if isinstance(op.kernel, np.ufunc)
)  # fmt: skip

_NO_VALUE: Any = np._NoValue


@implements(np.clip)
def clip(
    a: Any, a_min: Any = _NO_VALUE, a_max: Any = _NO_VALUE, out: Any = None, *,
    min: Any = _NO_VALUE, max: Any = _NO_VALUE, **kwargs: Any,
) -> Any:  # fmt: skip
    """Bring entries into an interval: ``np.clip``; the gradient is 1 on the closed interval."""
    low = min if min is not _NO_VALUE else a_min
    high = max if max is not _NO_VALUE else a_max
    low = None if low is _NO_VALUE else low
    high = None if high is _NO_VALUE else high
    return arithmetic.clip(a, -np.inf if low is None else low, np.inf if high is None else high)


@implements(np.real)
def real(val: Any) -> Any:
    """Return the real part: ``np.real``."""
    return arithmetic.real(val)


@implements(np.imag)
def imag(val: Any) -> Any:
    """Return the imaginary part: ``np.imag``."""
    return arithmetic.imag(val)


@implements(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """Return the angle of complex numbers: ``np.angle``."""
    return arithmetic.angle(z, deg=deg)


@implements(np.sinc)
def sinc(x: Any) -> Any:
    """Return sin(pi x) / (pi x): ``np.sinc``."""
    return arithmetic.sinc(x)


@implements(np.round, np.around)
def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Round; the derivative is 0: ``np.round``."""
    return logic.round(a, decimals=decimals)


@implements(np.dot)
def dot(a: Any, b: Any, out: Any = None) -> Any:
    """Return the product of matrices or vectors: ``np.dot``."""
    return linalg.dot(a, b)


@implements(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum products over chosen axes: ``np.tensordot``."""
    return linalg.tensordot(a, b, axes=axes)


_UNWRAPPED: tuple[Any, ...] = (
    np.shape, np.ndim, np.size, np.array_equal, np.array_equiv, np.allclose, np.iscomplexobj,
    np.isrealobj, np.result_type, np.can_cast, np.common_type, np.may_share_memory,
    np.shares_memory, np.array_repr, np.array_str, np.array2string, np.min_scalar_type,
)  # fmt: skip
_WRAPPED: tuple[Any, ...] = (
    np.isclose, np.nonzero, np.flatnonzero, np.argwhere, np.argsort, np.lexsort,
    np.searchsorted, np.digitize, np.bincount, np.histogram, np.isin, np.unique, np.zeros_like,
    np.ones_like, np.empty_like, np.isreal, np.iscomplex, np.isposinf, np.isneginf, np.fix,
    np.argpartition, np.nanargmax, np.nanargmin, np.unravel_index, np.ravel_multi_index,
    np.packbits, np.unpackbits, np.tril_indices_from, np.triu_indices_from,
    np.diag_indices_from, np.histogram_bin_edges, np.histogram2d, np.histogramdd,
)  # fmt: skip
for _function in _UNWRAPPED:
    plainly(_function)
for _function in _WRAPPED:
    plainly(_function, wrapped=True)


@implements(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: Any = None, **kwargs: Any) -> Any:
    """Return an array of one value, shaped like another: ``np.full_like``."""
    plain = np.zeros(np.shape(a), dtype or a.dtype)
    return arithmetic.add(plain, fill_value)
