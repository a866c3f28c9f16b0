"""Reductions, with the arguments NumPy gives them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.context import unwatched
from autograd_mini.ops import logic
from autograd_mini.ops import reductions as ops
from autograd_mini.ops.broadcasting import count
from autograd_mini.ops.operation import Op
from autograd_mini.protocols import implements, operand
from autograd_mini.recording.record import apply
from autograd_mini.recording.recorded import Recorded

_NO_VALUE: Any = np._NoValue

__all__ = [
    "argmax",
    "argmin",
    "cumprod",
    "cumsum",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]


def _keep(keepdims: Any) -> bool:
    return keepdims is not _NO_VALUE and bool(keepdims)


def _run(op: Op, a: Any, **stated: Any) -> Any:
    """Apply `op`, with the parameters that differ from what it does by itself."""
    params = {key: each for key, each in stated.items() if each is not None and each is not False}
    return apply(op, [a], params) if isinstance(a, Recorded) else op.kernel(a, **params)


def _real_if(dtype: Any, a: Any) -> Any:
    """Return `a`, without imaginary part where a result of a real `dtype` is asked for."""
    a = operand(a)
    if dtype is None or a.dtype.kind != "c" or np.dtype(dtype).kind == "c":
        return a
    return a.astype(dtype)


def _masked(a: Any, where: Any, otherwise: float) -> Any:
    """Return `a` with `otherwise` where `where` is false."""
    return a if where is _NO_VALUE or where is True else np.where(where, a, otherwise)


def _as_in(total: Any, initial: Any) -> Any:
    """Return what a reduction starts from, in its dtype: NumPy casts it, however much is lost."""
    if not hasattr(initial, "dtype"):
        return np.asarray(initial, total.dtype)
    return initial if initial.dtype == total.dtype else initial.astype(total.dtype)


@implements(np.sum)
def sum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = _NO_VALUE,
    initial: Any = _NO_VALUE, where: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Add up entries: ``np.sum``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([[1.0, 2.0], [3.0, 6.0]])
    >>> ag.sum(x, axis=0)
    Tensor([4., 8.])
    >>> ag.grad(ag.sum)(x)
    Tensor([[1., 1.],
            [1., 1.]])
    """
    a = _masked(_real_if(dtype, a), where, 0)
    total = _run(ops.sum, a, axis=axis, dtype=dtype, keepdims=_keep(keepdims))
    return total if initial is _NO_VALUE else total + _as_in(total, initial)


@implements(np.prod)
def prod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = _NO_VALUE,
    initial: Any = _NO_VALUE, where: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Multiply entries: ``np.prod``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([0.0, 2.0, 3.0])
    >>> ag.prod(x)
    Tensor(0.)
    >>> ag.grad(ag.prod)(x)
    Tensor([6., 0., 0.])
    """
    a = _masked(_real_if(dtype, a), where, 1)
    total = _run(ops.prod, a, axis=axis, dtype=dtype, keepdims=_keep(keepdims))
    return total if initial is _NO_VALUE else total * _as_in(total, initial)


@implements(np.mean)
def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = _NO_VALUE, *,
    where: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Average entries: ``np.mean``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([[1.0, 2.0], [3.0, 6.0]])
    >>> ag.mean(x, axis=1)
    Tensor([1.5, 4.5])
    >>> ag.grad(ag.mean)(x)
    Tensor([[0.25, 0.25],
            [0.25, 0.25]])
    """
    a = _real_if(dtype, a)
    if where is _NO_VALUE or where is True:
        return _run(ops.mean, a, axis=axis, dtype=dtype, keepdims=_keep(keepdims))
    if dtype is None and a.dtype.kind not in "fc":
        dtype = np.float64
    n = _how_many(a, axis, where, _keep(keepdims))
    return _divided(sum(a, axis, dtype, None, keepdims, where=where), n)


def _how_many(a: Any, axis: Any, where: Any, keepdims: bool) -> Any:
    """Return how many entries a reduction takes together."""
    full = np.ones(a.shape, bool) if where is _NO_VALUE else np.broadcast_to(where, a.shape)
    return np.sum(full, axis=axis, keepdims=keepdims)


def _divided(total: Any, n: Any) -> Any:
    """Return ``total / n`` in the dtype of `total`, whatever the counts are."""
    return (total / n).astype(total.dtype)


def _moment(
    op: Any, a: Any, axis: Any, dtype: Any, ddof: Any, keepdims: Any, where: Any, centre: Any
) -> Any:
    a = _real_if(dtype, a)
    if (where is _NO_VALUE or where is True) and centre is _NO_VALUE:
        if dtype is not None and np.dtype(dtype).kind == "c":  # real numbers, kept as complex ones
            return _moment(op, a.astype(dtype), axis, None, ddof, keepdims, where, centre).astype(
                dtype
            )
        return _run(op, a, axis=axis, dtype=dtype, ddof=ddof, keepdims=_keep(keepdims))
    if dtype is None and a.dtype.kind not in "fc":
        dtype = np.float64
    n = _how_many(a, axis, where, True)
    if centre is _NO_VALUE:
        centre = mean(a, axis, dtype, None, True, where=where)
    centred = _masked(a - operand(centre), where, 0)
    squares = np.real(centred * np.conj(centred))
    total = sum(squares, axis, dtype, None, True)
    variance = _divided(total, np.maximum(n - ddof, 0))
    if not _keep(keepdims):
        variance = np.squeeze(variance, axis) if axis is not None else np.reshape(variance, ())
    if op is ops.var:
        return variance
    equal = variance == 0  # there sqrt has no derivative, and the standard deviation has 0
    return np.where(equal, 0, np.sqrt(np.where(equal, 1, variance))).astype(variance.dtype)


