"""Norms of vectors and matrices, of every order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_mini.functions.factorizations import svdvals
from autograd_mini.ops.norms import euclidean_norm, p_norm
from autograd_mini.protocols import implements, operand

__all__ = ["matrix_norm", "norm", "vector_norm"]


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return a norm of vectors or matrices: ``np.linalg.norm``; its gradient at 0 is 0.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, 4.0])
    >>> ag.linalg.norm(x)
    Tensor(5.)
    >>> ag.grad(ag.linalg.norm)(x)
    Tensor([0.6, 0.8])
    """
    x = _floating(x)
    if axis is None:
        if ord is None or (ord in ("f", "fro") and x.ndim == 2) or (ord == 2 and x.ndim == 1):
            return euclidean_norm(x, keepdims=keepdims)
        axis = tuple(range(x.ndim))
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    if len(axes) == 1:
        return vector_norm(x, axis=axes[0], keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) != 2:
        raise ValueError(f"a norm of order {ord} needs one or two axes, got shape {x.shape}")
    return _norm_of_matrices(x, "fro" if ord is None else ord, axes, keepdims)


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Return a norm of vectors along any axes: ``np.linalg.vector_norm``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.vector_norm(ag.tensor([3.0, -4.0]), ord=1)
    Tensor(7.)
    """
    x = _floating(x)
    if isinstance(ord, str):
        raise ValueError(f"invalid norm order {ord!r} for vectors")
    if ord is None or ord == 2:
        return euclidean_norm(x, axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum((x != 0).astype(np.abs(x).dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    return p_norm(x, ord=ord, axis=axis, keepdims=keepdims)


@implements(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Return a norm of stacked matrices: ``np.linalg.matrix_norm``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.matrix_norm(ag.tensor([[3.0, 0.0], [0.0, 4.0]]), ord=2)
    Tensor(4.)
    """
    return norm(x, ord="fro" if ord is None else ord, axis=(-2, -1), keepdims=keepdims)


def _floating(x: Any) -> Any:
    x = operand(x)
    return x if x.dtype.kind in "fc" else x.astype(np.float64)


def _norm_of_matrices(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    rows, columns = normalize_axis_tuple(axes, x.ndim)
    if ord in ("fro", "f"):
        return euclidean_norm(x, axis=axes, keepdims=keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        along, over = (rows, columns) if abs(ord) == 1 else (columns, rows)
        pick = np.max if ord > 0 else np.min
        totals = np.sum(np.abs(x), axis=along, keepdims=True)
        found = pick(totals, axis=over, keepdims=True)
    elif ord in (2, -2, "nuc"):
        s = svdvals(np.moveaxis(x, (rows, columns), (-2, -1)))
        found = _of_singular_values(s, ord)[..., None, None]
        found = np.moveaxis(found, (-2, -1), (rows, columns))
    else:
        raise ValueError(f"invalid norm order {ord!r} for matrices")
    return found if keepdims else np.squeeze(found, axis=(rows, columns))


def _of_singular_values(s: Any, ord: Any) -> Any:
    if ord == "nuc":  # at a kink the subgradient of least norm: nothing flows to zeros
        limit = s.shape[-1] * np.finfo(s.dtype).eps * np.max(s, axis=-1, keepdims=True)
        return np.sum(np.where(s <= limit, 0, s), axis=-1)
    return np.max(s, axis=-1) if ord == 2 else np.min(s, axis=-1)
