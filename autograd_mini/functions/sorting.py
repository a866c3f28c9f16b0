"""Sorting and what is read off sorted values, with the arguments NumPy gives them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops import logic
from autograd_mini.ops import sorting as ops
from autograd_mini.ops.moving import take
from autograd_mini.protocols import implements, operand, plain

__all__ = [
    "argsort", "intersect1d", "partition", "setdiff1d", "setxor1d", "sort", "sort_complex",
    "union1d", "unique",
]  # fmt: skip


@implements(np.sort)
def sort(
    a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Any:
    """Sort; the gradient follows the stable permutation: ``np.sort``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, 1.0, 2.0])
    >>> ag.sort(x)
    Tensor([1., 2., 3.])
    >>> ag.grad(lambda x: ag.sort(x)[0])(x)
    Tensor([0., 1., 0.])
    """
    stable = True if kind in ("stable", "mergesort") else stable
    return ops.sort(operand(a), axis=axis, stable=stable)


@implements(np.partition)
def partition(
    a: Any, kth: Any, axis: int | None = -1, kind: Any = "introselect", order: Any = None
) -> Any:
    """Put the kth entries where sorting would: ``np.partition``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, 1.0, 2.0])
    >>> ag.partition(x, 1)[1]
    Tensor(2.)
    """
    return ops.partition(operand(a), kth=plain(kth), axis=axis)


@implements(np.argsort)
def argsort(
    a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Any:
    """Return the permutation that sorts: ``np.argsort``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.argsort(ag.tensor([3.0, 1.0, 2.0]))
    Tensor([1, 2, 0])
    """
    stable = True if kind in ("stable", "mergesort") else stable
    return logic.argsort(operand(a), axis=axis, stable=stable)


@implements(np.sort_complex)
def sort_complex(a: Any) -> Any:
    """Sort complex numbers by real, then imaginary part: ``np.sort_complex``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.sort_complex(ag.tensor([2.0, 1.0]))
    Tensor([1.+0.j, 2.+0.j])
    """
    ordered = ops.sort(operand(a))
    dtype = np.sort_complex(np.empty(0, ordered.dtype)).dtype
    return ordered if ordered.dtype == dtype else ordered.astype(dtype)


@implements(np.unique)
def unique(
    ar: Any, return_index: bool = False, return_inverse: bool = False,
    return_counts: bool = False, axis: int | None = None, *, equal_nan: bool = True,
    sorted: bool = True,
) -> Any:  # fmt: skip
    """Return the distinct entries; each is its first occurrence: ``np.unique``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([2.0, 1.0, 2.0])
    >>> ag.unique(x)
    Tensor([1., 2.])
    >>> ag.grad(lambda x: ag.sum(ag.unique(x)))(x)
    Tensor([1., 1., 0.])
    """
    ar = operand(ar)
    found: Any = np.unique(  # type: ignore[call-overload]
        plain(ar), True, return_inverse, return_counts, axis, equal_nan=equal_nan
    )
    index, others = found[1], tuple(found[2:])
    flat = np.reshape(ar, -1) if axis is None else ar
    values = take(flat, index, axis=0 if axis is None else axis)
    extra = ((index,) if return_index else ()) + others
    return (values, *extra) if extra else values


def _named(template: Any, ar: Any, **asked: bool) -> Any:
    made = unique(np.reshape(ar, -1), equal_nan=False, **asked)
    parts = list(made if isinstance(made, tuple) else (made,))
    if "return_inverse" in asked:
        at = 2 if "return_index" in asked else 1
        parts[at] = np.reshape(parts[at], np.shape(ar))
    return type(template)(*parts)


@implements(np.unique_all)
def unique_all(x: Any, /) -> Any:
    """Return distinct entries, where they are and how often: ``np.unique_all``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.unique_all(ag.tensor([2.0, 1.0, 2.0])).inverse_indices
    Tensor([1, 0, 1])
    """
    return _named(
        np.unique_all(np.zeros(1)), x, return_index=True, return_inverse=True, return_counts=True
    )


@implements(np.unique_counts)
def unique_counts(x: Any, /) -> Any:
    """Return distinct entries and how often each occurs: ``np.unique_counts``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.unique_counts(ag.tensor([2.0, 1.0, 2.0])).counts
    Tensor([1, 2])
    """
    return _named(np.unique_counts(np.zeros(1)), x, return_counts=True)


@implements(np.unique_inverse)
def unique_inverse(x: Any, /) -> Any:
    """Return distinct entries and which one each entry is: ``np.unique_inverse``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.unique_inverse(ag.tensor([2.0, 1.0, 2.0])).values
    Tensor([1., 2.])
    """
    return _named(np.unique_inverse(np.zeros(1)), x, return_inverse=True)


@implements(np.unique_values)
def unique_values(x: Any, /) -> Any:
    """Return the distinct entries: ``np.unique_values``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.sort(ag.unique_values(ag.tensor([2.0, 1.0, 2.0])))
    Tensor([1., 2.])
    """
    x = np.reshape(operand(x), -1)
    values = plain(x)
    _, index = np.unique(values, return_index=True, equal_nan=False)
    order = np.argsort(np.argsort(np.unique_values(values), stable=True))  # it need not be sorted
    return take(x, index[order])


@implements(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Any:
    """Return the distinct entries of both: ``np.union1d``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.union1d(ag.tensor([2.0, 1.0]), [3.0])
    Tensor([1., 2., 3.])
    """
    return unique(np.concatenate((ar1, ar2), axis=None))


@implements(np.intersect1d)
def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """Return the distinct entries that both have, taken from the first: ``np.intersect1d``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.intersect1d(ag.tensor([2.0, 1.0]), [3.0, 2.0])
    Tensor([2.])
    """
    ar1, ar2 = operand(ar1), operand(ar2)
    _, first, second = np.intersect1d(plain(ar1), plain(ar2), assume_unique, return_indices=True)
    values = take(np.reshape(ar1, -1), first)
    return (values, first, second) if return_indices else values


@implements(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Return the distinct entries of the first that the second lacks: ``np.setdiff1d``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.setdiff1d(ag.tensor([2.0, 1.0]), [3.0, 2.0])
    Tensor([1.])
    """
    ar1 = np.reshape(operand(ar1), -1) if assume_unique else unique(ar1)
    return ar1[~np.isin(plain(ar1), plain(operand(ar2)))]


@implements(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Return the distinct entries that one of the two has: ``np.setxor1d``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.setxor1d(ag.tensor([2.0, 1.0]), [3.0, 2.0])
    Tensor([1., 3.])
    """
    if not assume_unique:
        ar1, ar2 = unique(ar1), unique(ar2)
    both = np.sort(np.concatenate((ar1, ar2), axis=None))
    values = plain(both)
    same = values[1:] == values[:-1]
    padded = np.concatenate([[False], same, [False]])
    return both[~(padded[1:] | padded[:-1])]
