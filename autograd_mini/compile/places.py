"""Where a function finds what it reads, beside its arguments."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["MISSING", "Found", "Held", "Place"]

MISSING = object()
"""Stands for the value of what is not there."""


class Place(NamedTuple):
    """Where a value is found: ``owner.attribute``, or ``owner[key]`` if there is no attribute.

    ``of`` is the class whose dict `owner` is, which is not changed but through the class.
    """

    owner: Any
    key: Any
    attribute: str | None = None
    of: type | None = None

    def now(self) -> Any:
        """Return what is there; `MISSING` if nothing is."""
        if self.attribute:
            return getattr(self.owner, self.attribute, MISSING)
        try:
            return self.owner[self.key]
        except LookupError:
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
    """

    path: str
    place: Place | None
    value: Any


class Held:
    """A container among the arguments, whose entries are arguments; its class and the rest are not.

    Parameters
    ----------
    container : object
    """

    def __init__(self, container: Any) -> None:
        self.container = container
