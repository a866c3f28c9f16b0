"""Entries that a function puts into containers it was given: ``params["W"] = W - rate * dW``.

What it puts there while it is recorded is found by comparing the containers with what they held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

from autograd_mini.compile.calling.arguments import NUMBERS, TEXT, beside, exactly, is_array
from autograd_mini.compile.calling.places import MISSING, resolved
from autograd_mini.compile.calling.steps import (
    Container,
    Steps,
    container_at,
    containers_in,
    kind_of_step,
    step_text,
)  # fmt: skip
from autograd_mini.differentiate.tree import parts_of, values
from autograd_mini.recording.recorded import Recorded

__all__ = ["CannotReplaceError", "Change", "Kept", "refuse_number", "refuse_one_twice"]


class CannotReplaceError(ValueError):
    """A function has run, and has put something where no program can put it on each call."""


class Change(NamedTuple):
    """An entry that a function has put into a container.

    Attributes
    ----------
    where : tuple of Step
        Leads from ``(args, kwargs, state)`` to the entry.
    old, new : object
        What the caller has there (None if nothing), and what the function has put there.
    """

    where: Steps
    old: Any
    new: Any

    @property
    def is_of_state(self) -> bool:
        """Whether the entry is not among the arguments."""
        return is_of_state(self.where)

    @property
    def is_number(self) -> bool:
        """Whether the entry was a number of Python's, and is another now."""
        return type(self.old) in NUMBERS and type(self.new) in NUMBERS


def _shown(value: Recorded) -> Recorded:
    """Return the tensor whose memory a view shows; a tensor that is none itself."""
    while hasattr(value, "_base"):
        value = value._base[0]
    return value


def is_of_state(where: Steps) -> bool:
    """Return whether something is in the state, and not among the arguments."""
    return where[:1] == (("item", 2),)


class Kept:
    """The containers in arguments, as they are before a function runs.

    Parameters
    ----------
    given : tuple
        The ``(args, kwargs, state)`` of the caller, or ``(args, kwargs)``.
    handed : tuple
        A copy of it, which the function gets.
    names : sequence of str
        What the function calls its arguments.
    paths : sequence of str
        The same for what is in the state.
    """

    def __init__(
        self, given: Any, handed: Any, names: Sequence[str], paths: Sequence[str] = ()
    ) -> None:
        self._given, self._names, self._paths = given, names, paths
        self._mine = {id(each) for each in values(handed)}
        self._kept = list(containers_in(handed))

    def changes(self) -> list[Change]:
        """Return what the function has put into them.

        Raises
        ------
        ValueError
            If a program cannot do that: see ``docs/compile.md``.
        """
        found = [
            Change(where, self._of_caller(where), new)
            for each in self._kept
            for where, new in self._changed(each)
        ]
        if found:
            refuse_one_twice(self._given[:2], self._names)
        seen = {id(each.container) for each in self._kept}
        for change in found:
            where, old, new = change
            if new is MISSING:
                _refuse(
                    f"removes {self._called(where)}, without which it would be another program: "
                    "make it None"
                )
            if change.is_of_state:
                self._refuse_objects(change)
            elif type(old) in NUMBERS:
                refuse_number(change, self._names, self._paths)
            for each in containers_in(new):
                if id(each.container) in seen:
                    _refuse(
                        f"makes {self._called(where)} a container that is in another place, too: "
                        "make a new one of its entries"
                    )
                seen.add(id(each.container))
        return found

    def _refuse_objects(self, change: Change) -> None:
        """Raise if what is new in the state is an object, of which each call would make another."""
        for each in values(change.new):
            if not (is_array(each) or isinstance(each, (*NUMBERS, *TEXT))):
                raise TypeError(
                    f"the compiled function puts a {type(each).__name__} into "
                    f"{self._called(change.where)}, which would be the same one after every call: "
                    "change what is in the one that is there"
                )

    def refuse_views(self, changes: Sequence[Change]) -> None:
        """Raise if the caller would get views of arrays that are elsewhere, too.

        A program would make copies of them, into which nothing is written through the other.
        """
        kept = [
            (each.where, value)
            for each in changes
            for value in values(each.new)
            if isinstance(value, Recorded) and id(value) not in self._mine
        ]
        shown: dict[int, set[int]] = {}
        for _, value in kept:
            shown.setdefault(id(_shown(value)), set()).add(id(value))
        for where, value in kept:
            root = _shown(value)
            if root is not value and (id(root) in self._mine or len(shown[id(root)]) > 1):
                _refuse(
                    f"makes {self._called(where)} a view of another array, which a program would "
                    "copy: write .copy() after it"
                )

    def _changed(self, each: Container) -> Iterator[tuple[Steps, Any]]:
        after, kind = dict(parts_of(each.container) or ()), kind_of_step(each.container)
        called = self._called(each.where)
        if len(after) < len(each.entries) or (
            type(each.container) is list and len(after) > len(each.entries)
        ):
            _refuse(
                f"changes the length of {called}, which would be another program each time: "
                "return what belongs there"
            )
        if list(after)[: len(each.entries)] != list(each.entries):
            _refuse(f"puts the entries of {called} into another order: make a new dict")
        now = beside(each.container)
        if now.keys() != each.beside.keys() or any(now[k] is not v for k, v in each.beside.items()):
            _refuse(f"changes an attribute of {called} that is no field or entry: make it one")
        for key, value in after.items():
            if type(key) is int and key in self._mine and key not in each.entries:
                _refuse(f"has entries of {called} by id(array), which changes: give them names")
            if key not in each.entries or not _is_same(value, each.entries[key]):
                if kind == "attribute" and type(each.container).__dataclass_params__.frozen:
                    _refuse(f"changes {called}, which is frozen: return a new one")
                yield (*each.where, (kind, key)), value

    def _called(self, where: Steps) -> str:
        return _called(where, self._names, self._paths)

    def _of_caller(self, where: Steps) -> Any:
        found = dict(parts_of(container_at(self._given, where)) or ()).get(where[-1][1])
        return resolved(found, self._given[-1])


