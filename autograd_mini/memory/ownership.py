"""Whether somebody else holds an array: told from how often Python refers to it.

How many references to expect depends on the version of Python, so each count is compared with
what the same code counts for an array that certainly nobody else holds.  From 3.14 on that may
differ from place to place: a variable that is passed to a function counts again there only where
Python did not see that it may do without.  The least that it can be is safe: what holds a value,
a variable that was assigned or a container, always counts once.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COUNTED", "is_free", "only_in", "only_of", "owned"]

# Without the global lock, threads have counts of their own.
COUNTED = sys.implementation.name == "cpython" and "free-threading" not in sys.version
_references = sys.getrefcount if COUNTED else lambda _: sys.maxsize


def _in_container(container: Mapping[Any, Any], key: Any) -> int:
    value = container[key]
    return _references(value)


def _in_tensor(tensor: Any) -> int:
    value = tensor._value
    return _references(value)


def _in_variable(value: Any) -> int:
    return _references(value)


def _least_counts() -> tuple[int, int]:
    if sys.version_info >= (3, 14):
        return 2, 1
    alone = np.empty(0)
    return _in_container({0: np.empty(0)}, 0), _in_variable(alone)


_ALONE_IN_CONTAINER, _ALONE_IN_VARIABLE = _least_counts()


def only_in(container: Mapping[Any, Any], key: Any, *, besides: int) -> bool:
    """Return whether nobody but `container` knows the array at `key`, and so no view of it exists.

    Parameters
    ----------
    container : mapping
    key : object
    besides : int
        How many variables of the caller refer to the array.
    """
    return _has_its_own_memory(container[key]) and (
        COUNTED and _in_container(container, key) <= _ALONE_IN_CONTAINER + besides
    )


def only_of(tensor: Any, *, besides: int) -> bool:
    """Return whether nobody but `tensor` knows its array, and so no view of it exists.

    Parameters
    ----------
    tensor : Recorded
    besides : int
        How many variables of callers and attributes of nodes refer to the array.
    """
    return _has_its_own_memory(tensor._value) and (
        COUNTED and _in_tensor(tensor) <= _ALONE_IN_CONTAINER + besides
    )


def _has_its_own_memory(value: Any) -> bool:
    if value.__class__ is not np.ndarray or value.base is not None:
        return False
    return bool(value.flags.owndata) and not weakref.getweakrefcount(value)


def is_free(value: NDArray[Any]) -> bool:
    """Return whether only one variable of the caller knows `value`, which it may then overwrite."""
    return (
        COUNTED
        and _references(value) <= _ALONE_IN_VARIABLE
        and value.base is None
        and value.flags.owndata
        and value.flags.writeable
    )


def owned(value: Any) -> NDArray[Any]:
    """Return `value`, which one variable of the caller refers to, as an array that is its own."""
    if value.__class__ is np.ndarray and (
        COUNTED
        and _references(value) <= _ALONE_IN_VARIABLE
        and value.base is None
        and value.flags.writeable
    ):
        return value
    return np.array(value)
