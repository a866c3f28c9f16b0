"""Record a function so that its program may be trusted: nothing it reads changes meanwhile."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from autograd_mini.compile.calling.arguments import is_array, objects_in, share_memory
from autograd_mini.compile.calling.names import parameters_of
from autograd_mini.compile.calling.places import Held
from autograd_mini.compile.calling.replaced import CannotReplaceError, refuse_number
from autograd_mini.compile.calling.state import NOTHING, State, is_tangled, refuse_shared, state_in
from autograd_mini.compile.capturing.capture import Capture, captured
from autograd_mini.compile.watching.drawing import drawing
from autograd_mini.compile.watching.guards import Guard
from autograd_mini.compile.watching.stand_ins import standing_in
from autograd_mini.compile.watching.surroundings import Surroundings
from autograd_mini.differentiate.tree import leaves
from autograd_mini.errors import DataDependentError

__all__ = ["Known", "recording"]


class Known(NamedTuple):
    """What is known of a function once it has been recorded.

    Attributes
    ----------
    capture : Capture or None
        What it does.  None where a program could not stand for it: it reads tensors that are
        recorded, whose gradient a program would not know, or its state is tangled.
    guard : Guard
        Of what it reads.
    state : State
        What it changes beside its arguments.
    """

    capture: Capture | None
    guard: Guard
    state: State


def recording(
    f: Callable[..., Any], args: Any, kwargs: dict[str, Any], before: State = NOTHING
) -> Known:
    """Return what `f` does, reads and changes.

    Parameters
    ----------
    f : callable
    args, kwargs
        Its arguments.
    before : State
        What it has changed before, for arguments like these.

    Raises
    ------
    DataDependentError
        If `f` looks at values, reads what cannot be watched, or changes what no program can.
    ValueError
        If it changes its state in a way that no program can.
    """
    recorder = _Recorder(f, args, kwargs)
    if before:
        return recorder.with_state(before)
    refusal: Exception | None = None
    try:
        found = recorder.without_state()
        if found is not None:
            return found
    except Exception as error:  # noqa: BLE001 - such as that of an array which takes no result
        refusal = error
    try:
        if refusal is not None and not recorder.has_state():
            raise refusal
        found = _with_state(recorder, looks=isinstance(refusal, DataDependentError))
        if found is None:
            assert refusal is not None
            raise refusal
        return found
    finally:
        refusal = None  # its traceback holds this frame, and what the function has made


def _with_state(recorder: _Recorder, *, looks: bool) -> Known | None:
    """Return what is known of a function that gets its state like an argument.

    None if that is refused, too, and it `looks` at values, whatever they belong to; unless it only
    did where it wrote into an array, and could be compiled but for what it changes.
    """
    try:
        return recorder.with_state(NOTHING)
    except CannotReplaceError:
        raise
    except Exception:
        if looks:
            return None
        raise


class _Recorder:
    """Records one function for one call.

    Parameters
    ----------
    f : callable
    args, kwargs
        Its arguments.
    """

    def __init__(self, f: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> None:
        self._f, self._args, self._kwargs = f, args, kwargs
        names = [*parameters_of(f)[: len(args)]]
        names += [f"args[{k}]" for k in range(len(names), len(args))]
        given = [*zip(names, args, strict=True), *kwargs.items()]
        self._others = [
            found for name, each in given for found in leaves(each, name) if not is_array(found[1])
        ]
        self._others += [
            (path, Held(container))
            for name, each in given
            for path, container in objects_in(each, name)
        ]
        self._changed: set[Any] = set()  # places

    def without_state(self) -> Known | None:
        """Return what is known if all that the function reads is compared before each call.

        None if it changes that, which is put back.
        """
        guards: list[Guard] = []
        try:
            # Twice if it has filled what it will find there the next time, like a table of results.
            while not guards or (len(guards) < 2 and guards[-1].has_grown()):
                around = Surroundings(self._f, self._others)
                if not guards:
                    _warn_of_types(around)
                guards.append(Guard(around))
                if guards[-1].tracked:
                    capture = None
                    break
                capture = self._captured(around, NOTHING)
                _refuse_placed(capture, guards[-1])
            # what it has left behind on the way to a tensor is no gradient of anybody's
            changing = guards[0 if guards[-1].tracked else -1]
            self._changed = changing.changed_places()
            if not self._changed:
                changing.refuse_changes()
                return Known(capture, guards[-1], NOTHING)
            _restore(guards)
            return None
        except BaseException:
            _restore(guards)
            raise
        finally:
            for guard in guards:
                guard.unlock()

    def has_state(self) -> bool:
        """Return whether the function reads arrays that it may change."""
        around = Surroundings(self._f, self._others)
        return len(state_in(around.found, around.fixed, ())) > 0

    def with_state(self, before: State) -> Known:
        """Return what is known if the function gets what it changes like an argument."""
        self._changed |= before.places
        may_grow = True  # once, as without a state
        while True:
            around = Surroundings(self._f, self._others)
            state = state_in(around.found, around.fixed, self._changed)
            refuse_shared(self._args, self._kwargs, state.paths, state.values())
            guard = Guard(around, state)
            if state.places == before.places:
                state = before  # whose programs may be replayed again
            try:
                if guard.tracked or is_tangled(state.values()):
                    return Known(None, guard, state)
                capture = self._captured(around, state)
                _refuse_placed(capture, guard)
                changed = guard.changed_places()
                if changed <= self._changed:
                    if may_grow and guard.has_grown():
                        may_grow = False
                        continue
                    guard.refuse_changes()
                    self._refuse_counting(around, state, capture)
                    return Known(capture, guard, state)
                self._changed |= changed
                guard.restore()
            except BaseException:
                guard.restore()
                raise
            finally:
                guard.unlock()

    def _captured(self, around: Surroundings, state: State) -> Capture:
        found = ((each.place, each.value) for each in around.found)
        with drawing(found), standing_in(around.asking.values()):
            return captured(
                self._f, self._args, self._kwargs, around.generators, bool(around.tables), state
            )

    def _refuse_counting(self, around: Surroundings, state: State, capture: Capture) -> None:
        """Raise if a number of Python's would be another after each call, not only after this one.

        ``self.m = X.shape[1]`` is the same after the next call, ``self.t += 1`` is not.
        """
        numbers = [each for each in capture.changed if each.is_number]
        if not numbers:
            return
        again = set()
        try:
            for each in numbers:
                state.put(each.where, each.new)
            with contextlib.suppress(Exception):  # the next call will see about that
                changed = self._captured(around, state).changed
                again = {each.where for each in changed if each.is_number}
        finally:
            for each in numbers:
                state.put(each.where, each.old)
        for each in numbers:
            if each.where in again:
                refuse_number(each, parameters_of(self._f), state.paths)


def _refuse_placed(capture: Capture, guard: Guard) -> None:
    """Raise if a function puts an array that it reads elsewhere: a program would put a copy."""
    if share_memory([*capture.placed, *guard.arrays], [*range(len(capture.placed))]):
        raise CannotReplaceError(
            "the compiled function puts an array that it reads by itself into something that it "
            "changes, and a program would put a copy there: write x.copy()"
        )


def _restore(guards: list[Guard]) -> None:
    for guard in reversed(guards):
        guard.restore()


def _warn_of_types(around: Surroundings) -> None:
    """Warn where a function asks for the type of arrays, which are tensors while it is recorded."""
    for name, (x, kind) in around.asking_type.items():
        warnings.warn(
            f"{name} compares type({x}) with np.{kind}, which is not that of the tensors that a "
            f"compiled function is recorded with: ask isinstance({x}, (np.{kind}, ag.Tensor)), or "
            f"for np.ndim({x})",
            stacklevel=7,
        )
