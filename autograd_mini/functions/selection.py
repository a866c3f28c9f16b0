"""Functions that choose, insert and drop entries, with the arguments NumPy gives them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_mini.ops import moving as ops
from autograd_mini.ops.arithmetic import where as _where
from autograd_mini.protocols import array_operand, implements, known, operand, operand_in, plain

__all__ = [
    "apply_along_axis", "apply_over_axes", "choose", "compress", "delete", "extract", "insert",
    "piecewise", "select", "take", "take_along_axis", "trim_zeros",
]  # fmt: skip


@implements(np.take)
def take(
    a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise"
) -> Any:
    """Take entries by index: ``np.take``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0, 3.0])
    >>> ag.take(x, [0, 0, 2])
    Tensor([1., 1., 3.])
    >>> ag.grad(lambda x: ag.sum(ag.take(x, [0, 0, 2])))(x)
    Tensor([2., 0., 1.])
    """
    nowhere = isinstance(indices, (list, tuple)) and not indices  # which would be floats
    chosen = np.empty(0, np.intp) if nowhere else operand(indices)
    return ops.take(operand(a), chosen, axis=axis, mode=mode)


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Take one entry or more of each row by index: ``np.take_along_axis``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([[3.0, 1.0], [2.0, 5.0]])
    >>> ag.take_along_axis(x, ag.argmax(x, axis=1, keepdims=True), axis=1)
    Tensor([[3.],
            [5.]])
    """
    return ops.take_along_axis(operand(arr), operand(indices), axis=axis)


