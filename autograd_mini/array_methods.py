"""The methods of ``numpy.ndarray``, for tensors: each is the NumPy function of that name."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops import shaping
from autograd_mini.record import Recorded

__all__ = ["ArrayMethods"]


def _axes(given: tuple[Any, ...]) -> Any:
    """Return the axes or sizes of a call that may spread them: ``f(2, 3)`` or ``f((2, 3))``."""
    return given[0] if len(given) == 1 else given


class ArrayMethods(Recorded):
    """What an array can be asked: ``t.sum(axis=0)`` is ``np.sum(t, axis=0)``."""

    __slots__ = ()

    @property
    def T(self) -> Any:
        """The transpose, all axes reversed."""
        return shaping.transpose(self)

    @property
    def mT(self) -> Any:
        """The matrix transpose, the last two axes exchanged."""
        return np.matrix_transpose(self)  # type: ignore[call-overload]

    @property
    def real(self) -> Any:
        """The real part."""
        return np.real(self)

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return np.imag(self)

    @property
    def flat(self) -> Any:
        """The entries one after the other."""
        return iter(np.ravel(self))  # type: ignore[call-overload]

    def astype(self, dtype: Any, *, copy: bool = True, **options: Any) -> Any:
        """Return the values as `dtype`; not recorded where that is not a float."""
        kind = np.dtype(dtype).kind
        if kind not in "fc" and not self._is_example():
            from_value = np.asarray(self._peek()).astype(dtype)
            return type(self)(from_value)  # type: ignore[call-arg]
        if not copy and self._value.dtype == dtype:
            return self
        return shaping.astype(self, dtype=dtype)

    def copy(self, order: str = "C") -> Any:
        """Return a copy, through which the gradient flows."""
        return shaping.copy(self)

    def reshape(self, *shape: Any, **options: Any) -> Any:
        """Give a new shape to the same entries."""
        return np.reshape(self, _axes(shape), **options)  # type: ignore[call-overload]

    def transpose(self, *axes: Any) -> Any:
        """Permute the axes, or reverse them."""
        return np.transpose(self, _axes(axes) if axes else None)  # type: ignore[call-overload]

    def flatten(self, order: str = "C") -> Any:
        """Return a flat copy."""
        return shaping.copy(shaping.ravel(self, order=order))


def _delegate(name: str, function: Any) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = f"Same as ``np.{name}(self, ...)``."
    return method


for _name in (
    "all", "any", "argmax", "argmin", "argpartition", "argsort", "clip", "compress", "conj",
    "conjugate", "cumprod", "cumsum", "diagonal", "dot", "max", "mean", "min", "nonzero", "prod",
    "ravel", "repeat", "round", "searchsorted", "squeeze", "std", "sum", "swapaxes", "take",
    "trace", "var",
):  # fmt: skip
    setattr(ArrayMethods, _name, _delegate(_name, getattr(np, _name)))
