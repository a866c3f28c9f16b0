"""Containers of arrays: dicts, lists, tuples and dataclasses, nested at will."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

__all__ = [
    "Argnums", "has_keys", "leaves", "map_tree", "parts_of", "rebuild", "selected", "values",
    "values_like",
]  # fmt: skip

Argnums = int | Sequence[int]

Path = str
_ARRAYS = {np.ndarray, np.float64}


def values(tree: Any) -> list[Any]:
    """Return every value in `tree`, in order."""
    found: list[Any] = []
    _gather(tree, found)
    return found


def _gather(tree: Any, found: list[Any]) -> None:
    if type(tree) in _ARRAYS:
        found.append(tree)
    elif isinstance(tree, dict):
        if _holds_arrays(tree):
            found.extend(tree.values())
        else:
            for each in tree.values():
                _gather(each, found)
    elif isinstance(tree, (list, tuple)):  # named tuples too
        for each in tree:
            _gather(each, found)
    elif _is_dataclass(tree):
        for field in dataclasses.fields(tree):
            _gather(getattr(tree, field.name), found)
    elif tree is not None:
        found.append(tree)


def leaves(tree: Any, path: Path = "") -> Iterator[tuple[Path, Any]]:
    """Yield ``(path, value)`` for every value in `tree`, in order; the path reads as Python."""
    if type(tree) in _ARRAYS:
        yield path, tree
    elif isinstance(tree, dict):
        for key, each in tree.items():
            if type(each) in _ARRAYS:  # written out, since most containers are dicts of arrays
                yield f"{path}[{key!r}]", each
            else:
                yield from leaves(each, f"{path}[{key!r}]")
    elif isinstance(tree, tuple) and hasattr(tree, "_fields"):
        for key in tree._fields:
            yield from leaves(getattr(tree, key), f"{path}.{key}")
    elif isinstance(tree, (list, tuple)):
        for k, each in enumerate(tree):
            yield from leaves(each, f"{path}[{k}]")
    elif _is_dataclass(tree):
        for field in dataclasses.fields(tree):
            yield from leaves(getattr(tree, field.name), f"{path}.{field.name}")
    elif tree is not None:
        yield path, tree


def parts_of(tree: Any) -> list[tuple[Any, Any]] | None:
    """Return the keys and entries of a container, in order; None if it is none."""
    if isinstance(tree, dict):
        return list(tree.items())
    if isinstance(tree, (list, tuple)):
        return list(enumerate(tree))
    if _is_dataclass(tree):
        return [(field.name, getattr(tree, field.name)) for field in dataclasses.fields(tree)]
    return None


def has_keys(tree: Any) -> bool:
    """Return whether values in `tree` are told apart by more than their places in sequences."""
    if isinstance(tree, (list, tuple)) and not hasattr(tree, "_fields"):
        return any(map(has_keys, tree))
    return parts_of(tree) is not None


def rebuild(tree: Any, supply: Iterator[Any]) -> Any:
    """Return a container like `tree` with what `supply` yields, in the order of :func:`leaves`."""
    if type(tree) in _ARRAYS:
        return next(supply)
    if type(tree) is dict:
        if _holds_arrays(tree):
            return dict(zip(tree, supply, strict=False))
        return {key: rebuild(each, supply) for key, each in tree.items()}
    if isinstance(tree, dict):
        made = copy.copy(tree)
        for key, each in list(tree.items()):
            made[key] = rebuild(each, supply)  # not update(), which in a Counter adds
        return made
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(rebuild(each, supply) for each in tree))
    if isinstance(tree, (list, tuple)):
        items = [rebuild(each, supply) for each in tree]
        return items if isinstance(tree, list) else tuple(items)
    if _is_dataclass(tree):
        made = copy.copy(tree)  # not replace(): what a tree holds need not pass its checks
        for field in dataclasses.fields(tree):
            object.__setattr__(made, field.name, rebuild(getattr(tree, field.name), supply))
        return made
    return None if tree is None else next(supply)


def map_tree(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return a container like `tree` with `function` applied to every value."""
    return rebuild(tree, iter([function(each) for each in values(tree)]))


def values_like(tree: Any, other: Any) -> list[Any] | None:
    """Return the values of `tree` in the order of those of `other`; None if they nest otherwise.

    Dicts are alike that hold the same keys in another order.
    """
    found = dict(leaves(tree))
    paths = [path for path, _ in leaves(other)]
    return [found[path] for path in paths] if found.keys() == set(paths) else None


def selected(args: tuple[Any, ...], argnums: Argnums, name: str) -> tuple[int, ...]:
    """Return which of the arguments of the function `name` a transformation is asked for."""
    if argnums == 0 and args and argnums.__class__ is int:
        return (0,)
    chosen = tuple(argnums) if isinstance(argnums, Sequence) else (argnums,)
    for k in chosen:
        if not isinstance(k, int):
            raise TypeError(f"argnums is an int or several, not {argnums!r}")
        if not -len(args) <= k < len(args):
            raise ValueError(
                f"argnums={argnums!r}, but {name} was called with {len(args)} positional "
                f"argument{'s' * (len(args) != 1)}, which argnums counts"
            )
    places = tuple([k % len(args) for k in chosen])
    if len(set(places)) < len(places):
        raise ValueError(f"argnums={argnums!r} chooses an argument of {name} twice")
    return places


def _holds_arrays(tree: dict[Any, Any]) -> bool:
    """Return whether all entries are plain arrays, as those of most containers are."""
    return _ARRAYS.issuperset(map(type, tree.values()))


def _is_dataclass(tree: Any) -> bool:
    return hasattr(type(tree), "__dataclass_fields__")
