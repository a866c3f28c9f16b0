"""Where a function finds what it reads, beside its arguments."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

__all__ = [
    "MISSING",
    "Alias",
    "Found",
    "Held",
    "Place",
    "alias",
    "attributes_of",
    "resolved",
    "slots_of",
]

MISSING = object()
"""Stands for the value of what is not there."""


def attributes_of(owner: Any) -> dict[str, Any] | None:
    """Return the attributes of an object by name; None if it has nowhere to keep them.

    Its class is not asked, which may have an answer, or an error of its own, for any name.
    """
    try:
        found = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return None
    return found if isinstance(found, dict) else None


def slots_of(kind: type) -> list[str]:
    """Return the attributes for which a class has slots, under the names that code of it uses."""
    found: list[str] = []
    for base in kind.__mro__:
        names = vars(base).get("__slots__", ())
        for name in [names] if isinstance(names, str) else names:
            private = name.startswith("__") and not name.endswith("__")
            if private:  # as code of the class calls it
                found.append(f"_{base.__name__.lstrip('_')}{name}")
            elif not name.startswith("__"):
                found.append(name)
    return found


class Place(NamedTuple):
    """Where a value is found: ``owner.attribute``, or ``owner[key]`` if there is no attribute.

    ``of`` is the class whose dict `owner` is, which is not changed but through the class.
    """

    owner: Any
    key: Any
    attribute: str | None = None
    of: type | None = None

    @property
    def identity(self) -> tuple[int, Any]:
        """What tells the place from others, as long as what it is in exists."""
        return id(self.owner if self.of is None else self.of), self.attribute or self.key

    def now(self) -> Any:
        """Return what is there; `MISSING` if nothing is."""
        try:
            return getattr(self.owner, self.attribute) if self.attribute else self.owner[self.key]
        except (LookupError, AttributeError, ValueError):  # of a closure's cell, the last
            return MISSING

    def put(self, value: Any) -> None:
        """Put a value there."""
        if self.of is not None:
            setattr(self.of, self.key, value)
        elif self.attribute:
            setattr(self.owner, self.attribute, value)
        else:
            self.owner[self.key] = value

    def remove(self) -> None:
        """Let nothing be there."""
        if self.now() is MISSING:
            return
        if self.of is not None:
            delattr(self.of, self.key)
        elif self.attribute:
            delattr(self.owner, self.attribute)
        else:
            del self.owner[self.key]


class Found(NamedTuple):
    """Something that is read.

    Attributes
    ----------
    path : str
        As a person would write it.
    place : Place or None
        None if nothing else can come to be there.
    value : object
        What is there; `MISSING` if nothing is.
    within : object
        What it is found in.
    """

    path: str
    place: Place | None
    value: Any
    within: Any = None


class Alias:
    """Stands for what is the very object that an earlier one of a list is."""

    def __init__(self, first: int) -> None:
        self.first = first


alias = functools.cache(Alias)
"""Return the alias of the entry of this number: always the same one, as a key."""


def resolved(value: Any, values: list[Any]) -> Any:
    """Return what an alias among `values` stands for; anything else as it is."""
    return values[value.first] if isinstance(value, Alias) else value


class Held:
    """A container among the arguments, whose entries are arguments; its class and the rest are not.

    Parameters
    ----------
    container : object
    """

    def __init__(self, container: Any) -> None:
        self.container = container
