"""Put results of a program into the containers of a call, as the function would."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.compile.arguments import TEXT, filled
from autograd_mini.compile.entry import defined
from autograd_mini.compile.replaced import Change
from autograd_mini.compile.steps import Steps, arrays_in, container_at
from autograd_mini.differentiate.tree import map_tree, values
from autograd_mini.recording.recorded import Recorded, wrap
from autograd_mini.tensor import Tensor

__all__ = [
    "Entry", "arrays_replaced", "entry_of", "kind_of", "of_kind", "putter",
    "refuse_read_elsewhere",
]  # fmt: skip


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


def arrays_replaced(entries: Sequence[Entry], given: Any) -> set[int]:
    """Return which of the arrays in ``(args, kwargs)`` are in the place of entries."""
    places = {entry.where for entry in entries}
    return {
        k
        for k, where in enumerate(arrays_in(given))
        if any(where[:length] in places for length in range(len(where) + 1))
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
