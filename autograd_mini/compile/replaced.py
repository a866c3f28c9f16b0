"""Entries that a function puts into containers it was given: ``params["W"] = W - rate * dW``.

What it puts there while it is recorded is found by comparing the containers with what they held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

from autograd_mini.compile.arguments import NUMBERS, beside
from autograd_mini.compile.steps import (
    Container,
    Steps,
    container_at,
    containers_in,
    kind_of_step,
    step_text,
)  # fmt: skip
from autograd_mini.differentiate.tree import parts_of

__all__ = ["Change", "Kept", "refuse_one_twice"]


class Change(NamedTuple):
    """An entry that a function has put into a container.

    Attributes
    ----------
    where : tuple of Step
        Leads from ``(args, kwargs)`` to the entry.
    old, new : object
        What the caller has there (None if nothing), and what the function has put there.
    """

    where: Steps
    old: Any
    new: Any


class Kept:
    """The containers in arguments, as they are before a function runs.

    Parameters
    ----------
    given : tuple
        The ``(args, kwargs)`` of the caller.
    handed : tuple
        A copy of it, which the function gets.
    names : sequence of str
        What the function calls its arguments.
    """

    def __init__(self, given: Any, handed: Any, names: Sequence[str]) -> None:
        self._given, self._names = given, names
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
            refuse_one_twice(self._given, self._names)
        seen = {id(each.container) for each in self._kept}
        for where, old, new in found:
            if type(old) in NUMBERS:
                self._refuse(
                    f"replaces {self._called(where)}, a number of Python's, whose value is part of "
                    f"the program: make it an array, np.array({old!r})"
                )
            for each in containers_in(new):
                if id(each.container) in seen:
                    self._refuse(
                        f"makes {self._called(where)} a container that is in another place, too: "
                        "make a new one of its entries"
                    )
                seen.add(id(each.container))
        return found

    def _changed(self, each: Container) -> Iterator[tuple[Steps, Any]]:
        after, kind = dict(parts_of(each.container) or ()), kind_of_step(each.container)
        called = self._called(each.where)
        if len(after) < len(each.entries) or (
            type(each.container) is list and len(after) > len(each.entries)
        ):
            self._refuse(
                f"changes the length of {called}, which would be another program each time: "
                "return what belongs there"
            )
        if list(after)[: len(each.entries)] != list(each.entries):
            self._refuse(f"puts the entries of {called} into another order: make a new dict")
        now = beside(each.container)
        if now.keys() != each.beside.keys() or any(now[k] is not v for k, v in each.beside.items()):
            self._refuse(f"changes an attribute of {called} that is no field or entry: make it one")
        for key, value in after.items():
            if key not in each.entries or value is not each.entries[key]:
                if kind == "attribute" and type(each.container).__dataclass_params__.frozen:
                    self._refuse(f"changes {called}, which is frozen: return a new one")
                yield (*each.where, (kind, key)), value

    def _called(self, where: Steps) -> str:
        return _called(where, self._names)

    def _refuse(self, what: str) -> NoReturn:
        raise ValueError(f"the compiled function {what}")

    def _of_caller(self, where: Steps) -> Any:
        return dict(parts_of(container_at(self._given, where)) or ()).get(where[-1][1])


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


def _called(where: Steps, names: Sequence[str]) -> str:
    """Return how a person would write what `where` leads to: ``params['W1']``."""
    (_, which), *rest = where
    if not rest:
        return "its arguments"
    (_, first), *inner = rest
    name = str(first)
    if which == 0:
        name = names[first] if first < len(names) else f"argument {first + 1}"
    return name + "".join(map(step_text, inner))
