"""Functions that move entries, with the arguments NumPy gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_mini.context import current
from autograd_mini.graph.tape import refuse_layout
from autograd_mini.ops import shaping as ops
from autograd_mini.ops.arithmetic import where as _where
from autograd_mini.protocols import implements, operand
from autograd_mini.recording.recorded import Recorded

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "astype", "atleast_1d", "atleast_2d", "broadcast_to", "concatenate", "copy", "expand_dims",
    "flip", "fliplr", "flipud", "hstack", "moveaxis", "ravel", "reshape", "roll", "squeeze",
    "stack", "swapaxes", "transpose", "vstack", "where",
]  # fmt: skip


@implements(np.reshape)
def reshape(a: Any, /, shape: Any = None, order: str = "C", *, copy: Any = None) -> Any:
    """Give a new shape to the same entries: ``np.reshape``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.reshape(x, (2, 1))
    Tensor([[1.],
            [2.]])
    >>> ag.grad(lambda x: ag.sum(ag.reshape(x, (2, 1)) ** 2))(x)
    Tensor([2., 4.])
    """
    if shape is None:
        raise TypeError("reshape() needs a shape")
    order = _resolved(order, a)
    made = ops.reshape(a, shape, order=order) if order != "C" else ops.reshape(a, shape=shape)
    held = getattr(a, "_value", a)
    if copy is False and made.size and not np.may_share_memory(np.reshape(held, shape), held):
        raise ValueError(f"cannot give {np.shape(a)} the shape {shape} without a copy")
    return ops.copy(made) if copy else made


@implements(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """Flatten to one axis: ``np.ravel``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.ravel(x)
    Tensor([1., 2., 3., 4.])
    """
    if order == "K":
        steps = np.abs(_memory_of(a, order).strides)
        return ops.ravel(np.transpose(a, np.argsort(-steps, stable=True).tolist()))
    return ops.ravel(a, order=_resolved(order, a))


def _resolved(order: str, a: Any) -> str:
    """Return "C" or "F" where `order` is "A": what memory looks like, backward cannot see."""
    if order != "A":
        return order
    return "F" if _memory_of(a, order).flags.fnc else "C"


def _memory_of(a: Any, order: str) -> NDArray[Any]:
    """Return the array in `a`, for its order in memory."""
    if isinstance(a, Recorded) and current().tapes:
        refuse_layout(f"order={order!r}", "write order='C' or order='F'")
    return np.asarray(getattr(a, "_value", a))


@implements(np.transpose, np.permute_dims)
def transpose(a: Any, axes: Any = None) -> Any:
    """Permute axes, or reverse them: ``np.transpose``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.transpose(x)
    Tensor([[1., 3.],
            [2., 4.]])
    """
    return ops.transpose(a, axes=axes.tolist() if isinstance(axes, np.ndarray) else axes)


@implements(np.matrix_transpose)
def matrix_transpose(x: Any, /) -> Any:
    """Exchange the last two axes: ``np.matrix_transpose``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.matrix_transpose(x)
    Tensor([[1., 3.],
            [2., 4.]])
    """
    if np.ndim(x) < 2:
        raise ValueError(f"matrix_transpose needs at least 2 axes, got shape {np.shape(x)}")
    return ops.swapaxes(x, axis1=-1, axis2=-2)


@implements(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes: ``np.swapaxes``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.swapaxes(ag.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    return ops.swapaxes(a, axis1=axis1, axis2=axis2)


@implements(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Move axes to other places: ``np.moveaxis``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.moveaxis(ag.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    return ops.moveaxis(a, source=source, destination=destination)


@implements(np.squeeze)
def squeeze(a: Any, axis: Any = None) -> Any:
    """Drop axes of length 1: ``np.squeeze``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.squeeze(ag.tensor([[1.0, 2.0]]))
    Tensor([1., 2.])
    """
    return ops.squeeze(a, axis=axis)


@implements(np.expand_dims)
def expand_dims(a: Any, axis: Any = 0) -> Any:
    """Insert axes of length 1: ``np.expand_dims``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.expand_dims(ag.tensor([1.0, 2.0]), 0)
    Tensor([[1., 2.]])
    """
    return ops.expand_dims(a, axis=axis)


@implements(np.broadcast_to)
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """Repeat along new axes and those of length 1: ``np.broadcast_to``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.grad(lambda x: ag.sum(ag.broadcast_to(x, (3, 2))))(x)
    Tensor([3., 3.])
    """
    return ops.broadcast_to(array, shape=shape)


@implements(np.flip)
def flip(m: Any, axis: Any = None) -> Any:
    """Reverse along axes: ``np.flip``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.flip(ag.tensor([1.0, 2.0]))
    Tensor([2., 1.])
    """
    return ops.flip(m, axis=axis)


@implements(np.flipud)
def flipud(m: Any) -> Any:
    """Reverse the first axis: ``np.flipud``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.flipud(x)
    Tensor([[3., 4.],
            [1., 2.]])
    """
    return ops.flip(m, axis=0)


@implements(np.fliplr)
def fliplr(m: Any) -> Any:
    """Reverse the second axis: ``np.fliplr``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.fliplr(x)
    Tensor([[2., 1.],
            [4., 3.]])
    """
    return ops.flip(m, axis=1)


@implements(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Shift entries around: ``np.roll``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.roll(ag.tensor([1.0, 2.0, 3.0]), 1)
    Tensor([3., 1., 2.])
    """
    return ops.roll(a, shift=shift, axis=axis)


