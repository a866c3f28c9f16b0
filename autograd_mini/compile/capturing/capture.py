"""Run a function once and note all that it does, as a graph over its arguments."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.compile.calling.arguments import TEXT, is_array
from autograd_mini.compile.calling.names import argument_names, name_values, parameters_of
from autograd_mini.compile.calling.putting import Entry, entry_of
from autograd_mini.compile.calling.replaced import Change, Kept
from autograd_mini.compile.calling.state import State
from autograd_mini.compile.calling.steps import Steps, arrays_in
from autograd_mini.compile.capturing.layout import row_by_row
from autograd_mini.compile.capturing.stable import stabilized
from autograd_mini.compile.watching.drawing import stand_in
from autograd_mini.compile.watching.randomness import RandomState, refusing_unseeded
from autograd_mini.context import taping
from autograd_mini.differentiate.tree import leaves, rebuild
from autograd_mini.graph.node import Node
from autograd_mini.graph.tape import Recording
from autograd_mini.memory.guard import COPY_LIMIT
from autograd_mini.ops.alias import alias
from autograd_mini.ops.leaf import LEAF
from autograd_mini.recording.leaves import leaf
from autograd_mini.recording.recorded import Recorded
from autograd_mini.rewrite.builder import proposed
from autograd_mini.tensor import Tensor, wrap

__all__ = ["Capture", "captured"]


class Capture:
    """What a function did.

    Attributes
    ----------
    inputs : list of Node
        A leaf for each array argument, and for each array of the state.
    outputs : list of Node
        The results, in order.
    structure : object
        The container of results, with None and text where a result was that.
    updates : list of (Node, Node)
        Arguments that were changed in place, and their new values.
    draws : list of Node
        Operations that draw random numbers, in the order in which they did.
    replaced : list of Entry
        Entries of containers among the arguments that were replaced, by the last of the outputs;
        also of those in the state.
    changed : list of Change
        What it has put into the state.
    placed : list of numpy.ndarray
        What it has put anywhere that it has neither got nor made of that.
    row_by_row : list of int
        Which of the inputs have to lie in memory row by row.
    """

    def __init__(
        self,
        inputs: list[Node],
        outputs: list[Node],
        structure: Any,
        updates: list[tuple[Node, Node]],
        draws: list[Node],
        replaced: list[Entry],
        changed: list[Change],
        placed: list[Any],
        row_by_row: list[int],
    ) -> None:
        self.inputs, self.outputs = inputs, outputs
        self.structure, self.updates, self.draws = structure, updates, draws
        self.replaced, self.changed, self.placed = replaced, changed, placed
        self.row_by_row = row_by_row


def captured(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    generators: Iterable[Any],
    cached: bool,
    state: State,
) -> Capture:
    """Run `f` on tensors that refuse to show their values, and return what it did.

    Parameters
    ----------
    f : callable
    args, kwargs
        Its arguments; arrays and Tensors become inputs, anything else is as it is.
    generators : iterable
        Those of random numbers that `f` may draw from, only by operations that are recorded.
    cached : bool
        Whether a function that `f` calls keeps its results, which must be none of this recording.
    state : State
        What `f` changes beside its arguments, which it finds as it was afterwards.

    Raises
    ------
    DataDependentError
        If `f` looks at a value: in ``if``, ``float()``, as an index or length.
    """

    def improved(roots: Sequence[Node], fixed: Collection[Node]) -> list[Node]:
        name_values(tape.forward, tape.calls)  # before their gradients, which are called after them
        return stabilized(tape, roots, fixed)

    tape = Recording(improved)
    tape.cached = cached
    random = RandomState(generators)
    tree = (tuple(args), kwargs, state.values())
    with taping(tape), random.rewinding_errors():
        given, handed = _handed_over(tape, f, tree, state.paths)
        kept = Kept(tree, handed, parameters_of(f), state.paths)
        with refusing_unseeded(), _lent(state, tree[2], handed[2]):
            result = f(*handed[0], **handed[1])
        if any(each.is_written and each.is_number for each in given):
            raise TypeError(
                "the compiled function writes into a number of NumPy's: write t = t + 1"
            )
        name_values(tape.forward, tape.calls)
        outputs = [_result_node(each) for _, each in leaves(result) if not isinstance(each, TEXT)]
        changes = kept.changes()
        kept.refuse_views(changes)
        places: list[Steps] = [()] * len(given)
        if changes or state:  # or else nobody asks where they are
            places = arrays_in(tree)
        replaced, further = _replaced(changes, given, places, state.paths)
    updates = [(each.input, each.own._node) for each in given if each.is_written]
    draws = [node for node in tape.mapped if node.op.random]
    random.refuse_others(draws)
    inputs = [each.input for each in given]
    changed = [each for each in changes if each.is_of_state]
    placed = [each.value for each in further if each.is_leaf and each not in inputs]
    outputs += further
    lies = row_by_row(tape, inputs)
    return Capture(inputs, outputs, result, updates, draws, replaced, changed, placed, lies)


@contextlib.contextmanager
def _lent(state: State, before: list[Any], handed: list[Any]) -> Iterator[None]:
    """Have a function find in the state what is `handed` for it; then, what it has put there."""
    try:
        state.lend(handed)
        yield
        handed[:] = state.taken(handed)
    finally:
        state.restore(before)


class _Given(NamedTuple):
    """An array among the arguments, its input, and the tensor that the function gets for it."""

    input: Node
    own: Any
    start: Node
    is_number: bool

    @property
    def is_written(self) -> bool:
        """Whether the tensor has other values now."""
        return self.own._node is not self.start and self.own._node is not None


def _handed_over(
    tape: Recording, f: Callable[..., Any], tree: Any, paths: Sequence[str]
) -> tuple[list[_Given], Any]:
    """Return the arrays in ``(args, kwargs, state)``, and a copy of it with tensors for them."""
    args, kwargs, state = tree
    names = argument_names(f, args, kwargs, zip(paths, state, strict=True))
    given: list[_Given] = []
    handed: list[Any] = []
    for name, (_, value) in zip(names, leaves(tree), strict=True):
        if not is_array(value):
            other = stand_in(value)
            handed.append(value if other is None else other)
            continue
        each = _given(value, getattr(value, "name", None) or name)
        tape.mapped |= {each.input: None, each.start: None}
        tape.forward.append(each.start)
        given.append(each)
        handed.append(each.own)
    return given, rebuild(tree, iter(handed))


def _given(value: Any, name: str | None) -> _Given:
    """Return what stands for an array: a second name for an input, so that it may be changed."""
    plain = value._value if isinstance(value, Recorded) else value
    if not isinstance(plain, np.generic):
        plain = np.asarray(plain)
        if plain.nbytes <= COPY_LIMIT or not plain.flags.c_contiguous:
            plain = plain.copy()  # which nobody else can change, and which lies row by row
    node = leaf(wrap(plain), name)
    again = proposed(alias, (node,), {}, plain.shape, plain.dtype)
    again.value = plain
    own = wrap(plain)
    own._node = again
    return _Given(node, own, again, isinstance(plain, np.generic))


def _replaced(
    changes: Sequence[Change], given: list[_Given], places: list[Steps], paths: Sequence[str]
) -> tuple[list[Entry], list[Node]]:
    """Return the entries of arguments that were replaced, and the results that go there."""
    # where each value comes from: the place of an argument, or the number of a result
    found: dict[int, int | Steps] = {
        id(each.own): where for each, where in zip(given, places, strict=True)
    }
    names = {where: each.input.name for each, where in zip(given, places, strict=True)}
    made: list[Node] = []

    def source(value: Any) -> int | Steps:
        if id(value) not in found:
            found[id(value)] = len(made)
            made.append(_result_node(value))
        return found[id(value)]

    entries = []
    for change in changes:
        entries.append(entry := entry_of(change, source))
        _, key = change.where[-1]
        if change.is_of_state and len(change.where) == 2:
            key = paths[key].rpartition(".")[2]
        key = names.get(change.where) or key
        if entry.structure == 0 and isinstance(key, str) and isinstance(entry.sources[0], int):
            node = made[entry.sources[0]]
            node.name = node.name or f"new_{key}"
    return entries, made


def _result_node(value: Any) -> Node:
    """Return the node of a result; a leaf with its value if it does not depend on arguments."""
    if isinstance(value, Recorded) and value._node is not None:
        return value._node
    made = value if isinstance(value, Tensor) else wrap(np.asarray(value))
    if made._value.dtype == object:
        raise TypeError(
            f"a compiled function returns arrays and numbers, in dicts, lists, tuples and "
            f"dataclasses, not a {type(value).__name__}, which would be the same one on every call"
        )
    node = leaf(made, None)
    assert node.op is LEAF
    return node
