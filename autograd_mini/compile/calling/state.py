"""What a function changes beside its arguments: ``self.W -= rate * dW``, ``self.b = self.b - db``.

Each place that leads to arrays, such as an attribute of ``self``, is a slot.  What the slots hold
is one more argument, a list, which is read and written at each call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.compile.calling.arguments import is_array
from autograd_mini.compile.calling.places import MISSING, Found, Held, Place, alias, resolved
from autograd_mini.compile.calling.steps import Step, Steps, container_at, containers_in, put
from autograd_mini.differentiate.tree import parts_of
from autograd_mini.recording.recorded import Recorded

__all__ = ["NOTHING", "Slot", "State", "state_in"]


class Slot(NamedTuple):
    """A place outside of the arguments that a function reads and may change.

    Attributes
    ----------
    path : str
        As a person would write it.
    place : Place
    """

    path: str
    place: Place

    @property
    def container(self) -> Any:
        """What the place is in."""
        return self.place.owner if self.place.of is None else self.place.of

    @property
    def step(self) -> Step:
        """What leads from the container to the place."""
        if self.place.of is not None:
            return "attribute", self.place.key
        if self.place.attribute:
            return "attribute", self.place.attribute
        return "item", self.place.key


class State:
    """What a function changes beside its arguments.

    Parameters
    ----------
    slots : sequence of Slot
    inside : iterable of object
        Containers in the slots, whose entries are part of the state; kept, for their identity.

    Attributes
    ----------
    places : frozenset
        What tells the places of the slots from others.
    """

    def __init__(self, slots: Sequence[Slot], inside: Iterable[Any] = ()) -> None:
        self.slots = slots
        self.places = frozenset(each.place.identity for each in slots)
        self._inside = {id(each): each for each in inside}

    def __len__(self) -> int:
        return len(self.slots)

    @property
    def paths(self) -> list[str]:
        """What a person calls the slots."""
        return [each.path for each in self.slots]

    def has(self, found: Found) -> bool:
        """Return whether something that is read is part of the state."""
        if found.place is not None and found.place.identity in self.places:
            return True
        return self.has_entries_of(found.within) and not _is_beside(found)

    def has_entries_of(self, container: Any) -> bool:
        """Return whether a container was in a slot when the state was found."""
        return id(container) in self._inside

    def values(self) -> list[Any]:
        """Return what the slots hold; an alias for what an earlier one holds, too."""
        first: dict[int, int] = {}
        found = []
        for k, each in enumerate(self.slots):
            value = each.place.now()
            same = first.setdefault(id(value), k) if _is_mutable(value) else k
            found.append(value if same == k else alias(same))
        return found

    def lend(self, handed: list[Any]) -> None:
        """Put values into the slots."""
        for k, each in enumerate(self.slots):
            value = resolved(handed[k], handed)
            if value is not MISSING:
                each.place.put(value)

    def taken(self, handed: list[Any]) -> list[Any]:
        """Return what the slots hold, where that is still what they were `handed` as it was."""
        now = [each.place.now() for each in self.slots]
        return [
            then if value is resolved(then, handed) else value
            for then, value in zip(handed, now, strict=True)
        ]

    def restore(self, before: list[Any]) -> None:
        """Put back what the slots held."""
        for k, each in enumerate(self.slots):
            value = resolved(before[k], before)
            if value is MISSING:
                each.place.remove()
            elif each.place.now() is not value:
                each.place.put(value)

    def put(self, where: Steps, value: Any) -> None:
        """Put a value to where `where` leads from ``(args, kwargs, state)``."""
        if len(where) == 2:
            self.slots[where[1][1]].place.put(value)
        else:
            put(container_at(((), {}, self.values()), where), where[-1], value)


NOTHING = State(())
"""Of a function that only reads what is around it."""


def is_tangled(values: list[Any]) -> bool:
    """Return whether a container of a state is in two places, deeper inside than an alias says."""
    found = [id(each) for _, each in _containers_of(values)]
    return len(set(found)) < len(found)


def _containers_of(values: Sequence[Any]) -> list[tuple[int, Any]]:
    """Return the containers in a state, with the number of the slot."""
    return [
        (k, each.container)
        for k, value in enumerate(values)
        if type(value) is not np.ndarray  # which most are
        for each in containers_in(value)
    ]


def refuse_shared(args: Any, kwargs: Any, paths: Sequence[str], values: Sequence[Any]) -> None:
    """Raise if a container of a state is an argument, too, of which the function gets a copy.

    Parameters
    ----------
    args, kwargs
        Of the call.
    paths : sequence of str
    values : sequence
        What is in the state, and what a person calls that.

    Raises
    ------
    ValueError
    """
    inside = _containers_of(values)
    given = {id(each.container) for each in containers_in((args, kwargs))} if inside else set()
    for k, container in inside:
        if id(container) in given:
            raise ValueError(
                f"{paths[k]} is a container that the compiled function, which changes what it "
                "finds there, is given as an argument, too: let it use one of the two"
            )


def state_in(found: Sequence[Found], fixed: Iterable[int], changed: Iterable[Any]) -> State:
    """Return the state among what a function reads: what leads to arrays, and what it changes.

    Parameters
    ----------
    found : sequence of Found
    fixed : iterable of int
        The identities of containers that code gets hold of by other ways, too: not through a
        place, so that what comes to be in the place is not what the code finds.
    changed : iterable
        The identities of places that the function is known to change.
    """
    apart, promoted = set(fixed), set(changed)
    while True:
        slots: dict[Any, Slot] = {}
        inside: dict[int, Any] = {}
        before = len(apart)
        for each in found:
            within_arguments = isinstance(each.within, Held)
            if each.place is None or within_arguments or id(each.within) in inside:
                continue
            parts = _parts_below(each.value)
            if parts is None or not (
                each.place.identity in promoted or any(map(is_array, parts[1]))
            ):
                continue
            containers = parts[0]
            if not apart.isdisjoint(map(id, containers)):
                apart.update(map(id, containers))
                continue
            slots.setdefault(each.place.identity, Slot(each.path, each.place))
            inside.update((id(container), container) for container in containers)
        if len(apart) == before:
            return State(list(slots.values()), inside.values())


def _is_beside(found: Found) -> bool:
    """Return whether something is an attribute of a container that is no entry of it."""
    place, container = found.place, found.within
    if place is None or place.owner is container:
        return False
    fields = dict(parts_of(container) or ())
    return isinstance(container, (dict, list, tuple)) or place.key not in fields


def _parts_below(value: Any) -> tuple[list[Any], list[Any]] | None:
    """Return the containers and the leaves of a value; None if it contains itself.

    Or if it contains arrays whose classes, or entries, make more of them than numbers.
    """
    containers: list[Any] = []
    leaves: list[Any] = []

    def walk(each: Any, above: tuple[int, ...]) -> bool:
        try:
            parts = parts_of(each)
        except AttributeError:  # a field that has no value yet
            return False
        if parts is None:
            leaves.append(each)
            return not is_array(each) or _is_plain(each)
        containers.append(each)
        inner = (*above, id(each))
        return id(each) not in above and all(walk(entry, inner) for _, entry in parts)

    return (containers, leaves) if walk(value, ()) else None


def _is_plain(array: Any) -> bool:
    """Return whether an array is nothing but numbers: not masked, nor of objects."""
    if isinstance(array, Recorded):
        return True
    kinds = (np.ndarray, np.memmap)
    return array.dtype.kind in "biufc" and (isinstance(array, np.generic) or type(array) in kinds)


def _is_mutable(value: Any) -> bool:
    """Return whether it matters that a value is one object in two places."""
    return isinstance(value, (np.ndarray, Recorded)) or parts_of(value) is not None
