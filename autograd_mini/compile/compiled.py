"""Functions that were recorded once, and replay the program."""

from __future__ import annotations

import contextlib
import copy
import functools
import operator
import os
import sys
import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd_mini.compile.backends import Backend, backend_of
from autograd_mini.compile.calling.arguments import TEXT, anything_of, kinds_of, share_memory
from autograd_mini.compile.calling.entry import MISSED, defined, entry
from autograd_mini.compile.calling.names import parameters_of
from autograd_mini.compile.calling.putting import arrays_replaced, refuse_read_elsewhere
from autograd_mini.compile.calling.replaced import refuse_one_twice
from autograd_mini.compile.calling.state import NOTHING, State, is_tangled, refuse_shared
from autograd_mini.compile.capturing.capture import Capture
from autograd_mini.compile.capturing.recording import recording
from autograd_mini.compile.planning.lower import EARLY
from autograd_mini.compile.planning.scaling import with_rate_at_the_start
from autograd_mini.compile.planning.units import may_raise
from autograd_mini.compile.running.quiet import Step, quiet
from autograd_mini.compile.running.runner import ProgramError, Runner
from autograd_mini.compile.running.uncompiled import uncompiled
from autograd_mini.compile.watching.guards import Guard
from autograd_mini.compile.writing.program import Program
from autograd_mini.compile.writing.scalars import scalar_source
from autograd_mini.context import current
from autograd_mini.differentiate.tree import map_tree
from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Node
from autograd_mini.recording.recorded import Recorded
from autograd_mini.rewrite.losses import LOGISTIC
from autograd_mini.rewrite.simplify import lowered

__all__ = ["CompiledFunction"]


_LESSONS = 8
"""How often a program is taught to recognise calls, which takes as long as some calls do."""


class _Replay(Runner):
    """The program that a function has become for arguments of one kind."""

    def __init__(
        self,
        capture: Capture,
        guard: Guard,
        state: State,
        args: Any,
        kwargs: dict[str, Any],
        backend: Backend,
    ) -> None:
        self.guard, self.state = guard, state
        self.expected = kinds_of(args, kwargs)
        self._plan = plan = _planned(capture, backend)
        self._writer = backend.writer
        single = not (plan.updates or plan.draws)
        self.floats = scalar_source(plan.inputs, plan.outputs) if single else None
        super().__init__(
            self._build,
            defined(self.floats, "step") if self.floats else None,
            # without the values they had, and the graph
            map_tree(lambda each: each if isinstance(each, TEXT) else 0, capture.structure),
            isinstance(capture.structure, Recorded),
            [plan.inputs.index(old) for old, _ in plan.updates],
            capture.replaced,
            state.slots,
            retold=_may_be_caught(plan),
        )
        # an argument may be what the function also reads by another name, where it would see that
        gone = arrays_replaced(capture.replaced, (args, kwargs))
        self.changed = sorted({*self.updated, *gone})
        if guard.asks_which:  # they are different ones while it is recorded
            self.changed = [*range(len(plan.inputs))]
        self.row_by_row = capture.row_by_row
        self._lessons = _LESSONS
        self.learn(args, kwargs)

    def learn(self, args: Any, kwargs: dict[str, Any]) -> None:
        """Recognise calls like this one from now on, unless they are never alike."""
        if self._lessons:
            self._lessons -= 1
            alone, around = self.changed, self.guard.arrays
            self.replay = entry(
                args, kwargs, self.run, self.guard.holds, self.put,
                alone=alone, around=around, elsewhere=self.guard.containers,
                state=self.state, written=self.updated, row_by_row=self.row_by_row,
            )  # fmt: skip

    def would_miss_changes(self, arrays: list[Any], values: list[Any]) -> bool:
        """Return whether what the program reads may change while it runs, by another name."""
        if self.changed and share_memory([*arrays, *self.guard.arrays], self.changed):
            return True
        return bool(values) and is_tangled(values)

    def lies_otherwise(self, arrays: list[Any]) -> bool:
        """Return whether arrays lie in memory in another way than the program is for."""
        return not all(arrays[k].flags.c_contiguous for k in self.row_by_row)

    @functools.cached_property
    def program(self) -> Program:
        """The program, which need not be written as long as all are plain numbers."""
        return self._writer(*self._plan).emit()

    @property
    def source(self) -> str:
        """What runs."""
        return self.floats or self.program.source

    def _build(self) -> Step:
        program = self.program
        step: Step = defined(program.source, "build")(program.constants, program.kernels)
        return quiet(step, bool(program.kernels))

    def save(self, path: str | os.PathLike[str], f: Callable[..., Any]) -> None:
        """Write the program to a file."""
        if self.state:
            raise ValueError(
                f"the program changes or reads {self.state.paths[0]}, which the function was not "
                "given, and a file has no such object: save a function that takes it as an argument"
            )
        # what writing takes would slow down every import of the package
        from autograd_mini.compile.saved import write  # noqa: PLC0415

        write(
            path,
            f"{getattr(f, '__name__', type(f).__name__)}",
            {
                "source": self.program.source,
                "floats": self.floats,
                "constants": self.program.constants,
                "kernels": self.program.kernels,
                "expected": self.expected,
                "structure": self.structure,
                "single": self.single,
                "updated": self.updated,
                "row_by_row": self.row_by_row,
                "names": parameters_of(f),
                "replaced": self.replaced,
            },
        )


