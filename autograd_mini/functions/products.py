"""Products of vectors and matrices that NumPy names besides ``dot`` and ``matmul``."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_mini.ops import linalg
from autograd_mini.protocols import array_operand, implements, operand

__all__ = ["cross", "inner", "kron", "matvec", "outer", "trace", "vdot", "vecdot", "vecmat"]


@implements(np.outer)
def outer(a: Any, b: Any, out: Any = None) -> Any:
    """Return all products of two vectors' entries: ``np.outer``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.outer(ag.tensor([1.0, 2.0]), [1.0, 10.0])
    Tensor([[ 1., 10.],
            [ 2., 20.]])
    """
    return np.reshape(operand(a), (-1, 1)) * np.reshape(operand(b), (1, -1))


@implements(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    """Sum products over the last axes: ``np.inner``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.inner(x, [3.0, 4.0])
    Tensor(11.)
    >>> ag.grad(lambda x: ag.inner(x, [3.0, 4.0]))(x)
    Tensor([3., 4.])
    """
    a, b = array_operand(a), array_operand(b)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return linalg.tensordot(a, b, axes=(-1, -1))


@implements(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    """Sum products of all entries, the first conjugated: ``np.vdot``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.vdot(ag.tensor([1.0j, 2.0]), [1.0j, 1.0])
    Tensor(3.+0.j)
    """
    a, b = np.reshape(operand(a), -1), np.reshape(operand(b), -1)
    return linalg.dot(np.conj(a) if a.dtype.kind == "c" else a, b)


def _conjugate(x: Any) -> Any:
    return np.conj(x) if x.dtype.kind == "c" else x


@implements(np.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1, keepdims: bool = False) -> Any:
    """Multiply vectors along an axis, the first conjugated: ``np.vecdot``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.vecdot(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), [1.0, 1.0])
    Tensor([3., 7.])
    """
    x1, x2 = operand(x1), operand(x2)
    for each in (x1, x2):
        normalize_axis_index(axis, each.ndim)
    if x1.shape[axis] != x2.shape[axis]:
        raise ValueError(
            f"vecdot needs vectors of one length along axis {axis}, got shapes {x1.shape} and "
            f"{x2.shape}"
        )
    a, b = np.moveaxis(_conjugate(x1), axis, -1), np.moveaxis(x2, axis, -1)
    made = np.matmul(a[..., None, :], b[..., :, None])[..., 0, 0]
    return np.expand_dims(made, axis) if keepdims else made


@implements("matvec")
def matvec(x1: Any, x2: Any, /) -> Any:
    """Multiply matrices with vectors: ``np.matvec``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.matvec(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), [1.0, 1.0])
    Tensor([3., 7.])
    """
    return np.matmul(operand(x1), operand(x2)[..., None])[..., 0]


@implements("vecmat")
def vecmat(x1: Any, x2: Any, /) -> Any:
    """Multiply vectors, conjugated, with matrices: ``np.vecmat``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.vecmat(ag.tensor([1.0, 1.0]), [[1.0, 2.0], [3.0, 4.0]])
    Tensor([4., 6.])
    """
    return np.matmul(_conjugate(operand(x1))[..., None, :], operand(x2))[..., 0, :]


@implements(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Return the Kronecker product: ``np.kron``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.kron(ag.tensor([1.0, 2.0]), [1.0, 10.0])
    Tensor([ 1., 10.,  2., 20.])
    """
    a, b = array_operand(a), array_operand(b)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    n = max(a.ndim, b.ndim)
    first = (1,) * (n - a.ndim) + a.shape
    second = (1,) * (n - b.ndim) + b.shape
    apart = np.reshape(a, tuple(size for each in first for size in (each, 1)))
    between = np.reshape(b, tuple(size for each in second for size in (1, each)))
    shape = tuple(p * q for p, q in zip(first, second, strict=True))
    return np.reshape(apart * between, shape)


@implements(np.cross)
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """Return the cross product of vectors: ``np.cross``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.cross(ag.tensor([1.0, 0.0, 0.0]), [0.0, 1.0, 0.0])
    Tensor([0., 0., 1.])
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(operand(a), axisa, -1), np.moveaxis(operand(b), axisb, -1)
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ValueError(
            f"cross products need vectors of 2 or 3 entries, got shapes {a.shape} and {b.shape}"
        )
    flat = a.shape[-1] == 2 and b.shape[-1] == 2
    if 2 in (a.shape[-1], b.shape[-1]):
        warnings.warn(
            "Arrays of 2-dimensional vectors are deprecated. Use arrays of 3-dimensional vectors "
            "instead. (deprecated in NumPy 2.0)",
            DeprecationWarning,
            stacklevel=4,
        )
    a0, a1 = a[..., 0], a[..., 1]
    b0, b1 = b[..., 0], b[..., 1]
    third = a0 * b1 - a1 * b0
    if flat:
        return third
    a2 = a[..., 2] if a.shape[-1] == 3 else np.zeros((), a.dtype)
    b2 = b[..., 2] if b.shape[-1] == 3 else np.zeros((), b.dtype)
    made = np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, third], axis=-1)
    return np.moveaxis(made, -1, axisc)


@implements(np.trace)
def trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
) -> Any:
    """Sum a diagonal: ``np.trace``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> np.trace(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), offset=1)
    Tensor(2.)
    """
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)
