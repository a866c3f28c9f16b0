"""Find the arrays among the arguments of a call, and what must be the same for a program to fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd_mini.compile.calling.places import attributes_of
from autograd_mini.differentiate.tree import leaves, parts_of, rebuild, values
from autograd_mini.recording.operands import plain_array
from autograd_mini.recording.recorded import Recorded

__all__ = [
    "NUMBERS", "TEXT", "Found", "Same", "anything_of", "beside", "exactly", "filled", "is_array",
    "keys_to_compare", "kinds_of", "objects_in", "share_memory",
]  # fmt: skip


TEXT = (str, bytes)
"""What is no array, and is returned as it is."""


NUMBERS = (bool, int, float, complex)
"""Python's own, which are part of a program where they are arguments."""


def is_array(value: Any) -> bool:
    """Return whether `value` is an array or a number of NumPy's, or a tensor: no part of a program.

    Text is, whether NumPy's or Python's: no operation takes it.
    """
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind not in "US"
    return isinstance(value, Recorded)


def filled(structure: Any, found: Sequence[Any]) -> Any:
    """Return a container like `structure` of what is `found`, and of its text."""
    arrays = iter(found)
    entries = [each if isinstance(each, TEXT) else next(arrays) for each in values(structure)]
    return rebuild(structure, iter(entries))


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


class Same:
    """A key that only the very same object equals, whatever that object calls equal."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def exactly(value: Any) -> Any:
    """Return a key that equals that of another value only if no program can tell them apart."""
    kind = type(value)
    if kind in _BY_VALUE:
        return kind, value
    if kind is float:
        return kind, value.hex()  # 0.0 == -0.0, and nan is not even itself
    if kind is complex:
        return kind, value.real.hex(), value.imag.hex()
    if kind is slice:
        return kind, exactly(value.start), exactly(value.stop), exactly(value.step)
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not is_array(value)):
        return kind, value.dtype, value.shape, value.tobytes()
    if kind is tuple:
        return kind, *map(exactly, value)
    return Same(value)


def keys_to_compare(name: str, keys: list[Any]) -> tuple[str, list[Any]]:
    """Return what of the keys of a dict tells a program from others, in as little time as possible.

    Parameters
    ----------
    name : str
        What stands for the dict in code that mentions this module's `exactly`.
    keys : list

    Returns
    -------
    text : str
        An expression.
    wanted : list
        Its value for these keys.
    """
    kinds = set(map(type, keys))
    if kinds <= {str}:
        return f"[*{name}]", keys
    if kinds <= {int, bool, str, bytes, type(None)}:  # 1 == True, for dicts as well
        return f"[*{name}, *map(type, {name})]", [*keys, *map(type, keys)]
    return f"[*map(exactly, {name})]", [*map(exactly, keys)]


_BY_VALUE = {int, bool, str, bytes, type(None), range}


def beside(container: Any) -> dict[str, Any]:
    """Return the attributes of a container that are no entries of it."""
    attributes = attributes_of(container) or {}
    if not attributes or isinstance(container, (dict, list, tuple)):
        return attributes
    fields = dict(parts_of(container) or ())
    return {name: value for name, value in attributes.items() if name not in fields}


def objects_in(tree: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the containers in `tree` that are more than Python's own, and what to call them."""
    if type(tree) not in (dict, list, tuple) and parts_of(tree) is not None:
        yield path, tree
    for key, each in parts_of(tree) or ():
        yield from objects_in(each, f"{path}[{key!r}]")


def anything_of(tree: Any) -> Found | None:
    """Look through any arguments; None if a recorded tensor is among them."""
    arrays: list[Any] = []
    kinds: list[Any] = []
    return (arrays, kinds) if _look(tree, arrays, kinds) else None


def _look(value: Any, arrays: list[Any], kinds: list[Any]) -> bool:
    """Add the arrays of `value`, in the order of ``leaves``; False if one is recorded."""
    plain = value
    if isinstance(value, Recorded):
        if value._node is not None:
            return False
        if isinstance(value._value, np.generic):
            value._value = np.asarray(value._value)  # which can be updated in place
        plain = value._value
    if is_array(plain):
        if isinstance(plain, np.ndarray) and plain.__class__ is not np.ndarray:
            plain_array(plain)  # which refuses those whose operators mean something else
        if plain.dtype.kind == "O":
            raise TypeError(
                "an array of objects cannot be compiled: pass a list of arrays, or an array of "
                "numbers"
            )
        arrays.append(plain)
        kinds.append((plain.shape, plain.dtype, isinstance(plain, np.generic)))
        return True
    parts = parts_of(value)
    if parts is None:
        kinds.append(exactly(value))
        return True
    kinds.append((type(value), *[exactly(key) for key, _ in parts]))
    kinds += [(name, exactly(each)) for name, each in beside(value).items()]
    return all(_look(each, arrays, kinds) for _, each in parts)


def kinds_of(args: Any, kwargs: Any) -> dict[str, Any]:
    """Return, by path, the shape and dtype of each array in arguments, or else the value."""
    found: dict[str, Any] = {}
    for path, value in leaves((args, kwargs)):
        plain = value._value if isinstance(value, Recorded) else value
        found[path] = (plain.shape, plain.dtype) if is_array(plain) else (plain,)
    return found
