"""Functions that make grids: what is broadcast, meshes, numbers evenly spaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.protocols import implements, known, operand, plain

__all__ = ["broadcast_arrays", "geomspace", "ix_", "linspace", "logspace", "meshgrid"]


@implements(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    """Bring operands to one shape: ``np.broadcast_arrays``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x, y = ag.broadcast_arrays(ag.tensor([1.0, 2.0]), 3.0)
    >>> y
    Tensor([3., 3.])
    """
    arrays = [operand(each) for each in args]
    arrays = [each if hasattr(each, "dtype") else np.asarray(each) for each in arrays]
    shape = np.broadcast_shapes(*(np.shape(each) for each in arrays))
    return tuple(a if np.shape(a) == shape else np.broadcast_to(a, shape) for a in arrays)


@implements(np.meshgrid)
def meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Any, ...]:
    """Return grids of coordinates: ``np.meshgrid``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x, y = ag.meshgrid(ag.tensor([1.0, 2.0]), ag.tensor([5.0, 6.0]))
    >>> x
    Tensor([[1., 2.],
            [1., 2.]])
    """
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    order = list(range(n))
    if indexing == "xy" and n > 1:
        order[:2] = [1, 0]
    grids = [
        np.reshape(operand(x), tuple(-1 if k == axis else 1 for k in range(n)))
        for x, axis in zip(xi, order, strict=True)
    ]
    made = tuple(grids) if sparse else broadcast_arrays(*grids)
    return tuple(np.copy(each) for each in made) if copy else made


@implements(np.ix_)
def ix_(*args: Any) -> tuple[Any, ...]:
    """Return index arrays that open a grid: ``np.ix_``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> rows, columns = ag.ix_([0, 1], [2])
    >>> ag.arange(6.0).reshape(2, 3)[rows, columns]
    Tensor([[2.],
            [5.]])
    """
    return np.ix_(*(plain(operand(each)) for each in args))


@implements(np.linspace)
def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False,
    dtype: Any = None, axis: int = 0, *, device: Any = None,
) -> Any:  # fmt: skip
    """Return evenly spaced numbers: ``np.linspace``; differentiable in both ends.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linspace(0.0, ag.tensor(1.0), 3)
    Tensor([0. , 0.5, 1. ])
    >>> ag.grad(lambda end: ag.sum(ag.linspace(0.0, end, 3)))(1.0)
    Tensor(1.5)
    """
    start, stop = operand(start), operand(stop)
    both = np.result_type(start, stop, 1.0)
    wanted = both if dtype is None else np.dtype(dtype)
    start, stop = (
        each.astype(both) if hasattr(each, "dtype") and each.dtype.kind in "biu" else each * 1.0
        for each in (start, stop)
    )
    gaps = num - 1 if endpoint else num
    length = stop - start
    step = length / gaps if gaps > 0 else np.nan
    shape = (-1,) + (1,) * np.ndim(length)
    k = np.reshape(np.arange(num, dtype=np.float64), shape)
    made = start + (k * step if gaps > 0 else k * length)
    if endpoint and num > 1:
        made = np.concatenate([made[:-1], np.broadcast_to(stop, (1, *np.shape(length)))])
    if wanted.kind in "iu":
        made = np.floor(made)
    made = made if made.dtype == wanted else made.astype(wanted)
    made = np.moveaxis(made, 0, axis) if axis else made
    return (made, step) if retstep else made


@implements(np.logspace)
def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0,
    dtype: Any = None, axis: int = 0,
) -> Any:  # fmt: skip
    """Return powers of a base, evenly spaced in the exponent: ``np.logspace``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.logspace(0.0, ag.tensor(2.0), 3)
    Tensor([  1.,  10., 100.])
    """
    base = operand(base)
    if np.ndim(base):
        n = max(np.ndim(base), np.ndim(start), np.ndim(stop))
        start, stop, base = (
            np.reshape(operand(x), (1,) * (n - np.ndim(x)) + np.shape(x))
            for x in (start, stop, base)
        )
        base = np.expand_dims(base, axis)
    made = np.power(base, linspace(start, stop, num, endpoint, axis=axis))
    return made if dtype is None else made.astype(dtype)


@implements(np.geomspace)
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """Return numbers with a constant ratio: ``np.geomspace``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.geomspace(1.0, ag.tensor(4.0), 3)
    Tensor([1., 2., 4.])
    """
    start, stop = operand(start), operand(stop)
    if known((start == 0) | (stop == 0)):
        raise ValueError("Geometric sequence cannot include zero")
    ratio = stop / start
    if np.result_type(start, stop).kind != "c" and known(ratio <= 0):
        raise ValueError("Geometric sequence cannot cross zero: make the ends complex")
    exponents = linspace(np.zeros(np.shape(ratio)), np.log10(ratio), num, endpoint)
    made = start * np.power(10.0, exponents)
    if endpoint and num > 1:
        made = np.concatenate([made[:-1], np.broadcast_to(stop, (1, *np.shape(ratio)))])
    made = np.moveaxis(made, 0, axis) if axis else made
    return made if dtype is None else made.astype(dtype)
