"""What the Python array API (2024.12) asks of a namespace beside functions of arrays.

Its functions have NumPy's names here, as NumPy 2 conforms to the standard; this module adds
constants, dtypes and inspection, and the few functions whose standard arguments NumPy lacks.

>>> import autograd_mini as ag
>>> x = ag.asarray([3.0, 1.0, 2.0])
>>> xp = x.__array_namespace__()
>>> xp.sort(x, descending=True)
Tensor([3., 2., 1.])
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import Tensor, asarray, wrap

__all__ = ["ARRAY_API", "VERSION"]

VERSION = "2024.12"
_NO_VALUE: Any = np._NoValue


class Info:
    """What this namespace offers: the answers of ``__array_namespace_info__()``."""

    def capabilities(self) -> dict[str, Any]:
        """Return what is possible, by the standard's names for it."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """Return the device of what is made without naming one."""
        return "cpu"

    def devices(self) -> list[str]:
        """Return all devices."""
        return ["cpu"]

    def default_dtypes(self, *, device: str | None = None) -> dict[str, np.dtype[Any]]:
        """Return the dtypes of what is made without naming one."""
        _require_cpu(device)
        return {
            "real floating": np.dtype(np.float64),
            "complex floating": np.dtype(np.complex128),
            "integral": np.dtype(np.intp),
            "indexing": np.dtype(np.intp),
        }

    def dtypes(
        self, *, device: str | None = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, np.dtype[Any]]:
        """Return the dtypes of some kinds, or all, by name."""
        _require_cpu(device)
        return {
            name: np.dtype(dtype)
            for name, dtype in _DTYPES.items()
            if kind is None or np.isdtype(np.dtype(dtype), kind)
        }


def _require_cpu(device: str | None) -> None:
    if device not in (None, "cpu"):
        raise ValueError(f"the only device is 'cpu', got {device!r}")


def from_dlpack(x: Any, /, *, device: str | None = None, copy: bool | None = None) -> Tensor:
    """Return a tensor that shares memory with an array of another library.

    Parameters
    ----------
    x : object
        With ``__dlpack__``.
    device : {None, "cpu"}
    copy : bool, optional
        True copies, False raises where a copy would be needed.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.from_dlpack(np.arange(3.0))
    Tensor([0., 1., 2.])
    """
    _require_cpu(device)
    array = np.from_dlpack(x)
    made = wrap(array.copy() if copy else array)
    made._exposed = not copy
    return made


def _dtype_of(given: Any) -> Any:
    return given.dtype if isinstance(given, (Tensor, np.ndarray)) else given


def finfo(dtype: Any, /) -> Any:
    """Return the limits of a float dtype, or of the dtype of a tensor: ``np.finfo``."""
    return np.finfo(_dtype_of(dtype))


def iinfo(dtype: Any, /) -> Any:
    """Return the limits of an integer dtype, or of the dtype of a tensor: ``np.iinfo``."""
    return np.iinfo(_dtype_of(dtype))


def isdtype(dtype: Any, kind: Any) -> bool:
    """Return whether a dtype is of a kind, such as ``"real floating"``: ``np.isdtype``."""
    return bool(np.isdtype(np.dtype(dtype), kind))


def clip(
    x: Any,
    /,
    min: Any = _NO_VALUE,  # noqa: A002 (the standard's name)
    max: Any = _NO_VALUE,  # noqa: A002
    out: Any = None,
    *,
    a_min: Any = _NO_VALUE,
    a_max: Any = _NO_VALUE,
) -> Any:
    """Bring entries into an interval: ``np.clip``; the gradient is 1 on the closed interval."""
    low = a_min if min is _NO_VALUE else min
    high = a_max if max is _NO_VALUE else max
    bounds = [None if each is _NO_VALUE else each for each in (low, high)]
    x = x if isinstance(x, Recorded) else asarray(x)
    return np.clip(x, *bounds) if out is None else np.clip(x, *bounds, out=out)


def sort(
    a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *,
    descending: bool = False, stable: bool | None = None,
) -> Any:  # fmt: skip
    """Sort along an axis: ``np.sort``, or from the largest down with `descending`.

    The gradient goes back to where the entries came from; equal ones keep their order.
    """
    a = asarray(a)
    if not descending:
        return np.sort(a, axis=axis, kind=kind, order=order, stable=stable)
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return np.flip(np.sort(np.flip(a, axis), axis=axis, kind=kind, stable=stable), axis)


def argsort(
    a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *,
    descending: bool = False, stable: bool | None = None,
) -> Any:  # fmt: skip
    """Return what sorts along an axis: ``np.argsort``, or from the largest down.

    Equal entries keep their order, unless `kind` or `stable` asks for something else.
    """
    a = asarray(a)
    if kind is None and stable is None:
        stable = True  # the standard's default, other than NumPy's
    if not descending:
        return np.argsort(a, axis=axis, kind=kind, order=order, stable=stable)
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    # Turned round twice, so that equal entries keep their order.
    turned = np.argsort(np.flip(a, axis), axis=axis, kind=kind, stable=stable)
    return a.shape[axis] - 1 - np.flip(turned, axis)


_DTYPES: dict[str, Any] = {
    name: getattr(np, name)
    for name in (
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        "float32", "float64", "complex64", "complex128",
    )
}  # fmt: skip

ARRAY_API: dict[str, Any] = {
    **_DTYPES,
    "e": math.e,
    "inf": math.inf,
    "nan": math.nan,
    "newaxis": None,
    "pi": math.pi,
    "__array_api_version__": VERSION,
    "__array_namespace_info__": Info,
    "argsort": argsort,
    "can_cast": np.can_cast,
    "clip": clip,
    "finfo": finfo,
    "float16": np.float16,
    "from_dlpack": from_dlpack,
    "iinfo": iinfo,
    "isdtype": isdtype,
    "result_type": np.result_type,
    "sort": sort,
}
"""By name, what stands in the ``ag`` namespace."""
