"""NumPy as a person's code expects it: with names that are gone, and for Tensors."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.reading.helpers import special

__all__ = ["for_arrays", "for_tensors", "mathematics", "scipy_like"]

_GONE: dict[str, Any] = {
    "float": float,
    "int": int,
    "bool": bool,
    "object": object,
    "complex": complex,
    "str": str,
    "float_": np.float64,
    "complex_": np.complex128,
    "Inf": np.inf,
    "Infinity": np.inf,
    "NaN": np.nan,
    "mat": np.asarray,
    "alltrue": np.all,
    "sometrue": np.any,
    "product": np.prod,
    "cumproduct": np.cumprod,
    "asfarray": lambda a, dtype=float: np.asarray(a, dtype),
    "row_stack": np.vstack,
    "in1d": np.isin,
    "trapz": getattr(np, "trapezoid", None),
}
"""Names that older code uses and today's NumPy has no more."""


class _Module(types.ModuleType):
    """A module that answers as another does, but for some names."""

    def __init__(self, of: types.ModuleType, instead: dict[str, Any]) -> None:
        super().__init__(of.__name__)
        self._of = of
        self.__dict__.update(instead)

    def __getattr__(self, name: str) -> Any:
        of = self.__dict__["_of"]
        if name in _GONE and (name not in of.__dict__ or name in ("float", "int", "object")):
            return _GONE[name]
        return getattr(of, name)


def for_arrays() -> types.ModuleType:
    """Return NumPy with the names that are gone."""
    return _Module(np, {})


def _holds_tensor(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_holds_tensor, value))
    return isinstance(value, ag.Tensor)


def _joining(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return `make` for arrays, and for what holds Tensors something that loses no gradient."""

    def made(value: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        if not _holds_tensor(value):
            return make(value, dtype, *args, **kwargs) if make is not np.copy else np.copy(value)
        joined = ag.asarray(value)
        lacking = kwargs.get("ndmin", 0) - joined.ndim
        joined = joined.reshape((1,) * lacking + joined.shape) if lacking > 0 else joined
        kind = joined.dtype if dtype is None else np.dtype(dtype)
        return joined.astype(kind) if kind.kind == "f" and kind != joined.dtype else joined * 1.0

    return made


def _writable(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return `make`, giving a Tensor, into which recorded values can be written."""

    def made(*args: Any, **kwargs: Any) -> Any:
        plain = [each.detach().numpy() if isinstance(each, ag.Tensor) else each for each in args]
        found = make(*plain, **kwargs)
        return ag.tensor(found) if found.dtype.kind == "f" else found

    return made


class _FloatType(type):
    """Makes classes that stand for NumPy's float types, and convert Tensors as those do arrays."""

    dtype: np.dtype[Any]

    def __call__(cls, value: Any = 0.0) -> Any:
        if isinstance(value, ag.Tensor):
            return value.astype(cls.dtype) if cls.dtype != value.dtype else value * 1.0
        return cls.dtype.type(value)

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, (cls.dtype.type, ag.Tensor))


def _float_types() -> dict[str, Any]:
    names = ("float16", "float32", "float64", "half", "single", "double")
    return {name: _FloatType(name, (), {"dtype": np.dtype(name)}) for name in names}


def for_tensors() -> types.ModuleType:
    """Return NumPy for code that was written for arrays and is given Tensors."""
    joining = {name: _joining(getattr(np, name)) for name in ("array", "asarray", "copy")}
    joining |= {"asanyarray": joining["asarray"], "ascontiguousarray": joining["asarray"]}
    writable = {
        name: _writable(getattr(np, name))
        for name in ("zeros", "empty", "zeros_like", "empty_like", "full", "full_like")
    }
    kinds = {"ndarray": (np.ndarray, ag.Tensor)}
    return _Module(np, {**joining, **writable, **kinds, **_float_types()})


def scipy_like(module: types.ModuleType) -> types.ModuleType:
    """Return ``scipy`` or ``scipy.special`` whose common functions take Tensors too."""
    own = {name: getattr(special, name) for name in special.__all__}
    if module.__name__ == "scipy":
        own = {"special": _Module(getattr(module, "special", module), own)}
    return _Module(module, own)


def mathematics() -> types.ModuleType:
    """Return ``math`` whose functions take Tensors and arrays of one entry too."""
    instead = {name: getattr(np, name) for name in ("exp", "log", "sqrt", "tanh", "log1p", "fabs")}
    return _Module(math, {**instead, "pow": np.power})