@implements(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    """Take where a condition holds along an axis: ``np.compress``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.compress([True, False, True], ag.tensor([1.0, 2.0, 3.0]))
    Tensor([1., 3.])
    """
    mask = np.asarray(plain(operand(condition)))
    if mask.ndim != 1:
        raise ValueError("condition must be a 1-d array")
    return take(a, np.flatnonzero(mask), axis)


@implements(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """Take the entries where a condition holds: ``np.extract``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, -2.0, 3.0])
    >>> ag.extract(x > 0, x)
    Tensor([1., 3.])
    """
    mask = np.asarray(plain(operand(condition)))
    return take(np.reshape(operand(arr), -1), np.flatnonzero(mask))


@implements(np.choose)
def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """Choose each entry from one of several arrays: ``np.choose``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.choose([1, 0], ag.tensor([[1.0, 2.0], [10.0, 20.0]]))
    Tensor([10.,  2.])
    """
    which = operand(a)
    arrays = list(choices) if isinstance(choices, (list, tuple)) else list(operand(choices))
    n, dtype = len(arrays), np.result_type(*arrays)
    if mode == "wrap":
        which = which % n
    elif mode == "clip":
        which = np.clip(which, 0, n - 1)
    elif known((which < 0) | (which >= n)):
        raise ValueError(f"invalid entry in choice array: there are {n} choices")
    *arrays, which = np.broadcast_arrays(*(operand(each) for each in arrays), which)
    made = ops.take_along_axis(np.stack(arrays), which[None], axis=0)[0]
    return made if made.dtype == dtype else made.astype(dtype)


@implements(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """Choose by the first condition that holds: ``np.select``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([-1.0, 0.5, 3.0])
    >>> ag.select([x < 0, x > 1], [0.0, x**2], x)
    Tensor([0. , 0.5, 9. ])
    >>> ag.grad(lambda x: ag.sum(ag.select([x < 0, x > 1], [0.0, x**2], x)))(x)
    Tensor([0., 1., 6.])
    """
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not len(condlist):
        raise ValueError("select with an empty condition list is not possible")
    conditions = [operand(each) for each in condlist]
    for k, each in enumerate(conditions):
        if each.dtype.kind != "b":
            raise TypeError(f"invalid entry {k} in condlist: should be boolean ndarray")
    choices = [operand(each) for each in choicelist]
    made = operand(default)
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        made = _where(condition, choice, made)
    wanted = np.result_type(*choices, operand(default))
    return made if made.dtype == wanted else made.astype(wanted)


@implements(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Evaluate a function by pieces: ``np.piecewise``; the last condition that holds counts.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([-1.0, 2.0])
    >>> ag.piecewise(x, [x < 0], [0.0, lambda x: x**2])
    Tensor([0., 4.])
    """
    x = operand(x)
    conditions = plain(condlist)
    if np.ndim(conditions) == 0 or (
        not isinstance(conditions[0], (list, np.ndarray)) and np.ndim(x) != 0
    ):
        conditions = [conditions]
    masks = [np.broadcast_to(np.asarray(each, bool), np.shape(x)) for each in conditions]
    if len(masks) == len(funclist) - 1:
        masks.append(~np.any(masks, axis=0))
    elif len(masks) != len(funclist):
        raise ValueError(
            f"with {len(masks)} condition(s), either {len(masks)} or {len(masks) + 1} functions "
            "are expected"
        )
    flat = np.reshape(x, -1)
    made = np.zeros_like(flat)
    for mask, function in zip(masks, funclist, strict=True):
        at = np.flatnonzero(mask)
        if not callable(function):
            values = operand(function)
        elif at.size:
            values = operand(function(flat[at], *args, **kw))
        else:
            continue
        moved = np.zeros(flat.shape[0], np.intp)
        moved[at] = np.arange(1, at.size + 1)
        there = ops.rearrange(np.broadcast_to(values, at.shape), moved)
        made = np.where(np.reshape(mask, -1), there, made)
    made = np.reshape(made, np.shape(x))
    return made if made.dtype == x.dtype else made.astype(x.dtype)


@implements(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """Leave out entries by index: ``np.delete``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.delete(ag.tensor([1.0, 2.0, 3.0]), 1)
    Tensor([1., 3.])
    """
    return ops.delete(operand(arr), where=plain(obj), axis=axis)


@implements(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Insert values before indices: ``np.insert``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.insert(ag.tensor([1.0, 2.0]), 1, ag.tensor(9.0))
    Tensor([1., 9., 2.])
    """
    arr = array_operand(arr)
    values = operand_in(values, arr.dtype)
    given = ops.numbers(np.shape(arr))
    added = ops.numbers(np.shape(values), start=given.size + 1)
    source = np.insert(given, plain(obj), added, axis)
    return ops.rearrange(np.concatenate([np.reshape(arr, -1), np.reshape(values, -1)]), source)


@implements(np.trim_zeros)
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """Leave out zeros at the ends: ``np.trim_zeros``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.trim_zeros(ag.tensor([0.0, 1.0, 0.0, 2.0, 0.0]))
    Tensor([1., 0., 2.])
    """
    filt = operand(filt)
    values = np.asarray(plain(filt))
    where = np.argwhere(values)
    axes = normalize_axis_tuple(range(values.ndim) if axis is None else axis, values.ndim)
    index: list[Any] = [slice(None)] * values.ndim
    for each in axes:
        along = where[:, each]
        front = int(along.min()) if along.size and "f" in trim.lower() else 0
        back = int(along.max()) + 1 if along.size and "b" in trim.lower() else values.shape[each]
        index[each] = slice(front, back) if along.size else slice(0, 0)
    return filt[tuple(index)]


@implements(np.apply_along_axis)
def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Apply a function to every line along an axis: ``np.apply_along_axis``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.apply_along_axis(ag.prod, 1, ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([ 2., 12.])
    """
    arr = operand(arr)
    axis = normalize_axis_index(axis, arr.ndim)
    lines = np.moveaxis(arr, axis, -1)
    outer = lines.shape[:-1]
    if 0 in outer:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    made = np.stack([operand(func1d(lines[at], *args, **kwargs)) for at in np.ndindex(outer)])
    inner = made.shape[1:]
    made = np.reshape(made, outer + inner)
    if not inner:
        return made
    last = tuple(range(len(outer), len(outer) + len(inner)))
    return np.moveaxis(made, last, tuple(range(axis, axis + len(inner))))


@implements(np.apply_over_axes)
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    """Apply a reduction over axes, one after the other: ``np.apply_over_axes``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.apply_over_axes(ag.sum, ag.ones((2, 3)), [0, 1])
    Tensor([[6.]])
    """
    a = operand(a)
    n = a.ndim
    for axis in normalize_axis_tuple(axes, n, allow_duplicate=True):
        made = func(a, axis)
        if made.ndim != n:
            made = np.expand_dims(made, axis)
        if made.ndim != n:
            raise ValueError("function is not returning an array of the correct shape")
        a = made
    return a
