"""Keep the values a derivative depends on from changing unnoticed.

A graph stores operands that the user may still hold and change in place.  Small ones are copied,
so the derivative stays right.  Large ones would cost too much to copy: they are made read-only
until the graph is gone, and what slips past that (a writable view made earlier) is found by a
fingerprint before the value is used again.  Where nobody else knows an array, there is no such
view, and a fingerprint is taken only when somebody gets hold of its memory: other libraries write
into it though it is read-only.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_mini.errors import ChangedInPlaceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COPY_LIMIT", "Held", "digest", "hold", "holding", "note_known", "same_values"]

COPY_LIMIT = 64 * 1024
"""Arrays up to this many bytes are copied rather than held."""

_LANES, _OTHER_LANES = 2039, 2029  # primes: few arrays have rows of such a length
_held: weakref.WeakValueDictionary[int, Held] = weakref.WeakValueDictionary()


class Held:
    """A large array kept read-only for as long as a graph needs its values.

    A view can be writable only while the array that owns its memory is, so the guard of a view
    leans on the guard of that owner, which gives both back together.

    Parameters
    ----------
    array : numpy.ndarray
        Its memory is shared, not copied.

    Attributes
    ----------
    alone : bool
        Whether nobody else knew the array when it was locked, so that the lock is enough.
    released : bool
        Whether the owner may write again.
    """

    __slots__ = ("__weakref__", "_locked", "_owner", "_sums", "alone", "array", "released")

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self.alone = self.released = False
        self._locked: list[weakref.ref[NDArray[Any]]] = []
        self._owner = _guard_of(array.base) if isinstance(array.base, np.ndarray) else None
        if array.flags.writeable and _can_be_given_back(array):
            array.flags.writeable = False
            (self._owner or self)._locked.append(weakref.ref(array))
        self._sums: bytes | None = None

    def remember(self) -> Held:
        """Remember what the values are, and return the guard."""
        if self._sums is None:
            self._sums = fingerprint(self.array)
        return self

    def _unlock(self) -> None:
        for reference in self._locked:
            array = reference()
            if array is not None:
                array.flags.writeable = True
        self._locked.clear()

    def release(self) -> None:
        """Let the owner write again."""
        if not self.released:
            self.released = True
            if self.alone:
                self.remember()
            if self._owner is not None:
                self._owner.release()
            self._unlock()

    def check(self, name: str | None = None) -> None:
        """Raise :class:`ChangedInPlaceError` if the values are no longer those recorded."""
        if self._sums is not None:
            changed = fingerprint(self.array) != self._sums
        else:
            changed = self.array.flags.writeable  # somebody has broken the lock
        if changed:
            raise ChangedInPlaceError(
                f"{name or 'an array'} of shape {self.array.shape} was changed in place after it "
                "was recorded, and its old values are needed for the gradient: call backward() "
                "before changing it, or record a copy of it"
            )

    def __del__(self) -> None:
        self._unlock()


def _can_be_given_back(array: NDArray[Any]) -> bool:
    """Return whether NumPy would make `array` writable again.

    It does not where the memory is of another library, such as that of ``torch_tensor.numpy()``.
    """
    base: Any = array.base
    if base is None or isinstance(base, np.ndarray):
        return True
    try:
        return not memoryview(base).readonly
    except TypeError:
        return False


def fingerprint(array: NDArray[Any], lanes: int = _LANES) -> bytes:
    """Return sums over the bits of `array`, as fast as memory is read.

    Every change of one entry changes a sum, and so does a change of order, unless all entries
    stay in their column of a table that is `lanes` entries wide.
    """
    plain = array if array.flags.c_contiguous else np.ascontiguousarray(array.T)
    raw = plain.reshape(-1).view(np.uint8)
    whole = raw.size // (8 * lanes) * lanes
    table = raw[: 8 * whole].view(np.uint64).reshape(-1, lanes)
    return bytes(np.add.reduce(table, axis=0).tobytes() + raw[8 * whole :].tobytes())


def digest(array: NDArray[Any]) -> bytes:
    """Return what tells the values of `array` from others though anybody may write into it."""
    return fingerprint(array) + fingerprint(array, _OTHER_LANES)


def hold(array: NDArray[Any], *, alone: bool = False) -> Held:
    """Return the guard of `array`: the one it has, if another graph already holds it.

    Parameters
    ----------
    array : numpy.ndarray
    alone : bool
        Whether nobody else knows it, and so there is no view of it: to lock it is enough.
    """
    held = _guard_of(array)
    held.alone = held.alone or alone
    return held if held.alone else held.remember()


def _guard_of(array: NDArray[Any]) -> Held:
    held = _held.get(id(array))
    if held is None or held.array is not array or held.released:
        held = Held(array)
        _held[id(array)] = held
    return held


def holding(array: NDArray[Any]) -> Held | None:
    """Return the guard that keeps `array` read-only now, if there is one."""
    if array.nbytes <= COPY_LIMIT:
        return None
    held = _held.get(id(array))
    return held if held is not None and held.array is array and not held.released else None


def note_known(array: NDArray[Any]) -> None:
    """Remember what is in the memory of an array that somebody gets hold of, if it is locked."""
    owner = array if array.base is None else array.base
    held = holding(owner) if isinstance(owner, np.ndarray) else None
    if held is not None:
        held.remember()


def same_values(old: NDArray[Any], new: NDArray[Any]) -> bool:
    """Return whether two arrays of one shape and dtype hold the same values, fast."""
    if old.nbytes <= 1024:
        return old.tobytes() == new.tobytes()
    return bool((old == new).all())
