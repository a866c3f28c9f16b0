"""Find the arrays among the arguments of a call, and what must be the same for a program to fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.differentiate.tree import leaves
from autograd_mini.recorded import Recorded

__all__ = ["Found", "anything_of", "kinds_of", "share_memory"]


def share_memory(arrays: list[Any], updated: list[int]) -> bool:
    """Return whether an array that is updated may overlap another."""
    distinct = len({id(each) for each in arrays}) == len(arrays)
    if distinct and all(each.base is None for each in arrays):
        return False
    spans = [
        (*np.lib.array_utils.byte_bounds(each), k in updated)
        for k, each in enumerate(arrays)
        if isinstance(each, np.ndarray) and each.size
    ]
    end, changing = 0, False  # of what reaches furthest
    for low, high, changes in sorted(spans):
        if low < end and (changes or changing):
            return True
        if high > end:
            end, changing = high, changes
    return False


Found = tuple[list[Any], list[Any]]
"""The arrays in arguments, and what must be the same for a program to fit."""


def anything_of(tree: Any) -> Found | None:
    """Look through any arguments; None if a recorded tensor is among them."""
    arrays: list[Any] = []
    kinds: list[Any] = []
    for path, value in leaves(tree):
        plain = value._value if isinstance(value, Recorded) else value
        if isinstance(value, Recorded) and value._node is not None:
            return None
        if isinstance(plain, (np.ndarray, np.generic)):
            arrays.append(plain)
            kinds.append((path, plain.shape, plain.dtype, isinstance(plain, np.generic)))
        else:
            kinds.append((path, type(plain), plain))
    return arrays, kinds


def kinds_of(args: Any, kwargs: Any) -> dict[str, Any]:
    """Return, by path, the shape and dtype of each array in arguments, or else the value."""
    found: dict[str, Any] = {}
    for path, value in leaves((args, kwargs)):
        plain = value._value if isinstance(value, Recorded) else value
        is_array = isinstance(plain, (np.ndarray, np.generic))
        found[path] = (plain.shape, plain.dtype) if is_array else (plain,)
    return found
