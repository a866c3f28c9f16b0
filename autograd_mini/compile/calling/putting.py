"""Put results of a program into the containers of a call, as the function would."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.compile.calling.arguments import NUMBERS, TEXT, filled
from autograd_mini.compile.calling.entry import defined
from autograd_mini.compile.calling.replaced import Change
from autograd_mini.compile.calling.state import Slot
from autograd_mini.compile.calling.steps import Step, Steps, arrays_in, container_at, step_text
from autograd_mini.differentiate.tree import leaves, map_tree, values
from autograd_mini.recording.recorded import Recorded, wrap
from autograd_mini.tensor import Tensor

__all__ = [
    "Entry", "arrays_replaced", "entry_of", "kinds_of", "like", "of_kind", "putter",
    "refuse_read_elsewhere", "refuse_tuples",
]  # fmt: skip


class Entry(NamedTuple):
    """An entry to be filled at each call.

    Attributes
    ----------
    where : tuple of Step
        Leads from ``(args, kwargs, state)`` to it.
    structure : object
        What is put there, with 0 in the place of each array.
    sources : list
        What to put in those places: the number of a result, what leads to an argument, or
        ``("plain", number)`` for a number of Python's.
    kinds : list of str
        What each becomes: ``"array"``, ``"number"`` (one of NumPy's) or ``"tensor"``.
    """

    where: Steps
    structure: Any
    sources: list[Any]
    kinds: list[str]


def arrays_replaced(entries: Sequence[Entry], given: Any) -> set[int]:
    """Return which of the arrays in ``(args, kwargs)`` are in the place of entries."""
    places = {entry.where for entry in entries}
    if not places:
        return set()
    return {
        k
        for k, where in enumerate(arrays_in(given))
        if any(where[:length] in places for length in range(len(where) + 1))
    }


def entry_of(change: Change, source: Callable[[Any], Any]) -> Entry:
    """Return the entry to be filled at each call.

    Parameters
    ----------
    change : Change
    source : callable
        Says where a value comes from; see :class:`Entry`.
    """
    structure = map_tree(lambda each: each if isinstance(each, TEXT) else 0, change.new)
    new = [each for each in values(change.new) if not isinstance(each, TEXT)]
    sources = [("plain", each) if type(each) in NUMBERS else source(each) for each in new]
    return Entry(change.where, structure, sources, kinds_of(change))


def kinds_of(change: Change) -> list[str]:
    """Return what each new value becomes: what was there, or else all around it."""
    old = dict(leaves(change.old))
    around = {_kind(each) for each in old.values()}
    usual = around.pop() if len(around) == 1 else "tensor"
    new = [(path, each) for path, each in leaves(change.new) if not isinstance(each, TEXT)]
    return [_kind(old[path]) if path in old else usual for path, _ in new]


def _kind(value: Any) -> str:
    if type(value) is np.ndarray:
        return "array"
    return "number" if isinstance(value, np.generic) else "tensor"


def of_kind(kind: str, value: Any) -> Any:
    """Return a result as what it is to become: see :class:`Entry`; as it is if it is recorded."""
    if isinstance(value, Recorded):
        if value._node is not None or kind == "tensor":
            return value
        value = value._value
    elif not isinstance(value, (np.ndarray, np.generic)):
        return value
    array = np.asarray(value)
    return wrap(Tensor, array) if kind == "tensor" else array if kind == "array" else array[()]


def like(container: Any, step: Step, found: Any, kind: str) -> Any:
    """Return a result as what it takes the place of; as `kind` where that does not say."""
    try:
        old = getattr(container, step[1]) if step[0] == "attribute" else container[step[1]]
    except (LookupError, AttributeError, ValueError):
        old = None  # nothing was there
    if old.__class__ is np.ndarray:
        return np.asarray(found)
    if old.__class__ is Tensor:
        return wrap(Tensor, found)
    return of_kind("number" if isinstance(old, np.generic) else kind, np.asarray(found))


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


def refuse_tuples(entries: Sequence[Entry], given: Any) -> None:
    """Raise if a tuple is where entries are to be replaced, before any of them is."""
    for each in entries:
        if isinstance(container_at(given, each.where), tuple):
            steps = "".join(map(step_text, each.where[2:]))
            raise TypeError(f"the program replaces the entry {steps}, which is one of a tuple")


_WRITTEN = {"array": "asarray({})", "number": "asarray({})[()]", "tensor": "wrap(Tensor, {})"}


def putter(entries: Sequence[Entry], slots: Sequence[Slot] = ()) -> Callable[[Any, Any, Any], Any]:
    """Return what fills entries after a call: written out, which is quicker than loops are.

    Parameters
    ----------
    entries : sequence of Entry
    slots : sequence of Slot
        Where the state of the function is.

    Returns
    -------
    callable
        Takes ``args``, ``kwargs``, and the result of the function together with a list of what
        is to be put into them; returns the result.
    """
    given: dict[str, Any] = {
        "asarray": np.asarray, "filled": filled, "like": like, "wrap": wrap, "Tensor": Tensor,
    }  # fmt: skip

    def bound(value: Any) -> str:
        given[name := f"v{len(given)}"] = value
        return name

    def after(text: str, steps: Steps) -> str:
        """Return what ``text`` and then `steps` lead to."""
        for kind, key in steps:
            if kind == "attribute":
                text += f".{key}"
            else:
                text += f"[{bound(key)}]"
        return text

    def reached(where: Steps) -> str:
        (_, which), *steps = where
        if which < 2:
            return after(("args", "kwargs")[which], tuple(steps))
        (_, k), *inner = steps
        slot = slots[k]
        return after(bound(slot.container), (slot.step, *inner))

    def around(where: Steps) -> tuple[str, Step]:
        """Return what the entry is in, and the step to it."""
        if where[0][1] == 2 and len(where) == 2:
            slot = slots[where[1][1]]
            return bound(slot.container), slot.step
        return reached(where[:-1]), where[-1]

    lines, puts = ["result, found = made"], []
    for k, (where, structure, sources, kinds) in enumerate(entries):
        container, last = around(where)
        parts = []
        for source, kind in zip(sources, kinds, strict=True):
            if isinstance(source, int):
                parts.append(_WRITTEN[kind].format(f"found[{source}]"))
            else:
                parts.append(bound(source[1]) if source[0] == "plain" else reached(source))
        if structure != 0:
            value = f"filled({bound(structure)}, [{', '.join(parts)}])"
        elif isinstance(sources[0], int):
            value = f"like(c{k}, {bound(last)}, found[{sources[0]}], {kinds[0]!r})"
        else:
            value = parts[0]
        # all is looked up before anything is put: what leads there may be what is replaced
        lines += [f"c{k} = {container}", f"e{k} = {value}"]
        puts.append(f"{after(f'c{k}', (last,))} = e{k}")
    body = "".join(f"    {line}\n" for line in [*lines, *puts, "return result"])
    found: Callable[[Any, Any, Any], Any] = defined(
        f"def put(args, kwargs, made):\n{body}", "put", **given
    )
    return found