def _is_same(one: Any, other: Any) -> bool:
    """Return whether an entry is as it was: this object, or an equal number or text of Python's."""
    if one is other:
        return True
    kind = type(one)
    return (
        kind in (*NUMBERS, *TEXT) and kind is type(other) and bool(exactly(one) == exactly(other))
    )


def refuse_one_twice(given: Any, names: Sequence[str]) -> None:
    """Raise if a container is in two places of ``(args, kwargs)``: entries change in both.

    Parameters
    ----------
    given : tuple
    names : sequence of str
        What the function calls its arguments.
    """
    seen: dict[int, Steps] = {}
    for each in containers_in(given):
        first = seen.setdefault(id(each.container), each.where)
        if first is not each.where:
            one, other = _called(first, names), _called(each.where, names)
            raise ValueError(
                f"{one} and {other} are the same container, in which the compiled function "
                "replaces entries: pass it once"
            )


def refuse_number(change: Change, names: Sequence[str], paths: Sequence[str]) -> NoReturn:
    """Raise since a number of Python's would be another after each call.

    Parameters
    ----------
    change : Change
    names, paths : sequence of str
        See :class:`Kept`.
    """
    _refuse(
        f"replaces {_called(change.where, names, paths)}, a number of Python's, whose value is "
        f"part of the program: make it an array, np.array({change.old!r})"
    )


def _refuse(what: str) -> NoReturn:
    raise CannotReplaceError(f"the compiled function {what}")


def _called(where: Steps, names: Sequence[str], paths: Sequence[str] = ()) -> str:
    """Return how a person would write what `where` leads to: ``params['W1']``."""
    (_, which), *rest = where
    if not rest:
        return "its arguments"
    (_, first), *inner = rest
    name = str(first)
    if is_of_state(where):
        name = paths[first]
    elif which == 0:
        name = names[first] if first < len(names) else f"argument {first + 1}"
    return name + "".join(map(step_text, inner))
