"""The entries that a mask selects, where nobody may know how many those are."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from autograd_mini.graph.node import Node
from autograd_mini.graph.tape import refuse
from autograd_mini.rewrite.simplify import rewritten

__all__ = ["Selection", "as_wide", "for_all", "selected"]

_REDUCTIONS = {
    each.__name__: each for each in (np.sum, np.mean, np.prod, np.var, np.std, np.any, np.all)
}
"""What NumPy can do with ``where=mask``; max and min would have to know what no entries give."""


def _refuse() -> NoReturn:
    refuse("the number of entries that a mask selects")


def _refused(*_: Any) -> NoReturn:
    _refuse()


def _of_one(ufunc: np.ufunc) -> Any:
    return lambda self: self._each(ufunc, self)


def _of_two(ufunc: np.ufunc) -> Any:
    return lambda self, other: self._each(ufunc, self, other)


def _swapped(ufunc: np.ufunc) -> Any:
    return lambda self, other: self._each(ufunc, other, self)


def _in_place(combine: Callable[[Any, Any], Any]) -> Any:
    def method(self: Selection, other: Any) -> Selection:
        with np.errstate(all="ignore"):
            self._whole = combine(self._whole, self._operand(other))
        return self

    return method


class Selection:
    """What ``t[mask]`` is while a function is recorded for masks of all values.

    What is done to the entries is done to all entries of the tensor, and the mask says which of
    them are written, as in ``t[t < 0] *= 0.01``, or reduced: ``np.mean(t[labels == k], axis=0)``.

    Parameters
    ----------
    whole : Tensor
        All entries; nobody else writes into it.
    mask : Tensor
        Has the shape of the first axes of `whole`; nobody writes into it.
    origin : Node
        What made the mask.
    """

    __slots__ = ("_mask", "_origin", "_whole")

    def __init__(self, whole: Any, mask: Any, origin: Node) -> None:
        self._whole, self._mask, self._origin = whole, mask, origin

    def copy(self) -> Selection:
        """Return the same entries, to write into."""
        return Selection(np.copy(self._whole), self._mask, self._origin)

    __copy__ = copy

    def refuse_as_result(self) -> NoReturn:
        """Raise, since whoever gets these entries can count them."""
        refuse(f"the number of entries that a mask selects, in a result ({self._origin.source}),")

    def _each(self, ufunc: np.ufunc, *operands: Any) -> Selection:
        wholes = [self._operand(each) for each in operands]
        with np.errstate(all="ignore"):  # of entries that are not selected
            return Selection(ufunc(*wholes), self._mask, self._origin)

    def _operand(self, other: Any) -> Any:
        whole = for_all(other, self._whole, self._mask, self._origin)
        return whole if whole is not other else _kept(whole, self._mask, self._whole)

    def _reduced(self, function: Any, axis: Any = None, *further: Any, **options: Any) -> Any:
        """Return what `function` makes of all that is selected, or of that along its first axis."""
        if axis not in (None, 0) or further or options:
            _refuse()
        axes = None if axis is None else tuple(range(self._mask.ndim))
        return function(self._whole, axis=axes, where=as_wide(self._mask, self._whole))

    def __getattr__(self, name: str) -> Any:
        if name in _REDUCTIONS:
            return lambda *args, **options: self._reduced(_REDUCTIONS[name], *args, **options)
        if name.startswith("_"):
            raise AttributeError(name)
        _refuse()

    # -- NumPy's protocols, and operators -----------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options or ufunc.signature or ufunc.nout > 1:
            _refuse()
        return self._each(ufunc, *inputs)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        if _REDUCTIONS.get(function.__name__) is not function or not args or args[0] is not self:
            _refuse()
        return self._reduced(function, *args[1:], **options)

    def __array__(self, *_: Any, **options: Any) -> NoReturn:
        self.refuse_as_result()

    __len__ = __iter__ = __getitem__ = __setitem__ = __contains__ = _refused
    __bool__ = __int__ = __float__ = __complex__ = __index__ = __matmul__ = __rmatmul__ = _refused
    __neg__, __pos__, __abs__ = _of_one(np.negative), _of_one(np.positive), _of_one(np.absolute)
    __invert__ = _of_one(np.invert)
    __add__, __radd__ = _of_two(np.add), _swapped(np.add)
    __sub__, __rsub__ = _of_two(np.subtract), _swapped(np.subtract)
    __mul__, __rmul__ = _of_two(np.multiply), _swapped(np.multiply)
    __truediv__, __rtruediv__ = _of_two(np.divide), _swapped(np.divide)
    __floordiv__, __rfloordiv__ = _of_two(np.floor_divide), _swapped(np.floor_divide)
    __mod__, __rmod__ = _of_two(np.remainder), _swapped(np.remainder)
    __pow__, __rpow__ = _of_two(np.power), _swapped(np.power)
    __and__, __rand__ = _of_two(np.bitwise_and), _swapped(np.bitwise_and)
    __or__, __ror__ = _of_two(np.bitwise_or), _swapped(np.bitwise_or)
    __xor__, __rxor__ = _of_two(np.bitwise_xor), _swapped(np.bitwise_xor)
    __lt__, __le__ = _of_two(np.less), _of_two(np.less_equal)
    __gt__, __ge__ = _of_two(np.greater), _of_two(np.greater_equal)
    __eq__, __ne__ = _of_two(np.equal), _of_two(np.not_equal)
    __hash__ = None  # type: ignore[assignment]
    __iadd__, __isub__ = _in_place(operator.iadd), _in_place(operator.isub)
    __imul__, __itruediv__ = _in_place(operator.imul), _in_place(operator.itruediv)
    __ifloordiv__, __imod__ = _in_place(operator.ifloordiv), _in_place(operator.imod)
    __ipow__, __iand__ = _in_place(operator.ipow), _in_place(operator.iand)
    __ior__, __ixor__ = _in_place(operator.ior), _in_place(operator.ixor)


def selected(tensor: Any, mask: Any) -> Any:
    """Return ``tensor[mask]``, with a mask whose values nobody may look at."""
    return Selection(_kept(tensor, mask, tensor), np.copy(mask), mask._node)


def _kept(value: Any, mask: Any, whole: Any) -> Any:
    """Return `value` where it stands beside what is selected of `whole`.

    No derivative gets elsewhere, not even 0 times the infinite one that it may have there.
    """
    if not hasattr(type(value), "_record"):
        return value
    return np.where(as_wide(mask, whole), value, value.dtype.type(1).item())


def for_all(value: Any, whole: Any, mask: Any, origin: Node) -> Any:
    """Return what stands beside all entries of `whole`, for what stands beside those selected.

    Parameters
    ----------
    value : Selection, Tensor, array or number
    whole, mask : Tensor
        As in ``whole[mask]``.
    origin : Node
        What made the mask.
    """
    behind = whole.ndim - mask.ndim
    if isinstance(value, Selection):
        fits = value._whole.ndim == whole.ndim and _is_same(value._origin, origin)
    else:
        shape = np.shape(value)
        fits = shape[: max(0, len(shape) - behind)] in ((), (1,))
    if not fits:
        _refuse()
    return value._whole if isinstance(value, Selection) else value


def as_wide(mask: Any, whole: Any) -> Any:
    """Return a mask of the first axes of a tensor with as many axes as that has."""
    if mask.shape != whole.shape[: mask.ndim]:
        raise IndexError(
            f"the mask has shape {mask.shape}, which is not that of the first axes of the tensor, "
            f"{whole.shape}"
        )
    return np.reshape(mask, mask.shape + (1,) * (whole.ndim - mask.ndim))


def _is_same(one: Node, other: Node) -> bool:
    """Return whether two masks are, such as ``z < 0`` twice."""
    if one is other:
        return True
    merged = rewritten([one, other], stable=False)
    return merged[one] is merged[other]