class _Plan(NamedTuple):
    inputs: Sequence[Node]
    outputs: Sequence[Node]
    updates: Sequence[tuple[Node, Node]]
    draws: Sequence[Node]
    order: Sequence[Node]


def _planned(capture: Capture, backend: Backend) -> _Plan:
    """Return what is to be computed, in the operations that the backend is good at."""
    roots = [*capture.draws, *capture.outputs, *(new for _, new in capture.updates)]
    better = lowered(roots, backend.rules, LOGISTIC, backend.whole, EARLY)
    final = dict(zip(roots, better, strict=True))
    outputs = [final[node] for node in capture.outputs]
    updates = [(old, final[new]) for old, new in capture.updates]
    draws = [final[node] for node in capture.draws]
    steps = [(new.first, new) for new in outputs if new.op.inputs and new.first in capture.inputs]
    order = topological([*draws, *outputs, *(new for _, new in updates)])
    cheaper = with_rate_at_the_start([*updates, *steps], [*draws, *outputs], order)
    if cheaper:
        outputs = [cheaper.get(node, node) for node in outputs]
        updates = [(old, cheaper.get(new, new)) for old, new in updates]
        order = topological([*draws, *outputs, *(new for _, new in updates)])
    return _Plan(capture.inputs, outputs, updates, draws, order)


def _may_be_caught(plan: _Plan) -> bool:
    """Return whether the function can be called after its program has raised.

    Nothing may have been written or drawn by then, which would be done once more.
    """
    if plan.draws:
        return False
    if not plan.updates:
        return True
    # powers of whole numbers are not waited for
    powers = any(node.op.name == "power" and node.dtype.kind in "iu" for node in plan.order)
    return not powers and any(map(may_raise, plan.order))


_KEPT = 16
"""Of how many kinds of arguments the programs are kept, which own buffers: the latest."""


