"""Functions that build arrays from others: joining, splitting, repeating."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd_mini.ops import moving as ops
from autograd_mini.protocols import implements, operand, plain

__all__ = [
    "append",
    "array_split",
    "atleast_3d",
    "block",
    "column_stack",
    "dsplit",
    "dstack",
    "hsplit",
    "repeat",
    "resize",
    "rollaxis",
    "rot90",
    "sliding_window_view",
    "split",
    "tile",
    "unstack",
    "vsplit",
]

# -- joining --------------------------------------------------------------------------------------


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Join one array to the end of another: ``np.append``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.append(x, 3.0)
    Tensor([1., 2., 3.])
    >>> ag.grad(lambda x: ag.sum(ag.append(x, 2 * x)))(x)
    Tensor([3., 3.])
    """
    arr, values = operand(arr), operand(values)
    if axis is None:
        return np.concatenate([np.reshape(arr, -1), np.reshape(values, -1)])
    return np.concatenate([arr, values], axis)


@implements(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    """Give every operand three axes or more: ``np.atleast_3d``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.atleast_3d(ag.tensor([1.0, 2.0])).shape
    (1, 2, 1)
    """

    def deep(a: Any) -> Any:
        a = operand(a)
        if np.ndim(a) >= 3:
            return a
        shape = ((1, 1, 1), (1, *np.shape(a), 1), (*np.shape(a), 1))[np.ndim(a)]
        return np.reshape(a, shape)

    made = tuple(deep(each) for each in arys)
    return made[0] if len(made) == 1 else made


@implements(np.column_stack)
def column_stack(tup: Any) -> Any:
    """Put vectors and matrices beside each other: ``np.column_stack``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.column_stack([x, 10 * x])
    Tensor([[ 1., 10.],
            [ 2., 20.]])
    """
    columns = [operand(each) for each in tup]
    return np.concatenate([np.reshape(c, (-1, 1)) if np.ndim(c) < 2 else c for c in columns], 1)


@implements(np.dstack)
def dstack(tup: Any) -> Any:
    """Join along the third axis: ``np.dstack``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.dstack([x, 10 * x])
    Tensor([[[ 1., 10.],
             [ 2., 20.]]])
    """
    return np.concatenate([atleast_3d(each) for each in tup], 2)


@implements(np.block)
def block(arrays: Any) -> Any:
    """Join nested lists of blocks: ``np.block``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([[1.0]])
    >>> ag.block([[x, 2 * x], [3 * x, 4 * x]])
    Tensor([[1., 2.],
            [3., 4.]])
    """

    def depth(item: Any) -> int:
        if not isinstance(item, list):
            return 0
        if not item:
            raise ValueError("np.block: an empty list has no shape")
        depths = {depth(each) for each in item}
        if len(depths) > 1:
            raise ValueError("np.block: lists are nested to different depths")
        return 1 + depths.pop()

    def leaves(item: Any) -> list[Any]:
        return [e for each in item for e in leaves(each)] if isinstance(item, list) else [item]

    levels = depth(arrays)
    ndim = max([levels, *(np.ndim(operand(each)) for each in leaves(arrays))])

    def join(item: Any, level: int) -> Any:
        if not isinstance(item, list):
            made = operand(item)
            return np.reshape(made, (1,) * (ndim - np.ndim(made)) + np.shape(made))
        return np.concatenate([join(each, level - 1) for each in item], axis=ndim - level)

    made = join(arrays, levels)
    return made if levels else np.copy(made)


# -- splitting ------------------------------------------------------------------------------------


@implements(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut into parts, as equal as can be: ``np.array_split``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.array_split(ag.tensor([1.0, 2.0, 3.0]), 2)
    [Tensor([1., 2.]), Tensor([3.])]
    """
    ary = operand(ary)
    n = ary.shape[axis]
    where = plain(indices_or_sections)
    if np.ndim(where) == 0:
        parts = int(where)
        if parts <= 0:
            raise ValueError("number sections must be larger than 0.")
        small, larger = divmod(n, parts)
        cuts = np.cumsum([0] + [small + 1] * larger + [small] * (parts - larger)).tolist()
    else:
        cuts = [0, *np.asarray(where).tolist(), n]
    before = (slice(None),) * (axis % ary.ndim)
    return [ary[(*before, slice(a, b))] for a, b in itertools.pairwise(cuts)]


@implements(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut into equal parts, or at indices: ``np.split``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.split(ag.tensor([1.0, 2.0, 3.0]), [1])
    [Tensor([1.]), Tensor([2., 3.])]
    >>> ag.grad(lambda x: ag.sum(ag.split(x, 2)[0]))(ag.ones(4))
    Tensor([1., 1., 0., 0.])
    """
    where = plain(indices_or_sections)
    if np.ndim(where) == 0 and np.shape(ary)[axis] % int(where):
        raise ValueError(
            f"array split does not result in an equal division: {np.shape(ary)[axis]} entries "
            f"along axis {axis} in {where} parts"
        )
    return array_split(ary, where, axis)


@implements(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Cut along the second axis, or the only one: ``np.hsplit``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.hsplit(ag.tensor([[1.0, 2.0]]), 2)
    [Tensor([[1.]]), Tensor([[2.]])]
    """
    if np.ndim(ary) == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)


@implements(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Cut along the first axis: ``np.vsplit``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.vsplit(ag.tensor([[1.0], [2.0]]), 2)
    [Tensor([[1.]]), Tensor([[2.]])]
    """
    if np.ndim(ary) < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(ary, indices_or_sections, 0)


@implements(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Cut along the third axis: ``np.dsplit``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.dsplit(ag.tensor([[[1.0, 2.0]]]), 2)
    [Tensor([[[1.]]]), Tensor([[[2.]]])]
    """
    if np.ndim(ary) < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return split(ary, indices_or_sections, 2)


@implements("unstack")
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """Return the slices along an axis: ``np.unstack``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> a, b = ag.unstack(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    >>> b
    Tensor([3., 4.])
    """
    if np.ndim(x) == 0:
        raise ValueError("Input array must be at least 1-d.")
    moved = np.moveaxis(x, axis, 0)
    return tuple(moved[k] for k in range(moved.shape[0]))


# -- repeating and turning ------------------------------------------------------------------------


@implements(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Repeat entries: ``np.repeat``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.repeat(x, [1, 2])
    Tensor([1., 2., 2.])
    >>> ag.grad(lambda x: ag.sum(ag.repeat(x, [1, 2])))(x)
    Tensor([1., 2.])
    """
    return ops.repeat(operand(a), repeats=plain(repeats), axis=axis)


@implements(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """Repeat the whole array: ``np.tile``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.tile(x, 2)
    Tensor([1., 2., 1., 2.])
    >>> ag.grad(lambda x: ag.sum(ag.tile(x, 3)))(x)
    Tensor([3., 3.])
    """
    return ops.tile(operand(A), reps=plain(reps))


@implements(np.resize)
def resize(a: Any, new_shape: Any) -> Any:
    """Fill a new shape, repeating entries as needed: ``np.resize``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.resize(x, 3)
    Tensor([1., 2., 1.])
    >>> ag.grad(lambda x: ag.sum(ag.resize(x, 3)))(x)
    Tensor([2., 1.])
    """
    return ops.resize(operand(a), shape=new_shape)


@implements(np.rot90)
def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Turn in a plane: ``np.rot90``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.rot90(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[2., 4.],
            [1., 3.]])
    """
    return ops.rot90(operand(m), k=k, axes=tuple(axes))


@implements(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Move an axis to before another: ``np.rollaxis``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.rollaxis(ag.zeros((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    n = np.ndim(a)
    axis, start = axis % n, start + n if start < 0 else start
    if not 0 <= start <= n:
        raise np.exceptions.AxisError(f"start={start} is out of bounds for {n} dimensions")
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


@implements(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """Return all windows of a shape: ``np.lib.stride_tricks.sliding_window_view``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> from numpy.lib.stride_tricks import sliding_window_view
    >>> sliding_window_view(ag.tensor([1.0, 2.0, 3.0]), 2)
    Tensor([[1., 2.],
            [2., 3.]])
    """
    return ops.windows(operand(x), window_shape=window_shape, axis=axis)
