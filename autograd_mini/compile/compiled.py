"""``ag.compile``: record once, replay the program."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.compile.backends import Backend, backend_of
from autograd_mini.compile.capture import captured
from autograd_mini.compile.guards import Guard
from autograd_mini.compile.scalars import RAISES, scalar_source
from autograd_mini.context import current
from autograd_mini.differentiate.tree import leaves, rebuild
from autograd_mini.recorded import Recorded
from autograd_mini.rewrite.simplify import simplified
from autograd_mini.tensor import wrap

__all__ = ["CompiledFunction", "compile"]

Step = Callable[..., tuple[Any, ...]]


class _Replay:
    """One program, for arguments of certain shapes and dtypes.

    Programs own their buffers, so each call that runs at the same time needs a copy of its own.
    """

    def __init__(
        self, f: Callable[..., Any], args: Any, kwargs: dict[str, Any], backend: Backend
    ) -> None:
        capture = captured(f, args, kwargs)
        self.guard = Guard(f)
        self.structure = capture.structure
        self.updated = [capture.inputs.index(old) for old, _ in capture.updates]
        self._single = isinstance(capture.structure, Recorded)
        roots = [*capture.draws, *capture.outputs, *(new for _, new in capture.updates)]
        # First the better formulas, which need to see whole operations; then their parts.
        better = simplified(roots)
        lowered = simplified([better[node] for node in dict.fromkeys(roots)], further=backend.rules)
        final = {node: lowered[better[node]] for node in roots}
        outputs = [final[node] for node in capture.outputs]
        updates = [(old, final[new]) for old, new in capture.updates]
        program = backend.emit(
            capture.inputs, outputs, updates, [final[node] for node in capture.draws]
        )
        self.source, self._program = program.source, program
        self._build: Callable[..., Step] = _defined(program.source, "build")
        self._idle: list[Step] = [self._new()]
        scalar = None if updates or capture.draws else scalar_source(capture.inputs, outputs)
        self._on_floats: Step | None = None
        if scalar is not None:
            self.source, self._on_floats = scalar, _defined(scalar, "step")

    def _new(self) -> Step:
        return self._build(self._program.constants, self._program.kernels)

    def __call__(self, arrays: list[Any]) -> Any:
        """Run the program, and return what the function would."""
        results = self._results(arrays)
        if self._single:
            return wrap(results[0])
        return rebuild(self.structure, iter([wrap(each) for each in results]))

    def _results(self, arrays: list[Any]) -> Any:
        if self._on_floats is not None:
            try:
                numbers = self._on_floats(*[float(each) for each in arrays])
                return [np.float64(each) for each in numbers]
            except RAISES:
                pass  # NumPy has a value for it
        try:
            step = self._idle.pop()
        except IndexError:
            step = self._new()
        with np.errstate(all="ignore"):
            results = step(*arrays)
        self._idle.append(step)
        return results


def _defined(source: str, name: str) -> Any:
    """Return what emitted source defines under `name`."""
    made: dict[str, Any] = {}
    exec(source, made)
    return made[name]


class CompiledFunction:
    """A function that was recorded, and is replayed as a straight-line program.

    Attributes
    ----------
    source : str
        The program of the last call, for a person to read.
    """

    def __init__(self, f: Callable[..., Any], backend: str = "numpy") -> None:
        self._f, self._backend = f, backend_of(backend)
        self._replays: dict[Any, _Replay] = {}
        self._last: _Replay | None = None
        self._last_kinds: list[Any] | None = None
        functools.update_wrapper(self, f)

    @property
    def source(self) -> str:
        """The program of the last call."""
        if self._last is None:
            raise ValueError("nothing has been recorded yet: call the function first")
        return self._last.source

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program for these arguments; record it first if they are of a new kind."""
        settings = current()
        if settings.depth or settings.anomaly:
            return self._f(*args, **kwargs)  # it takes part in somebody else's recording
        found = None if kwargs else _arrays_of(args)
        if found is None:
            found = _anything_of((args, kwargs))
            if found is None:  # a recorded tensor: so is this call
                return self._f(*args, **kwargs)
        arrays, kinds = found
        same = kinds == self._last_kinds  # comparing is quicker than hashing
        replay = self._last if same else self._replays.get(tuple(kinds))
        if replay is None or not replay.guard.holds():
            replay = self._replays[tuple(kinds)] = _Replay(self._f, args, kwargs, self._backend)
        if replay.updated and _share_memory(arrays, replay.updated):
            return self._f(*args, **kwargs)  # what a program reads would have changed meanwhile
        self._last, self._last_kinds = replay, kinds
        return replay(arrays)


def _share_memory(arrays: list[Any], updated: list[int]) -> bool:
    """Return whether an array that is updated may overlap another."""
    distinct = len({id(each) for each in arrays}) == len(arrays)
    if distinct and all(each.base is None for each in arrays):
        return False
    spans = [
        (*np.lib.array_utils.byte_bounds(each), k in updated)
        for k, each in enumerate(arrays)
        if isinstance(each, np.ndarray) and each.size
    ]
    end, changing = 0, False  # of what reaches furthest
    for low, high, changes in sorted(spans):
        if low < end and (changes or changing):
            return True
        if high > end:
            end, changing = high, changes
    return False


Found = tuple[list[Any], list[Any]]
"""The arrays in arguments, and what must be the same for a program to fit."""


def _arrays_of(args: tuple[Any, ...]) -> Found | None:
    """Look through arguments that are arrays and dicts of arrays; None if there is more."""
    arrays: list[Any] = []
    kinds: list[Any] = []
    for each in args:
        if each.__class__ is np.ndarray:
            arrays.append(each)
            kinds += (each.shape, each.dtype)
        elif each.__class__ is dict:
            kinds.append(len(each))
            for name, value in each.items():
                if value.__class__ is not np.ndarray:
                    return None
                arrays.append(value)
                kinds += (name, value.shape, value.dtype)
        else:
            return None
    return arrays, kinds


def _anything_of(tree: Any) -> Found | None:
    """Look through any arguments; None if a recorded tensor is among them."""
    arrays: list[Any] = []
    kinds: list[Any] = []
    for path, value in leaves(tree):
        plain = value._value if isinstance(value, Recorded) else value
        if isinstance(value, Recorded) and value._node is not None:
            return None
        if isinstance(plain, (np.ndarray, np.generic)):
            arrays.append(plain)
            kinds.append((path, plain.shape, plain.dtype, isinstance(plain, np.generic)))
        else:
            kinds.append((path, type(plain), plain))
    return arrays, kinds


def compile(  # noqa: A001 - the name of the interface
    f: Callable[..., Any] | None = None, *, backend: str = "numpy"
) -> Any:
    """Return `f` compiled; also a decorator.

    Parameters
    ----------
    f : callable
        Takes and returns arrays, or containers of them.
    backend : {"numpy", "numba"}
        What the program calls: NumPy, or loops that numba compiles (extra ``numba``), which do
        in one pass over memory what NumPy does in several, and take seconds to compile.

    Returns
    -------
    CompiledFunction

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> step = ag.compile(ag.value_and_grad(lambda w, x: np.sum(np.tanh(w * x))))
    >>> step(np.array([0.0, 0.0]), np.array([1.0, 2.0]))
    (Tensor(0.), Tensor([1., 2.]))
    """
    if f is None:
        return functools.partial(compile, backend=backend)
    return CompiledFunction(f, backend)
