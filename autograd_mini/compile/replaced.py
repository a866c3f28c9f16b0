"""Entries that a function puts into containers it was given: ``params["W"] = W - rate * dW``.

What it puts there while it is recorded becomes results of the program, which are put into the
containers of each later call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.compile.arguments import TEXT, filled, is_array
from autograd_mini.compile.entry import defined
from autograd_mini.differentiate.tree import map_tree, parts_of, values
from autograd_mini.recording.recorded import Recorded, wrap
from autograd_mini.tensor import Tensor

__all__ = [
    "Change", "Entry", "Kept", "Steps", "arrays_in", "arrays_replaced", "container_at", "entry_of",
    "kind_of", "of_kind", "put", "putter", "refuse_read_elsewhere",
]  # fmt: skip

Step = tuple[str, Any]
"""From a container to an entry: ``("item", key)`` or ``("attribute", name)``."""
Steps = tuple[Step, ...]

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


class Entry(NamedTuple):
    """An entry to be filled at each call.

    Attributes
    ----------
    where : tuple of Step
        Leads from ``(args, kwargs)`` to it.
    structure : object
        What is put there, with 0 in the place of each array.
    sources : list
        What to put in those places: the number of a result, or what leads to an argument.
    kind : str
        What becomes of a result: ``"array"``, ``"number"`` (one of NumPy's) or ``"tensor"``.
    """

    where: Steps
    structure: Any
    sources: list[int | Steps]
    kind: str


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
        self._containers = list(_containers(handed))

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
            for steps, container, before in self._containers
            for where, new in self._changed(steps, container, before, renewed)
        ]
        if found:
            self._refuse_one_twice()
        own = {id(container) for _, container, _ in self._containers}
        for where, old, new in found:
            called = self._called(where)
            if type(old) in _NUMBERS:
                raise ValueError(
                    f"the compiled function replaces {called}, a number of Python's, whose value "
                    f"is part of the program: make it an array, np.array({old!r})"
                )
            if any(id(each) in own for _, each, _ in _containers(new)):
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
            raise ValueError(
                f"the compiled function changes the length of {self._called(steps)}, which would "
                "be another program each time: return what belongs there"
            )
        for key, value in after.items():
            if key not in before or value is not before[key] or id(value) in renewed:
                yield (*steps, (_kind_of_step(container), key)), value

    def _of_caller(self, where: Steps) -> Any:
        return dict(parts_of(container_at(self._given, where)) or ()).get(where[-1][1])

    def _refuse_one_twice(self) -> None:
        seen: dict[int, Steps] = {}
        for steps, container, _ in _containers(self._given):
            first = seen.setdefault(id(container), steps)
            if first is not steps:
                raise ValueError(
                    f"{self._called(first)} and {self._called(steps)} are the same container, in "
                    "which the compiled function replaces entries: pass it once"
                )

    def _called(self, where: Steps) -> str:
        """Return how a person would write what `where` leads to: ``params['W1']``."""
        (_, which), *rest = where
        if not rest:
            return "its arguments"
        (_, first), *inner = rest
        name = str(first)
        if which == 0:
            name = self._names[first] if first < len(self._names) else f"argument {first + 1}"
        return name + "".join(map(_text, inner))


def _containers(tree: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any, dict[Any, Any]]]:
    """Yield each container in `tree` whose entries can be replaced: where, which, its entries."""
    parts = parts_of(tree)
    if parts is None:
        return
    if not isinstance(tree, tuple):
        yield steps, tree, dict(parts)
    for key, each in parts:
        yield from _containers(each, (*steps, (_kind_of_step(tree), key)))


def _kind_of_step(container: Any) -> str:
    return "item" if isinstance(container, (dict, list, tuple)) else "attribute"


def _text(step: Step) -> str:
    kind, key = step
    return f"[{key!r}]" if kind == "item" else f".{key}"


def arrays_in(tree: Any) -> list[Steps]:
    """Return what leads to each array in ``(args, kwargs)``, in the order of ``leaves``."""

    def walk(value: Any, steps: Steps) -> Iterator[Steps]:
        parts = parts_of(value)
        if parts is None and (isinstance(value, Recorded) or is_array(value)):
            yield steps
        for key, each in parts or ():
            yield from walk(each, (*steps, (_kind_of_step(value), key)))

    return list(walk(tree, ()))


def arrays_replaced(entries: Sequence[Entry], given: Any) -> set[int]:
    """Return which of the arrays in ``(args, kwargs)`` are in the place of entries."""
    return {
        k
        for k, where in enumerate(arrays_in(given))
        for entry in entries
        if where[: len(entry.where)] == entry.where
    }


def entry_of(change: Change, source: Callable[[Any], int | Steps]) -> Entry:
    """Return the entry to be filled at each call.

    Parameters
    ----------
    change : Change
    source : callable
        Says where a value comes from; see :class:`Entry`.
    """
    structure = map_tree(lambda each: each if isinstance(each, TEXT) else 0, change.new)
    sources = [source(each) for each in values(change.new) if not isinstance(each, TEXT)]
    return Entry(change.where, structure, sources, kind_of(change.old))


def kind_of(old: Any) -> str:
    """Return what a result becomes that replaces `old`: what that was, if it was of one kind."""
    kinds = {type(each) for each in values(old)}
    if kinds == {np.ndarray}:
        return "array"
    return "number" if kinds and all(issubclass(each, np.generic) for each in kinds) else "tensor"


def of_kind(kind: str, value: Any) -> Any:
    """Return a result as what it is to become: see :class:`Entry`; as it is if it is recorded."""
    if isinstance(value, Recorded):
        if value._node is not None or kind == "tensor":
            return value
        value = value._value
    array = np.asarray(value)
    return wrap(Tensor, array) if kind == "tensor" else array if kind == "array" else array[()]


# -- putting them there --------------------------------------------------------------------------


def refuse_read_elsewhere(
    entries: Sequence[Entry], given: Any, elsewhere: Mapping[int, str]
) -> None:
    """Raise if a container whose entries are replaced is also one that the function reads itself.

    Parameters
    ----------
    entries : sequence of Entry
    given : tuple
        The ``(args, kwargs)`` of the caller.
    elsewhere : mapping
        What the function calls the containers that it reads, by their identity.
    """
    for each in entries:
        name = elsewhere.get(id(container_at(given, each.where)))
        if name is not None:
            raise ValueError(
                f"the compiled function replaces entries of an argument that it also reads as "
                f"{name}, where they would not be seen: let it read the argument only"
            )


def container_at(given: Any, where: Steps) -> Any:
    """Return the container that an entry is in."""
    for kind, key in where[:-1]:
        given = getattr(given, key) if kind == "attribute" else given[key]
    return given


def put(container: Any, step: Step, value: Any) -> None:
    """Make `value` the entry of a container that `step` leads to."""
    kind, key = step
    if kind == "attribute":
        setattr(container, key, value)
    else:
        container[key] = value


_WRITTEN = {
    "array": "asarray({})",
    "number": "asarray({})[()]",
    "tensor": "wrap(Tensor, {})",
}


def putter(entries: Sequence[Entry]) -> Callable[[Any, Any, Any], Any]:
    """Return what fills entries after a call: written out, which is quicker than loops are.

    Returns
    -------
    callable
        Takes ``args``, ``kwargs``, and the result of the function together with a list of what
        is to be put into them; returns the result.
    """
    given: dict[str, Any] = {
        "asarray": np.asarray, "filled": filled, "wrap": wrap, "Tensor": Tensor,
    }  # fmt: skip

    def after(text: str, steps: Steps) -> str:
        """Return what ``text`` and then `steps` lead to."""
        for kind, key in steps:
            if kind == "attribute":
                text += f".{key}"
            else:
                given[name := f"v{len(given)}"] = key
                text += f"[{name}]"
        return text

    def reached(where: Steps) -> str:
        return after(("args", "kwargs")[where[0][1]], where[1:])

    lines, puts = ["result, found = made"], []
    for k, (where, structure, sources, kind) in enumerate(entries):
        parts = [
            _WRITTEN[kind].format(f"found[{each}]") if isinstance(each, int) else reached(each)
            for each in sources
        ]
        if structure == 0:
            value = parts[0]
        else:
            given[name := f"v{len(given)}"] = structure
            value = f"filled({name}, [{', '.join(parts)}])"
        # all is looked up before anything is put: what leads there may be what is replaced
        lines += [f"c{k} = {reached(where[:-1])}", f"e{k} = {value}"]
        puts.append(f"{after(f'c{k}', where[-1:])} = e{k}")
    body = "".join(f"    {line}\n" for line in [*lines, *puts, "return result"])
    found: Callable[[Any, Any, Any], Any] = defined(
        f"def put(args, kwargs, made):\n{body}", "put", **given
    )
    return found
