"""Functions that write into an array: on tensors, through the rules of writing in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.errors import DataDependentError
from autograd_mini.graph.tape import forgive
from autograd_mini.ops.moving import numbers, rearrange
from autograd_mini.protocols import implements, operand, operand_in, plain, store
from autograd_mini.recording import inplace
from autograd_mini.recording.recorded import Recorded

__all__ = ["copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"]


def _write(target: Any, made: Any) -> None:
    if isinstance(target, Recorded):
        inplace.assign(target, Ellipsis, made)
    else:
        store(made, target)


def rewrite(target: Any, values: Any, function: Callable[[Any, Any], Any]) -> None:
    """Write into `target` what ``function(target, values)`` would.

    The function runs on the numbers of entries, which tells where each entry comes from then.
    """
    values = operand_in(values, target.dtype)
    source = numbers(target.shape)
    function(source, numbers(np.shape(values), start=source.size + 1))
    entries = np.concatenate([np.reshape(target, -1), np.reshape(values, -1)])
    _write(target, rearrange(entries, source))


@implements(np.copyto)
def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """Write one array into another: ``np.copyto``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> t = ag.zeros(2)
    >>> ag.copyto(t, ag.tensor([1.0, 2.0]), where=[True, False])
    >>> t
    Tensor([1., 0.])
    """
    src = operand(src)
    given = src.dtype if hasattr(src, "dtype") else np.min_scalar_type(src)
    if not np.can_cast(given, dst.dtype, casting):
        raise TypeError(f"cannot cast from {given} to {dst.dtype} ({casting})")
    made = np.broadcast_to(operand_in(src, dst.dtype), dst.shape)
    _write(dst, made if where is True else np.where(operand(where), made, dst))


@implements(np.put)
def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """Write values at flat indices: ``np.put``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> t = ag.zeros(3)
    >>> ag.put(t, [0, 2], ag.tensor([1.0, 2.0]))
    >>> t
    Tensor([1., 0., 2.])
    """
    index = plain(operand(ind))
    rewrite(a, v, lambda entries, values: np.put(entries, index, values, mode))  # type: ignore[arg-type]


@implements(np.put_along_axis)
def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None = -1) -> None:
    """Write entries of each row by index: ``np.put_along_axis``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> t = ag.zeros((2, 2))
    >>> ag.put_along_axis(t, ag.asarray([[1], [0]]), 5.0, axis=1)
    >>> t
    Tensor([[0., 5.],
            [5., 0.]])
    """
    shape = np.shape(arr)
    try:
        index = plain(operand(indices))
    except DataDependentError as error:
        if not hasattr(type(arr), "_record"):
            raise
        forgive(error)
        places = np.take_along_axis(numbers(shape, start=0), indices, axis)
        entries = np.reshape(np.copy(arr), -1)
        entries[places] = operand(values)
        copyto(arr, np.reshape(entries, shape))
        return
    rewrite(arr, values, lambda entries, new: np.put_along_axis(entries, index, new, axis))


@implements(np.place)
def place(arr: Any, mask: Any, vals: Any) -> None:
    """Write values where a mask holds, one after the other: ``np.place``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> t = ag.zeros(3)
    >>> ag.place(t, [True, False, True], ag.tensor([1.0, 2.0]))
    >>> t
    Tensor([1., 0., 2.])
    """
    mask = plain(operand(mask))
    rewrite(arr, vals, lambda entries, values: np.place(entries, mask, values))


@implements(np.putmask)
def putmask(a: Any, /, mask: Any, values: Any) -> None:
    """Write values where a mask holds, each at its own place: ``np.putmask``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> t = ag.zeros(3)
    >>> ag.putmask(t, [True, False, True], ag.tensor([1.0, 2.0, 3.0]))
    >>> t
    Tensor([1., 0., 3.])
    """
    mask, values = operand(mask), operand_in(values, a.dtype)
    if np.size(values) == 1 or np.shape(values) == a.shape == mask.shape:
        same = values if np.shape(values) == a.shape else np.reshape(values, ())
        copyto(a, same, "unsafe", mask)
        return
    mask = plain(mask)
    rewrite(a, values, lambda entries, new: np.putmask(entries, mask, new))


@implements(np.fill_diagonal)
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Write the diagonal: ``np.fill_diagonal``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> t = ag.zeros((2, 2))
    >>> ag.fill_diagonal(t, ag.tensor(3.0))
    >>> t
    Tensor([[3., 0.],
            [0., 3.]])
    """
    rewrite(a, val, lambda entries, values: np.fill_diagonal(entries, values, wrap))