@implements(np.concatenate)
def concatenate(
    arrays: Any, /, axis: int | None = 0, out: Any = None, dtype: Any = None, casting: Any = None
) -> Any:
    """Join along an axis: ``np.concatenate``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.concatenate([x, 10 * x])
    Tensor([ 1.,  2., 10., 20.])
    >>> ag.grad(lambda x: ag.sum(ag.concatenate([x, 10 * x])))(x)
    Tensor([11., 11.])
    """
    return ops.concatenate([operand(each) for each in arrays], axis=axis, dtype=dtype)


@implements(np.stack)
def stack(
    arrays: Any, axis: int = 0, out: Any = None, dtype: Any = None, casting: Any = None
) -> Any:
    """Join along a new axis: ``np.stack``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.stack([x, 10 * x])
    Tensor([[ 1.,  2.],
            [10., 20.]])
    """
    return ops.stack([operand(each) for each in arrays], axis=axis, dtype=dtype)


@implements(np.atleast_1d)
def atleast_1d(*arrays: Any) -> Any:
    """Give every operand one axis or more: ``np.atleast_1d``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.atleast_1d(ag.tensor(1.0))
    Tensor([1.])
    """
    given = [operand(each) for each in arrays]
    made = tuple(a if np.ndim(a) else np.reshape(a, (1,)) for a in given)
    return made[0] if len(made) == 1 else made


@implements(np.atleast_2d)
def atleast_2d(*arrays: Any) -> Any:
    """Give every operand two axes or more: ``np.atleast_2d``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.atleast_2d(ag.tensor([1.0, 2.0]))
    Tensor([[1., 2.]])
    """
    given = [operand(each) for each in arrays]
    made = tuple(a if np.ndim(a) > 1 else np.reshape(a, (1, -1)) for a in given)
    return made[0] if len(made) == 1 else made


@implements(np.vstack)
def vstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    """Put one below the other: ``np.vstack``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.vstack([x, 10 * x])
    Tensor([[ 1.,  2.],
            [10., 20.]])
    """
    return ops.concatenate([atleast_2d(each) for each in tup], axis=0, dtype=dtype)


@implements(np.hstack)
def hstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    """Put one beside the other: ``np.hstack``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.hstack([x, 10 * x])
    Tensor([ 1.,  2., 10., 20.])
    """
    made = [atleast_1d(each) for each in tup]
    return ops.concatenate(made, axis=0 if np.ndim(made[0]) == 1 else 1, dtype=dtype)


@implements(np.astype)
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """Return the values as another dtype: ``np.astype``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.astype(ag.tensor([1.0, 2.0]), ag.float32)
    Tensor([1., 2.], dtype=float32)
    """
    if device not in (None, "cpu"):
        raise ValueError(f"the only device is 'cpu', got {device!r}")
    return x.astype(dtype, copy=copy)


@implements(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """Return a copy: ``np.copy``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.grad(lambda x: ag.sum(ag.copy(x)))(ag.tensor([1.0, 2.0]))
    Tensor([1., 1.])
    """
    return ops.copy(a) if order == "K" else ops.copy(a, order=order)


@implements(np.where)
def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """Choose entries from two operands: ``np.where``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.where(x > 1, x, 0.0)
    Tensor([0., 2.])
    >>> ag.grad(lambda x: ag.sum(ag.where(x > 1, x**2, 0.0)))(x)
    Tensor([0., 4.])
    """
    if x is None and y is None:
        return np.nonzero(condition)
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    condition = operand(condition)
    if getattr(condition, "dtype", None) != np.bool_:
        condition = np.not_equal(condition, 0)
    return _where(condition, operand(x), operand(y))
