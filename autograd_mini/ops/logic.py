"""Operations that are constant wherever they have a derivative: results are not recorded."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.ops.kinds import constant
from autograd_mini.ops.operation import Op
from autograd_mini.ops.sampling import Sample

__all__ = ["table"]

table: dict[str, Op] = {}
"""The ufuncs among them, by name."""

_BINARY: tuple[np.ufunc, ...] = (
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.logical_and, np.logical_or, np.logical_xor, np.floor_divide, np.bitwise_and, np.bitwise_or,
    np.bitwise_xor, np.left_shift, np.right_shift, np.gcd, np.lcm,
)  # fmt: skip
_UNARY: tuple[np.ufunc, ...] = (
    np.sign, np.floor, np.ceil, np.trunc, np.rint, np.isfinite, np.isinf, np.isnan, np.signbit,
    np.logical_not, np.invert, np.bitwise_count, np.spacing,
)  # fmt: skip
for _ufunc in _BINARY:
    table[_ufunc.__name__] = constant(_ufunc.__name__, _ufunc, "x", "y")
for _ufunc in _UNARY:
    table[_ufunc.__name__] = constant(_ufunc.__name__, _ufunc, "x")


def _round(x: Any, decimals: int = 0) -> Any:
    return np.round(x, decimals)


round = constant("round", _round, "x")
fix = constant("fix", lambda x: np.trunc(x), "x")  # np.fix itself warns from NumPy 2.5 on
exponent = constant("exponent", lambda x: np.frexp(x)[1], "x")


def _cast(x: Any, dtype: Any = np.int64) -> Any:
    return np.asarray(x).astype(dtype)


cast = constant("cast", _cast, "x")


def _numbered(x: Any, count: int, of: str = "classes", what: str = "labels") -> Any:
    """Return `x`, whole numbers that must be from 0 to ``count - 1``: NumPy counts from the end."""
    if x.size and not (x.min() >= 0 and x.max() < count):
        place = tuple(np.argwhere((x < 0) | (x >= count))[0].tolist())
        entry = f"{what}[{', '.join(map(str, place))}]" if place else "one"
        raise ValueError(
            f"{what} must lie in 0 … {count - 1} for {count} {of}, but {entry} is {x[place]}"
        )
    return x


numbered = constant(
    "numbered",
    _numbered,
    "x",
    samples=[
        lambda rng: ((rng.integers(0, 4, (2, 3)),), {"count": 4}),
        lambda rng: ((rng.integers(0, 2, (3,)),), {"count": 2, "of": "rows", "what": "indices"}),
    ],
)


def _argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    return np.argmax(x, axis=axis, keepdims=keepdims)


def _argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    return np.argmin(x, axis=axis, keepdims=keepdims)


def _argsort(x: Any, axis: int = -1, kind: Any = None, stable: bool | None = None) -> Any:
    return np.argsort(x, axis=axis, kind=kind, stable=stable)


argmax = constant("argmax", _argmax, "x")
argmin = constant("argmin", _argmin, "x")
argsort = constant("argsort", _argsort, "x")


def _all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.all(x, axis=axis, keepdims=keepdims)


def _any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.any(x, axis=axis, keepdims=keepdims)


def _count_nonzero(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    found = np.count_nonzero(x, axis=axis, keepdims=keepdims)
    return np.intp(found) if isinstance(found, int) else found  # before NumPy 2.2, Python's own


all = constant("all", _all, "x")
any = constant("any", _any, "x")
count_nonzero = constant("count_nonzero", _count_nonzero, "x")
zeros_like = constant("zeros_like", lambda x, dtype=None: np.zeros_like(x, dtype=dtype), "x")
ones_like = constant("ones_like", lambda x, dtype=None: np.ones_like(x, dtype=dtype), "x")

functions: dict[Any, Op] = {}
"""NumPy's own piecewise constant functions, and the operation each is."""


def _declare(function: Any, *operands: str, samples: Sequence[Sample] = ()) -> None:
    def kernel(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    kernel.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    functions[function] = constant(function.__name__, kernel, *operands)
    functions[function].samples = tuple(samples)


def _edges(rng: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (np.sort(rng.normal(size=4)), rng.normal(size=(2, 3))), {}


def _edges_last(rng: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return _edges(rng)[0][::-1], {}


_declare(np.isclose, "a", "b")
_declare(np.searchsorted, "a", "v", samples=[_edges])
_declare(np.digitize, "x", "bins", samples=[_edges_last])
_declare(np.isin, "element", "test_elements")
for _function in (np.isreal, np.iscomplex, np.isposinf, np.isneginf):
    _declare(_function, "x")
_declare(np.nanargmax, "a")
_declare(np.nanargmin, "a")
_declare(np.linalg.matrix_rank, "A", samples=[lambda rng: ((rng.normal(size=(2, 3, 3)),), {})])


def _argpartition(a: Any, kth: Any = 0, axis: int | None = -1, kind: Any = "introselect") -> Any:
    return np.argpartition(a, kth, axis, kind)


functions[np.argpartition] = constant("argpartition", _argpartition, "a")
