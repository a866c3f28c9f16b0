"""Entries that a function puts into containers it was given: ``params["W"] = W - rate * dW``.

What it puts there while it is recorded is found by comparing the containers with what they held.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autograd_mini.compile.steps import Steps, container_at, containers_in, kind_of_step, step_text
from autograd_mini.differentiate.tree import parts_of

__all__ = ["Change", "Kept", "refuse_one_twice"]

_NUMBERS = {bool, int, float, complex}


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

    def changes(self, renewed: Collection[int] = ()) -> list[Change]:
        """Return what the function has put into them.

        Parameters
        ----------
        renewed : collection of int
            The identities of values that stay where they are, and are others nevertheless.

        Raises
        ------
        ValueError
            If it has removed something or made a list longer; or replaced a number of Python's,
            whose value is part of the program.
        """
        found = [
            Change(where, self._of_caller(where), new)
            for steps, container, before in self._kept
            for where, new in self._changed(steps, container, before, renewed)
        ]
        if found:
            refuse_one_twice(self._given, self._names)
        own = {id(container) for _, container, _ in self._kept}
        for where, old, new in found:
            called = _called(where, self._names)
            if type(old) in _NUMBERS:
                raise ValueError(
                    f"the compiled function replaces {called}, a number of Python's, whose value "
                    f"is part of the program: make it an array, np.array({old!r})"
                )
            if any(id(each) in own for _, each, _ in containers_in(new)):
                raise ValueError(
                    f"the compiled function makes {called} a container that it was given, which "
                    "would then be in two places: make a new one of its entries"
                )
        return found

    def _changed(
        self, steps: Steps, container: Any, before: Mapping[Any, Any], renewed: Collection[int]
    ) -> Iterator[tuple[Steps, Any]]:
        after = dict(parts_of(container) or ())
        if before.keys() - after.keys() or (type(container) is list and len(after) > len(before)):
            called = _called(steps, self._names)
            raise ValueError(
                f"the compiled function changes the length of {called}, which would be another "
                "program each time: return what belongs there"
            )
        for key, value in after.items():
            if key not in before or value is not before[key] or id(value) in renewed:
                yield (*steps, (kind_of_step(container), key)), value

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
    for steps, container, _ in containers_in(given):
        first = seen.setdefault(id(container), steps)
        if first is not steps:
            raise ValueError(
                f"{_called(first, names)} and {_called(steps, names)} are the same container, in "
                "which the compiled function replaces entries: pass it once"
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