def _ddof(ddof: float, correction: Any) -> float:
    return ddof if correction is _NO_VALUE else correction


@implements(np.var)
def var(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
    keepdims: Any = _NO_VALUE, *, where: Any = _NO_VALUE, mean: Any = _NO_VALUE,
    correction: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Return the variance: ``np.var``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 3.0])
    >>> ag.var(x)
    Tensor(1.)
    >>> ag.grad(lambda x: ag.var(x, ddof=1))(x)
    Tensor([-2.,  2.])
    """
    return _moment(ops.var, a, axis, dtype, _ddof(ddof, correction), keepdims, where, mean)


@implements(np.std)
def std(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
    keepdims: Any = _NO_VALUE, *, where: Any = _NO_VALUE, mean: Any = _NO_VALUE,
    correction: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Return the standard deviation: ``np.std``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 3.0])
    >>> ag.std(x)
    Tensor(1.)
    >>> ag.grad(ag.std)(ag.tensor([2.0, 2.0]))
    Tensor([0., 0.])
    """
    return _moment(ops.std, a, axis, dtype, _ddof(ddof, correction), keepdims, where, mean)


def _extreme(op: Any, pick: Any, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any) -> Any:
    if where is not _NO_VALUE and where is not True:
        if initial is _NO_VALUE:
            raise ValueError(f"{op.name} with where= needs initial= for entries without any")
        never = {"max": -np.inf, "min": np.inf}[op.name]
        a = operand(a)
        with unwatched():
            a = np.where(where, a, never if a.dtype.kind == "f" else _as_in(a, initial))
    a = operand(a)
    initial = initial if initial is _NO_VALUE else _as_in(a, initial)
    if initial is not _NO_VALUE and not count(np.shape(a), axis):
        return np.sum(a, axis=axis, dtype=a.dtype, keepdims=_keep(keepdims)) + initial
    found = _run(op, a, axis=axis, keepdims=_keep(keepdims))
    return found if initial is _NO_VALUE else pick(found, initial)


@implements(np.max, np.amax)
def max(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = _NO_VALUE,
    initial: Any = _NO_VALUE, where: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Return the largest entry: ``np.max``; ties share the gradient equally.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 3.0, 3.0])
    >>> ag.max(x)
    Tensor(3.)
    >>> ag.grad(ag.max)(x)
    Tensor([0. , 0.5, 0.5])
    """
    return _extreme(ops.max, np.maximum, a, axis, keepdims, initial, where)


@implements(np.min, np.amin)
def min(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = _NO_VALUE,
    initial: Any = _NO_VALUE, where: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Return the smallest entry: ``np.min``; ties share the gradient equally.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 3.0, 3.0])
    >>> ag.min(x)
    Tensor(1.)
    >>> ag.grad(ag.min)(x)
    Tensor([1., 0., 0.])
    """
    return _extreme(ops.min, np.minimum, a, axis, keepdims, initial, where)


@implements(np.cumsum)
def cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Return running sums: ``np.cumsum``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0, 3.0])
    >>> ag.cumsum(x)
    Tensor([1., 3., 6.])
    >>> ag.grad(lambda x: ag.sum(ag.cumsum(x)))(x)
    Tensor([3., 2., 1.])
    """
    return _run(ops.cumsum, _real_if(dtype, a), axis=axis, dtype=dtype)


@implements(np.cumprod)
def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Return running products: ``np.cumprod``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0, 3.0])
    >>> ag.cumprod(x)
    Tensor([1., 2., 6.])
    >>> ag.grad(lambda x: ag.sum(ag.cumprod(x)))(x)
    Tensor([9., 4., 2.])
    """
    a = _real_if(dtype, a)
    if not a.ndim and axis is not None:
        a = np.reshape(a, 1)  # as NumPy does
    return _run(ops.cumprod, a, axis=axis, dtype=dtype)


@implements(np.argmax)
def argmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = _NO_VALUE) -> Any:
    """Return where the largest entry is: ``np.argmax``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.argmax(ag.tensor([1.0, 3.0, 2.0]))
    Tensor(1)
    """
    return logic.argmax(operand(a), axis=axis, keepdims=_keep(keepdims))


@implements(np.argmin)
def argmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = _NO_VALUE) -> Any:
    """Return where the smallest entry is: ``np.argmin``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.argmin(ag.tensor([1.0, 3.0, 2.0]))
    Tensor(0)
    """
    return logic.argmin(operand(a), axis=axis, keepdims=_keep(keepdims))


@implements(np.all)
def all(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = _NO_VALUE, *, where: Any = _NO_VALUE
) -> Any:
    """Return whether all entries are true: ``np.all``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.all(ag.tensor([1.0, 0.0]))
    Tensor(False)
    """
    return logic.all(_masked(operand(a), where, True), axis=axis, keepdims=_keep(keepdims))


@implements(np.any)
def any(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = _NO_VALUE, *, where: Any = _NO_VALUE
) -> Any:
    """Return whether any entry is true: ``np.any``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.any(ag.tensor([1.0, 0.0]))
    Tensor(True)
    """
    return logic.any(_masked(operand(a), where, False), axis=axis, keepdims=_keep(keepdims))


@implements(np.count_nonzero)
def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Count entries that are not zero: ``np.count_nonzero``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.count_nonzero(ag.tensor([1.0, 0.0]))
    Tensor(1)
    """
    return logic.count_nonzero(operand(a), axis=axis, keepdims=keepdims)
