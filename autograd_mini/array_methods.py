"""The methods of ``numpy.ndarray``, for tensors: each is the NumPy function of that name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.errors import NotDifferentiableError
from autograd_mini.graph.tape import refuse_layout
from autograd_mini.ops import logic, shaping
from autograd_mini.recording.recorded import Recorded

__all__ = ["ArrayMethods"]


def _axes(given: tuple[Any, ...]) -> Any:
    """Return the axes or sizes of a call that may spread them: ``f(2, 3)`` or ``f((2, 3))``."""
    return given[0] if len(given) == 1 else given


class Flat:
    """The entries of a tensor in order, as ``ndarray.flat``.

    Parameters
    ----------
    owner : Tensor
    """

    __slots__ = ("base",)

    def __init__(self, owner: Any) -> None:
        self.base = owner

    def __len__(self) -> int:
        return int(self.base.size)

    def __iter__(self) -> Iterator[Any]:
        return iter(np.ravel(self.base))

    def __getitem__(self, index: Any) -> Any:
        return np.ravel(self.base)[index]

    def __setitem__(self, index: Any, values: Any) -> None:
        np.put(self.base, np.arange(len(self))[index], values)

    def copy(self) -> Any:
        """Return the entries as a tensor with one axis."""
        return self.base.flatten()


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
        """The real part; what is written into it is written into the tensor."""
        return np.real(self)

    @real.setter
    def real(self, values: Any) -> None:
        self.real[...] = values

    @property
    def imag(self) -> Any:
        """The imaginary part; what is written into it is written into the tensor."""
        return np.imag(self)

    @imag.setter
    def imag(self, values: Any) -> None:
        if self._value.dtype.kind != "c":
            raise TypeError("a tensor of real numbers has no imaginary part to set")
        self.imag[...] = values

    @property
    def flat(self) -> Flat:
        """The entries one after the other: to iterate, to index and to write."""
        return Flat(self)

    @flat.setter
    def flat(self, values: Any) -> None:
        self.flat[:] = values

    def astype(self, dtype: Any, *, copy: bool = True, **options: Any) -> Any:
        """Return the values as `dtype`; not recorded where that is not a float."""
        if options:
            np.empty(0, self._value.dtype).astype(dtype, **options)  # refuses what NumPy refuses
        if not copy and self._value.dtype == dtype:
            return self
        if np.dtype(dtype).kind not in "fc" and not self._is_example():
            return logic.cast(self, dtype=dtype)
        return shaping.astype(self, dtype=dtype)

    def copy(self, order: str = "C") -> Any:
        """Return a copy, through which the gradient flows."""
        if self._value.flags.c_contiguous and order == "C":
            order = "K"
        return np.copy(self, order)  # type: ignore[call-overload]

    def reshape(self, *shape: Any, **options: Any) -> Any:
        """Give a new shape to the same entries."""
        return np.reshape(self, _axes(shape), **options)  # type: ignore[call-overload]

    def transpose(self, *axes: Any) -> Any:
        """Permute the axes, or reverse them."""
        return np.transpose(self, _axes(axes) if axes else None)  # type: ignore[call-overload]

    def flatten(self, order: str = "C") -> Any:
        """Return a flat copy."""
        return shaping.copy(np.ravel(self, order))  # type: ignore[call-overload]

    def clip(
        self,
        min: Any = None,  # noqa: A002
        max: Any = None,  # noqa: A002
        out: Any = None,
        **options: Any,
    ) -> Any:
        """Bring entries into an interval."""
        return np.clip(self, min, max, out=out, **options)  # type: ignore[call-overload]

    def __round__(self, ndigits: int = 0) -> Any:
        return np.round(self, ndigits)  # type: ignore[call-overload]

    def compress(self, condition: Any, axis: int | None = None, out: Any = None) -> Any:
        """Return the slices along an axis where `condition` holds."""
        return np.compress(condition, self, axis, out)  # type: ignore[call-overload]

    # -- writing in place ---------------------------------------------------------------------

    def sort(
        self, axis: int = -1, kind: Any = None, order: Any = None, *, stable: bool | None = None
    ) -> None:
        """Sort in place."""
        self[...] = np.sort(self, axis, kind, order, stable=stable)  # type: ignore[index, call-overload]

    def partition(
        self, kth: Any, axis: int = -1, kind: Any = "introselect", order: Any = None
    ) -> None:
        """Put the kth entries where sorting would, in place."""
        self[...] = np.partition(self, kth, axis, kind, order)  # type: ignore[index, call-overload]

    def fill(self, value: Any) -> None:
        """Write one value everywhere."""
        if np.ndim(value):
            raise ValueError(f"fill() takes one value, not an array of shape {np.shape(value)}")
        self[...] = value  # type: ignore[index]

    def put(self, indices: Any, values: Any, mode: str = "raise") -> None:
        """Write values at flat indices."""
        np.put(self, indices, values, mode)  # type: ignore[arg-type]

    def resize(self, *shape: Any, refcheck: bool = True) -> None:
        """Raise: a tensor does not change its shape in place."""
        raise ValueError("a tensor keeps its shape: np.resize(t, shape) makes a new one")

    # -- memory -------------------------------------------------------------------------------

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one entry to the next along each axis."""
        return self._in_memory("t.strides").strides

    @property
    def flags(self) -> Any:
        """How the entries lie in memory."""
        return self._in_memory("t.flags").flags

    def _in_memory(self, what: str) -> NDArray[Any]:
        if self._is_example():
            refuse_layout(what, "copy what you read, or ask outside and pass the answer")
        return np.asarray(self._value)

    def view(self, dtype: Any = None) -> Any:
        """Return a view; one that reads the bytes as another dtype only of an unrecorded tensor."""
        if dtype is None or dtype is type(self):
            return self[...]  # type: ignore[index]
        if dtype is np.ndarray:
            return self._bytes_of("view").view()
        return type(self)(self._bytes_of("view").view(dtype))  # type: ignore[call-arg]

    def byteswap(self, inplace: bool = False) -> Any:
        """Return the values with their bytes reversed; of an unrecorded tensor."""
        if inplace:
            raise ValueError("byteswap(inplace=True) changes what values mean: use t.data")
        return type(self)(self._bytes_of("byteswap").byteswap())  # type: ignore[call-arg]

    def _bytes_of(self, name: str) -> Any:
        """Return the plain array of an unrecorded tensor."""
        if self._node is not None:
            raise NotDifferentiableError(
                f"{name}() reads bytes, not numbers, and has no derivative: use "
                f"t.detach().{name}(...) or t.numpy().{name}(...) if that is meant"
            )
        return np.asarray(self._value)


def _delegate(name: str, function: Any) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = f"Same as ``np.{name}(self, ...)``."
    return method


def _of_bytes(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._bytes_of(name), name)(*args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = f"Same as ``ndarray.{name}``, of an unrecorded tensor."
    return method


for _name in ("tobytes", "tofile", "dump", "dumps", "getfield", "setfield", "setflags"):
    setattr(ArrayMethods, _name, _of_bytes(_name))

for _name in (
    "all", "any", "argmax", "argmin", "argpartition", "argsort", "choose", "conj",
    "conjugate", "cumprod", "cumsum", "diagonal", "dot", "max", "mean", "min", "nonzero", "prod",
    "ravel", "repeat", "round", "searchsorted", "squeeze", "std", "sum", "swapaxes", "take",
    "trace", "var",
):  # fmt: skip
    setattr(ArrayMethods, _name, _delegate(_name, getattr(np, _name)))
