"""The entries that a mask selects, where nobody may know how many those are."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import numpy as np

from autograd_mini.graph.node import Node
from autograd_mini.graph.tape import refuse
from autograd_mini.rewrite.simplify import rewritten

__all__ = ["Place", "Selection", "for_all", "masked", "selected"]

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


class Place(NamedTuple):
    """Which entries of a tensor are meant: those along some axes where a mask is true.

    Attributes
    ----------
    mask : Tensor
        Nobody writes into it.
    before : int
        How many axes there are before those of the mask.
    origin : Node
        What made the mask.
    """

    mask: Any
    before: int
    origin: Node

    def wide(self, whole: Any) -> Any:
        """Return the mask with as many axes as `whole` from there on."""
        shape, behind = self.mask.shape, self.behind(whole)
        if shape != whole.shape[self.before : whole.ndim - behind]:
            raise IndexError(
                f"the mask has shape {shape}, which is not that of the axes it stands for, in a "
                f"tensor of shape {whole.shape}"
            )
        return np.reshape(self.mask, shape + (1,) * behind)

    def behind(self, whole: Any) -> int:
        """Return how many axes of `whole` there are behind those of the mask."""
        return int(whole.ndim) - int(self.mask.ndim) - self.before

    def has_mask_of(self, other: Place) -> bool:
        """Return whether two masks are the same, such as ``z < 0`` twice."""
        if self.origin is other.origin:
            return True
        merged = rewritten([self.origin, other.origin], stable=False)
        return merged[self.origin] is merged[other.origin]

    def kept(self, value: Any, whole: Any) -> Any:
        """Return `value` where it stands beside what is selected of `whole`.

        No derivative gets elsewhere, not even 0 times the infinite one that it may have there.
        """
        if not hasattr(type(value), "_record"):
            return value
        return np.where(self.wide(whole), value, value.dtype.type(1).item())


class Selection:
    """What ``t[mask]`` is while a function is recorded for masks of all values.

    What is done to the entries is done to all entries of the tensor, and the mask says which of
    them are written, as in ``t[t < 0] *= 0.01``, or reduced: ``np.mean(t[labels == k], axis=0)``.

    Parameters
    ----------
    whole : Tensor
        All entries; nobody else writes into it.
    place : Place
        Which of them are selected.
    """

    __slots__ = ("_place", "_whole")

    def __init__(self, whole: Any, place: Place) -> None:
        self._whole, self._place = whole, place

    def copy(self) -> Selection:
        """Return the same entries, to write into."""
        return Selection(np.copy(self._whole), self._place)

    __copy__ = copy

    def refuse_as_result(self) -> NoReturn:
        """Raise, since whoever gets these entries can count them."""
        line = self._place.origin.source
        refuse(f"the number of entries that a mask selects, in a result ({line}),")

    def _each(self, ufunc: np.ufunc, *operands: Any) -> Selection:
        those = (each for each in operands if isinstance(each, Selection))
        most = max(those, key=lambda each: each._place.before)
        wholes = [most._operand(each) for each in operands]
        with np.errstate(all="ignore"):  # of entries that are not selected
            return Selection(ufunc(*wholes), most._place)

    def _operand(self, other: Any) -> Any:
        whole = for_all(other, self._whole, self._place)
        return whole if whole is not other else self._place.kept(whole, self._whole)

    def _reduced(
        self, function: Any, axis: Any = None, *further: Any, keepdims: bool = False, **options: Any
    ) -> Any:
        """Return what `function` makes of all that is selected, or of that along its own axis."""
        mask, before, _ = self._place
        ndim = self._whole.ndim - mask.ndim + 1
        if axis not in (None, before, before - ndim) or further or options:
            _refuse()
        if keepdims and mask.ndim > 1:
            _refuse()
        axes = None if axis is None else tuple(range(before, before + mask.ndim))
        where = self._place.wide(self._whole)
        return function(self._whole, axis=axes, where=where, keepdims=keepdims)

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

    # Not those of NumPy's mixin, which call the ufunc: it would ask a tensor on the left first.
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


def masked(tensor: Any, index: Any) -> tuple[Any, Place] | None:
    """Return the tensor, or a view of it, and where in it ``tensor[index]`` is.

    None where `index` is no mask whose values nobody may look at, or that beside slices and
    numbers: ``x[hit, 1]`` are those that are hit of ``x[:, 1]``.
    """
    if not isinstance(index, tuple):
        return (tensor, Place(index, 0, index._node)) if _is_mask(index) else None
    masks = [k for k, each in enumerate(index) if _is_mask(each)]
    if len(masks) != 1 or not all(map(_is_mask_slice_or_number, index)):
        return None
    mask, place = index[masks[0]], masks[0]
    before = sum(isinstance(each, slice) for each in index[:place])
    others = [k for k, each in enumerate(index) if not isinstance(each, slice)]
    if before and others[-1] - others[0] >= len(others):
        return None  # NumPy puts the axis of what is selected in front
    along = (slice(None),) * mask.ndim
    return tensor[(*index[:place], *along, *index[place + 1 :])], Place(mask, before, mask._node)


def _is_mask(entry: Any) -> bool:
    return hasattr(type(entry), "_record") and entry.dtype.kind == "b" and entry._is_example()


def _is_mask_slice_or_number(entry: Any) -> bool:
    plain = isinstance(entry, (slice, int, np.integer)) and not isinstance(entry, bool)
    return plain or _is_mask(entry)


def selected(tensor: Any, place: Place) -> Any:
    """Return the entries of a tensor in a place, for others to write into."""
    return Selection(place.kept(tensor, tensor), place._replace(mask=np.copy(place.mask)))


def for_all(value: Any, whole: Any, place: Place) -> Any:
    """Return what stands beside all entries of `whole`, for what stands beside those selected.

    Parameters
    ----------
    value : Selection, Tensor, array or number
    whole : Tensor
    place : Place
        Which are selected.
    """
    behind = place.behind(whole)
    if isinstance(value, Selection):
        fits = value._place.behind(value._whole) == behind and value._place.before <= place.before
        if not fits or not place.has_mask_of(value._place):
            _refuse()
        return value._whole
    shape = np.shape(value)
    own = len(shape) - 1 - behind  # which of its axes is that of what is selected
    if own >= 0 and shape[own] != 1:
        _refuse()
    if own > 0 and (own > place.before or place.mask.ndim != 1):
        _refuse()
    return value
