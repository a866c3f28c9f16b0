"""Functions of diagonals and triangles."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops import moving as ops
from autograd_mini.protocols import implements, operand

__all__ = ["diag", "diagflat", "diagonal", "tril", "triu"]


@implements(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """Make a diagonal matrix, or read a diagonal: ``np.diag``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.diag(x)
    Tensor([[1., 0.],
            [0., 2.]])
    >>> ag.grad(lambda a: ag.sum(ag.diag(a)))(ag.ones((2, 2)))
    Tensor([[1., 0.],
            [0., 1.]])
    """
    v = operand(v)
    if np.ndim(v) not in (1, 2):
        raise ValueError("Input must be 1- or 2-d.")
    return ops.diagonal(v, offset=k) if np.ndim(v) == 2 else ops.diag(v, k=k)


@implements(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """Make a diagonal matrix of the flat entries: ``np.diagflat``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.diagflat(ag.tensor([[1.0, 2.0]]), 1)
    Tensor([[0., 1., 0.],
            [0., 0., 2.],
            [0., 0., 0.]])
    """
    return ops.diag(np.reshape(operand(v), -1), k=k)


@implements(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Read a diagonal: ``np.diagonal``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.diagonal(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 4.])
    """
    return ops.diagonal(operand(a), offset=offset, axis1=axis1, axis2=axis2)


def _triangle(op: Any, m: Any, k: int) -> Any:
    m = operand(m)
    if np.ndim(m) == 1:
        m = np.broadcast_to(m, (m.shape[0], m.shape[0]))
    return op(m, k=k)


@implements(np.tril)
def tril(m: Any, k: int = 0) -> Any:
    """Keep the lower triangle: ``np.tril``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.tril(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 0.],
            [3., 4.]])
    """
    return _triangle(ops.tril, m, k)


@implements(np.triu)
def triu(m: Any, k: int = 0) -> Any:
    """Keep the upper triangle: ``np.triu``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.triu(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), k=1)
    Tensor([[0., 2.],
            [0., 0.]])
    """
    return _triangle(ops.triu, m, k)