class CompiledFunction:
    """A function that was recorded, and is replayed as a straight-line program.

    Attributes
    ----------
    source : str
        The program of the last call, for a person to read.
    """

    # Not in __dict__, which functools.wraps copies into whatever transforms this function.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_backend",
        "_f",
        "_last",
        "_plain",
        "_replays",
        "_states",
        "_times",
    )

    def __init__(self, f: Callable[..., Any], backend: str = "numpy") -> None:
        functools.update_wrapper(self, f)
        self._f, self._backend = f, backend_of(backend)
        self._replays: dict[Any, _Replay] = {}
        self._states: dict[Any, State] = {}  # what it changes beside arguments, by their kinds
        self._plain: dict[Any, Guard] = {}  # where a program would lose a gradient
        self._times = 0  # recorded
        self._last: _Replay | None = None

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Return the method of an instance: its programs are those for this first argument."""
        return self if instance is None else types.MethodType(self, instance)

    def __deepcopy__(self, memo: dict[int, Any]) -> CompiledFunction:
        """Return a copy for the copy of the object that it is a method of: with no programs yet."""
        f = copy.deepcopy(self._f, memo)
        return self if f is self._f else CompiledFunction(f, self._backend.name)

    def __copy__(self) -> CompiledFunction:
        return self

    def __reduce__(self) -> Any:
        """Pickle what was compiled, or where the decorated function is found; not the programs."""
        home, name = getattr(self._f, "__module__", ""), getattr(self._f, "__qualname__", "")
        with contextlib.suppress(AttributeError):
            if operator.attrgetter(name)(sys.modules.get(home)) is self:
                return name
        return CompiledFunction, (self._f, self._backend.name)

    def __repr__(self) -> str:
        name = getattr(self._f, "__qualname__", type(self._f).__name__)
        times = {0: "not yet recorded", 1: "recorded once"}
        return f"<compiled {name}, {times.get(n := self._times, f'recorded {n} times')}>"

    @property
    def source(self) -> str:
        """The program of the last call."""
        if self._last is None:
            raise ValueError("nothing has been recorded yet: call the function first")
        return self._last.source

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program of the last call to a file, as Python source.

        :func:`autograd_mini.load_compiled` gives it back, without the function it was made from:
        for arguments of these shapes and dtypes, with these values of everything that is not an
        array, and with what closures held.

        Parameters
        ----------
        path : path-like
            Ends in ``.py``.  Constants of more than 64 entries go into an ``.npz`` of the same
            name beside it.  A file that is there is replaced once the new one is complete.

        Raises
        ------
        ValueError
            If nothing has been called yet, or if something cannot be written as source: a random
            generator, an object that is no array, an operation made with ``ag.primitive``;
            or if it changes what is no argument, such as the attributes of its object.
        """
        if self._last is None:
            raise ValueError("nothing has been recorded yet: call the function first")
        self._last.save(path, self._f)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run the program for these arguments; record it first if they are of a new kind."""
        settings = current()
        if settings.depth or settings.anomaly:
            return uncompiled(self._f, args, kwargs)  # it takes part in somebody else's recording
        last = self._last
        if last is not None:
            try:
                result = last.replay(args, kwargs)
            except ProgramError:
                result = MISSED
            if result is not MISSED:
                return result
        call = _call(args, kwargs)
        if call is None:  # a recorded tensor: so is this call
            return uncompiled(self._f, args, kwargs)
        kind = call.key
        state = self._states.get(kind, NOTHING)
        whole = _with_state(call, state)
        replay = whole and self._replay(whole, state, call, args, kwargs)
        if replay is None:
            return uncompiled(self._f, args, kwargs, self._states.get(kind, NOTHING))
        if replay.state is not state:
            whole = _with_state(call, replay.state)
        assert whole is not None
        if replay is last:  # as it would be for tensors in the place of arrays
            replay.learn(args, kwargs)
        self._last = replay
        self._refuse_unfit(replay, whole, args, kwargs)
        missed = replay.would_miss_changes(whole.arrays, whole.values)
        if missed or replay.lies_otherwise(whole.arrays):
            return uncompiled(self._f, args, kwargs, replay.state)
        try:
            made = replay.run(*whole.arrays)
        except ProgramError:
            made = MISSED
        if made is MISSED:  # the function may catch that, or say it better
            return uncompiled(self._f, args, kwargs, replay.state)
        return replay.finished(args, kwargs, made)

    def _replay(
        self, whole: _Call, state: State, call: _Call, args: Any, kwargs: dict[str, Any]
    ) -> _Replay | None:
        """Return the program for a call; None if one could not stand for the function."""
        replay = self._replays.get(whole.key)
        if replay is not None and replay.state is state and replay.guard.holds():
            return replay
        plain = self._plain.get(whole.key)
        return None if plain and plain.holds() else self._record(call, state, args, kwargs)

    def _refuse_unfit(
        self, replay: _Replay, whole: _Call, args: Any, kwargs: dict[str, Any]
    ) -> None:
        """Raise if a program would write where it cannot, or where it would not be seen."""
        if replay.state:
            refuse_shared(args, kwargs, replay.state.paths, whole.values)
        if replay.replaced:
            given = (args, kwargs, whole.values)
            refuse_one_twice((args, kwargs), parameters_of(self._f))
            refuse_read_elsewhere(replay.replaced, given, replay.guard.containers)
        for k in replay.updated:
            if not whole.arrays[k].flags.writeable:
                raise ValueError("the compiled function writes into an array that is read-only")

    def _record(
        self, call: _Call, before: State, args: Any, kwargs: dict[str, Any]
    ) -> _Replay | None:
        """Return the program; None if one could not stand for the function."""
        capture, guard, state = recording(self._f, args, kwargs, before)
        if state:
            _keep(self._states, call.key, state)
        whole = _with_state(call, state)
        if capture is None or whole is None:
            if whole is not None:
                _keep(self._plain, whole.key, guard)
            return None
        replay = _Replay(capture, guard, state, args, kwargs, self._backend)
        self._times += 1
        if self._times == _KEPT:
            warnings.warn(
                f"{getattr(self._f, '__qualname__', 'a function')} was recorded {_KEPT} times, "
                "which takes longer than to call it uncompiled: pass numbers that change as "
                "np.float64(x), not as Python's own, arrays that change as arguments, and data in "
                "few shapes",
                stacklevel=4,
            )
        _keep(self._replays, whole.key, replay)
        return replay


class _Call(NamedTuple):
    arrays: list[Any]
    key: Any
    values: list[Any]


def _call(args: Any, kwargs: dict[str, Any]) -> _Call | None:
    """Return the arrays that a program gets, and what must be the same for it to fit.

    None if a tensor among them is recorded.
    """
    found = anything_of((args, kwargs))
    return found and _Call(found[0], tuple(found[1]), [])


def _with_state(call: _Call, state: State) -> _Call | None:
    """Return a call with what a state holds; None if a tensor among that is recorded."""
    if not state:
        return call
    values = state.values()
    found = anything_of(values)
    return found and _Call([*call.arrays, *found[0]], (call.key, tuple(found[1])), values)


def _keep(table: dict[Any, Any], key: Any, value: Any) -> None:
    """Put `value` last in `table`, and drop what has been there for long."""
    table.pop(key, None)
    table[key] = value
    for old in list(table)[:-_KEPT]:
        table.pop(old, None)
