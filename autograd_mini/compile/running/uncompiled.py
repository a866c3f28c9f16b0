"""Call the function itself, where its program cannot stand for it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd_mini.compile.calling.arguments import NUMBERS, TEXT, is_array
from autograd_mini.compile.calling.names import parameters_of
from autograd_mini.compile.calling.places import resolved
from autograd_mini.compile.calling.putting import kinds_of, of_kind
from autograd_mini.compile.calling.replaced import Change, Kept
from autograd_mini.compile.calling.state import NOTHING, State
from autograd_mini.compile.calling.steps import (
    container_at,
    containers_in,
    kind_of_step,
    put,
    refill,
)
from autograd_mini.differentiate.tree import map_tree, parts_of, rebuild, values
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import wrap

__all__ = ["uncompiled"]


def uncompiled(
    f: Callable[..., Any], args: Any, kwargs: dict[str, Any], state: State = NOTHING
) -> Any:
    """Return what `f` returns, called as recording calls it: with tensors, and returning some.

    Parameters
    ----------
    f : callable
    args, kwargs
        Its arguments.
    state : State
        What it changes beside them.

    Raises
    ------
    ValueError
        If `f` makes an array that it was given depend on tensors that are recorded, or removes
        entries of a container.
    """
    if not state:
        return _called(f, args, kwargs)
    with _kept(state):
        return _called(f, args, kwargs)


def _called(f: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    flat = values((args, kwargs))
    if not any(map(is_array, flat)):
        return map_tree(_as_result, f(*args, **kwargs))
    made: dict[int, Any] = {}  # one for each array, wherever it is: the function may ask
    given = [
        made.setdefault(id(each), _as_tensor(each)) if is_array(each) else each for each in flat
    ]
    handed = rebuild((args, kwargs), iter(given))
    kept = Kept((args, kwargs, []), handed, parameters_of(f))
    result = f(*handed[0], **handed[1])
    _replace(
        kept,
        (args, kwargs),
        {id(e): a for e, a in zip(given, flat, strict=True) if e is not a},
    )
    for array, own in zip(flat, given, strict=True):
        if own is not array and isinstance(array, np.ndarray) and own._value is not array:
            raise ValueError(
                f"the function writes into an array of shape {array.shape} that cannot take it: "
                "it is read-only, or what is written is recorded and an array does not remember "
                "that; pass a copy, or a tensor"
            )
    return map_tree(_as_result, result)


def _as_tensor(value: Any) -> Any:
    if isinstance(value, Recorded) or not (is_array(value) or isinstance(value, NUMBERS)):
        return value
    return wrap(value if isinstance(value, np.generic) else np.asarray(value))


def _as_result(value: Any) -> Any:
    """Return a result as a tensor on memory of its own, into which no later call writes.

    One that is recorded stays itself: it belongs to a graph.
    """
    made = _as_tensor(value)
    if not isinstance(made, Recorded) or made._node is not None:
        return made
    own = wrap(made._value.copy())
    own._origin = made._origin
    return own


def _replace(kept: Kept, given: Any, own: Mapping[int, Any]) -> None:
    """Put into the containers of the caller what the function has put into its copies of them.

    Parameters
    ----------
    kept : Kept
    given : tuple
        The ``(args, kwargs)`` of the caller.
    own : mapping
        The caller's array by the identity of the tensor that stands for it.
    """
    made = []
    for change in kept.changes():
        kinds = iter(kinds_of(change))

        def placed(value: Any, kinds: Iterator[str] = kinds) -> Any:
            if isinstance(value, TEXT):
                return value
            kind = next(kinds)
            return own[id(value)] if id(value) in own else of_kind(kind, value)

        value = map_tree(placed, change.new)
        made.append((container_at(given, change.where), change.where[-1], value))
    for container, step, value in made:
        put(container, step, value)


@contextlib.contextmanager
def _kept(state: State) -> Iterator[None]:
    """Have a function leave arrays where arrays were; and all as it was, if it raises."""
    before = state.values()
    copied = rebuild(before, iter(values(before)))
    containers = list(containers_in(tuple(before)))
    contents = [(each, each.copy()) for each in values(before) if isinstance(each, np.ndarray)]
    try:
        yield
    except BaseException:
        state.restore(before)
        for each in containers:
            refill(each)
        for array, numbers in contents:
            if array.flags.writeable:
                array[...] = numbers
        raise
    known = {id(each) for each in values(before)}
    for k, slot in enumerate(state.slots):
        now = slot.place.now()
        kinds = iter(kinds_of(Change((), resolved(copied[k], copied), now)))
        new = _as_before(now, kinds, known)
        if new is not now:
            slot.place.put(new)


def _as_before(tree: Any, kinds: Iterator[str], known: set[int]) -> Any:
    """Return a tree whose values are of these kinds, unless they were there before.

    Containers stay the same ones, as far as their entries can be replaced.
    """
    if tree is None or isinstance(tree, TEXT):
        return tree
    parts = parts_of(tree)
    if parts is None:
        kind = next(kinds)
        return tree if id(tree) in known else of_kind(kind, tree)
    entries = [_as_before(each, kinds, known) for _, each in parts]
    pairs = [(key, new) for (key, old), new in zip(parts, entries, strict=True) if new is not old]
    if pairs and isinstance(tree, tuple):
        return rebuild(tree, iter(values(tuple(entries))))
    for key, new in pairs:
        put(tree, (kind_of_step(tree), key), new)
    return tree
