"""What code may get hold of, by which names: modules whose functions read files, and classes.

``np.load`` reads a file, and ``model.load`` beside ``np.tanh`` does not; ``__init__`` runs where
there is a class to call, and not where there is but an object of it; and ``__call__`` where there
is an object to call, and not where methods only use the attributes of their ``self``.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

from autograd_mini.compile.watching.reads import (
    CHANGING,
    HOMES,
    HOOKS,
    MAKERS,
    hands_on,
    home_of,
    is_fixed,
    is_library,
)

__all__ = ["Handles", "resolved"]


class Handles:
    """Modules and classes, and what stands for them."""

    def __init__(self) -> None:
        self._read: set[tuple[int, str]] = set()  # modules, and what is read of them by name
        self._loose: set[int] = set()  # modules that other names stand for, which may read anything
        self._makes: set[int] = set()  # classes that code has at hand, beside those of objects
        self._kinds: set[int] = set()  # classes of objects that are not just the self of methods
        self._hands_on = False  # whether a method does more with its self than use attributes

    def __len__(self) -> int:
        sets = len(self._read) + len(self._loose) + len(self._makes) + len(self._kinds)
        return sets + self._hands_on

    def note(self, owner: Any, value: Any, *, by_name: bool) -> None:
        """Note that `value` is found in `owner`, and whether only a known name stands for it."""
        if isinstance(value, types.ModuleType):
            if not by_name:
                self._loose.add(id(value))
        elif isinstance(value, type) and value is not type(owner) and not is_fixed(value):
            self._makes.add(id(value))
        self._hands_on |= _hands_self_on(owner, value)
        kind = type(value)
        is_self = isinstance(owner, types.MethodType) and value is owner.__self__
        if not (is_self or is_fixed(kind)):
            self._kinds.add(id(kind))

    def note_chains(self, names: dict[str, Any], chains: Iterable[tuple[str, ...]]) -> None:
        """Note what is read of the modules among globals.

        A module that stands alone may be given another name, and what a class of one reads is
        mentioned elsewhere, like the method in ``pathlib.Path(name).exists()``.
        """
        for first, *attributes in chains:
            module = names.get(first)
            if isinstance(module, types.ModuleType):
                self._read.update((id(module), name) for name in attributes)
                value = resolved(names, (first, *attributes))
                if isinstance(value, types.ModuleType) or _reads(module, value):
                    self._loose.add(id(module))

    def read_of(self, module: types.ModuleType, names: set[str]) -> set[str]:
        """Return which of `names`, which are all that code mentions, it may read of a module."""
        if id(module) in self._loose:
            return names
        return {name for owner, name in self._read if owner == id(module)}

    def calls(self, kind: type, method: str, *, makes_others: bool) -> bool:
        """Return whether a special method of a class may be called without being mentioned."""
        if method in MAKERS:
            return makes_others or id(kind) in self._makes
        return method in HOOKS or makes_others or self.at_hand(kind)

    def at_hand(self, kind: type) -> bool:
        """Return whether code may do anything with an object of a class, such as call it."""
        return self._hands_on or id(kind) in self._kinds or id(kind) in self._makes


def _reads(module: types.ModuleType, kind: Any) -> bool:
    """Return whether `kind` is a class of `module` with methods that read what changes."""
    names = CHANGING.get(HOMES.get(module.__name__, module.__name__), set())
    return isinstance(kind, type) and any(hasattr(kind, name) for name in names)


def _hands_self_on(owner: Any, value: Any) -> bool:
    """Return whether `value` is a method that does anything with its self but use attributes."""
    if isinstance(value, types.FunctionType):
        return not isinstance(owner, types.FunctionType) and hands_on(value.__code__)
    kind = type(value)
    return hasattr(kind, "__get__") and not is_library(home_of(kind))


def resolved(names: dict[str, Any], chain: tuple[str, ...]) -> Any:
    """Return what a chain of attributes leads to; None if nothing."""
    value = names.get(chain[0])
    for name in chain[1:]:
        value = getattr(value, name, None)
    return value
