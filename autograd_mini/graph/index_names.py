"""What the user calls the arrays that others are indexed with: labels, mostly.

An index is a parameter of an operation, and a plain array; its name is kept beside it.
"""

from __future__ import annotations

import weakref
from typing import Any

__all__ = ["index_name", "named_index"]

_NAMES: dict[int, tuple[weakref.ref[Any], str]] = {}


def named_index(array: Any, name: str | None) -> Any:
    """Remember the name of an array, as long as there is the array; return the array."""
    if name:
        key = id(array)
        gone = weakref.ref(array, lambda _: _NAMES.pop(key, None))
        _NAMES[key] = gone, name
    return array


def index_name(array: Any) -> str | None:
    """Return the name of an array; None if it has none."""
    found = _NAMES.get(id(array))
    return found[1] if found is not None and found[0]() is array else None
