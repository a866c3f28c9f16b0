"""Record the random numbers that a function draws with NumPy, so that a program draws them anew.

While a function is recorded, stand-ins take the places of the generators that it reads, and of the
functions of ``numpy.random``.  What they draw for the code of the user becomes an operation.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from autograd_mini.compile.reads import is_library
from autograd_mini.context import current
from autograd_mini.graph.node import Node
from autograd_mini.graph.tape import Recording
from autograd_mini.ops.operation import Op
from autograd_mini.recording.recorded import Recorded, wrap
from autograd_mini.tensor import Tensor

__all__ = ["DRAWN", "Draw", "drawing", "real", "stand_in"]

_SHARED: Any = np.random.mtrand._rand
"""What ``np.random.rand`` and others draw from."""
_PLAIN = {"shuffle", "spawn", "get_state", "set_state", "poisson_lam_max"}
"""What draws into an array that is there, or does not draw."""


class Draw:
    """One call that draws.

    Parameters
    ----------
    generator : numpy.random.Generator or numpy.random.RandomState
    method : str
    args, kwargs
        Of the call.
    """

    def __init__(
        self, generator: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.generator, self.method = generator, method
        self.args, self.kwargs = args, kwargs

    @property
    def is_shared(self) -> bool:
        """Whether it is a function of ``numpy.random``."""
        return self.generator is _SHARED

    def __call__(self) -> Any:
        """Draw."""
        return getattr(self.generator, self.method)(*self.args, **self.kwargs)


def _drawn(draw: Draw) -> Any:
    return draw()


DRAWN = Op("drawn", _drawn, "structured", ("nothing",), random=True, registered=False)
"""It has no operand; what it draws is its parameter ``draw``."""


def _recording() -> Recording | None:
    """Return the tape of the function that is being recorded in this thread."""
    return next((each for each in current().tapes if isinstance(each, Recording)), None)


def _noted(generator: Any, method: str, *args: Any, **kwargs: Any) -> Any:
    """Draw; as an operation where the code of a user draws an array while it is recorded."""
    draw = Draw(generator, method, args, kwargs)
    tape, caller = _recording(), sys._getframe(1)
    given = any(isinstance(each, Recorded) for each in (*args, *kwargs.values()))
    if tape is None or given or is_library(caller.f_globals.get("__name__")):
        return draw()
    value = draw()
    if value is not None and not isinstance(value, (np.ndarray, np.generic)):
        return value  # single precision takes Python's numbers otherwise than NumPy's
    array = np.asarray(0.0 if value is None else value)  # np.random.seed draws nothing
    node = object.__new__(Node)
    node.op, node.inputs, node.params, node.value = DRAWN, (), {"draw": draw}, array
    node.shape, node.dtype = array.shape, array.dtype
    node.name = node.extra = None
    node.scope, node.code, node.lasti = current().scope, caller.f_code, caller.f_lasti
    tape.mapped[node] = np.geterr()
    tape.forward.append(node)
    return None if value is None else wrap(Tensor, array, node)


def real(value: Any) -> Any:
    """Return what a stand-in stands for; anything else as it is."""
    stands = isinstance(value, (_Generator, _State))
    return object.__getattribute__(value, "_own") if stands else value


def stand_in(value: Any) -> Any:
    """Return what draws for a generator, or for a method of one; None if `value` is neither."""
    value = real(value)
    if isinstance(value, np.random.Generator):
        return _Generator(value)
    if isinstance(value, np.random.RandomState):
        return _State(value)
    owner, name = getattr(value, "__self__", None), getattr(value, "__name__", "_")
    if isinstance(owner, (np.random.Generator, np.random.RandomState)) and name not in _PLAIN:
        return functools.partial(_noted, owner, name)
    return None


def _method(self: Any, name: str) -> Any:
    """Return an attribute of the generator that another stands in for."""
    found = getattr(object.__getattribute__(self, "_own"), name)
    other = None if name.startswith("_") else stand_in(found)
    return found if other is None else other


class _Generator(np.random.Generator):
    """Stands in for a generator."""

    def __init__(self, own: np.random.Generator) -> None:
        super().__init__(own.bit_generator)
        self._own = own

    __getattribute__ = _method


class _State(np.random.RandomState):
    """Stands in for a generator of the old kind."""

    def __init__(self, own: np.random.RandomState) -> None:
        super().__init__(own._bit_generator)
        self._own = own

    __getattribute__ = _method


class _Functions:
    """Puts stand-ins in the places of the functions of ``numpy.random``, while anyone records."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recording = 0
        self._originals: dict[str, Any] = {}

    def start(self) -> None:
        with self._lock:
            if not self._recording:
                self._originals = {
                    name: value
                    for name, value in vars(np.random).items()
                    if name == "seed" or getattr(value, "__self__", None) is _SHARED
                }
                for name in self._originals.keys() - _PLAIN:
                    setattr(np.random, name, functools.partial(_noted, _SHARED, name))
            self._recording += 1

    def stop(self) -> None:
        with self._lock:
            self._recording -= 1
            if not self._recording:
                vars(np.random).update(self._originals)


_functions = _Functions()


@contextlib.contextmanager
def drawing(found: Iterable[tuple[Any, Any]]) -> Iterator[None]:
    """Put stand-ins where a function finds generators, while it is recorded.

    Parameters
    ----------
    found : iterable of (Place or None, object)
        What the function reads, and where.
    """
    replaced = []
    for place, value in found:
        other = stand_in(value)
        if place is not None and other is not None:
            replaced.append((place, value, other))
    _functions.start()
    try:
        for place, _, other in replaced:
            place.put(other)
        yield
    finally:
        for place, value, other in replaced:
            if place.now() is other:  # and not that of another thread, which records too
                place.put(value)
        _functions.stop()
