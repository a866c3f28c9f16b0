"""What ``numpy.linalg`` has of NumPy's own, as the Python array API wants it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.protocols import implements, operand

__all__ = [
    "cross",
    "diagonal",
    "matmul",
    "matrix_transpose",
    "outer",
    "tensordot",
    "trace",
    "vecdot",
]


@implements(np.linalg.outer)
def outer(x1: Any, x2: Any, /) -> Any:
    """Return all products of the entries of two vectors: ``np.linalg.outer``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.outer(ag.tensor([1.0, 2.0]), [1.0, 10.0])
    Tensor([[ 1., 10.],
            [ 2., 20.]])
    """
    x1, x2 = operand(x1), operand(x2)
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(f"outer needs two vectors, got shapes {np.shape(x1)} and {np.shape(x2)}")
    return x1[:, None] * x2[None, :]


@implements(np.linalg.cross)
def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Return the cross product of vectors of 3 entries: ``np.linalg.cross``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.cross(ag.tensor([1.0, 0.0, 0.0]), [0.0, 1.0, 0.0])
    Tensor([0., 0., 1.])
    """
    x1, x2 = operand(x1), operand(x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(
            f"cross needs vectors of 3 entries along axis {axis}, got shapes {x1.shape} and "
            f"{x2.shape}"
        )
    return np.cross(x1, x2, axis=axis)


@implements(np.linalg.diagonal)
def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """Return the diagonals of stacked matrices: ``np.linalg.diagonal``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.diagonal(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 4.])
    """
    return np.diagonal(x, offset, -2, -1)


@implements(np.linalg.trace)
def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """Sum the diagonals of stacked matrices: ``np.linalg.trace``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> A = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.linalg.trace(A)
    Tensor(5.)
    >>> ag.grad(ag.linalg.trace)(A)
    Tensor([[1., 0.],
            [0., 1.]])
    """
    return np.trace(x, offset, -2, -1, dtype)


@implements(np.linalg.matrix_transpose)
def matrix_transpose(x: Any, /) -> Any:
    """Exchange the last two axes: ``np.linalg.matrix_transpose``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.matrix_transpose(ag.tensor([[1.0, 2.0]]))
    Tensor([[1.],
            [2.]])
    """
    return np.matrix_transpose(x)


@implements(np.linalg.matmul)
def matmul(x1: Any, x2: Any, /) -> Any:
    """Multiply matrices: ``np.linalg.matmul``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.matmul(ag.tensor([[1.0, 2.0]]), [[3.0], [4.0]])
    Tensor([[11.]])
    """
    return np.matmul(operand(x1), operand(x2))


@implements(np.linalg.tensordot)
def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """Sum products over chosen axes: ``np.linalg.tensordot``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> A = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.linalg.tensordot(A, A)
    Tensor(30.)
    """
    return np.tensordot(operand(x1), operand(x2), axes=axes)


@implements(np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Multiply vectors along an axis, the first conjugated: ``np.linalg.vecdot``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.vecdot(ag.tensor([1.0, 2.0]), [3.0, 4.0])
    Tensor(11.)
    """
    return np.vecdot(operand(x1), operand(x2), axis=axis)  # type: ignore[call-overload]
