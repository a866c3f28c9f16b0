"""Whether somebody else holds an array: told from how often Python refers to it.

How many references to expect depends on the version of Python, so each count is compared with
what the same code counts for an array that certainly nobody else holds.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["only_in", "owned"]


def _references(container: Mapping[Any, Any], key: Any) -> int:
    value = container[key]
    return sys.getrefcount(value)


_ALONE = _references({0: np.empty(0)}, 0)


def only_in(container: Mapping[Any, Any], key: Any, *, besides: int) -> bool:
    """Return whether nobody but `container` knows the array at `key`, and so no view of it exists.

    Parameters
    ----------
    container : mapping
    key : object
    besides : int
        How many variables of the caller refer to the array.
    """
    value = container[key]
    if value.__class__ is not np.ndarray or value.base is not None or not value.flags.owndata:
        return False
    del value
    return _references(container, key) <= _ALONE + besides


def owned(value: Any) -> NDArray[Any]:
    """Return `value` as an array that nobody else holds and anyone may write."""
    # Three references: the caller's variable, this parameter, and getrefcount's own.
    if (
        value.__class__ is np.ndarray
        and value.base is None
        and value.flags.writeable
        and sys.getrefcount(value) <= 3
    ):
        return value
    return np.array(value)
