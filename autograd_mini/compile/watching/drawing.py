"""Record the random numbers that a function draws with NumPy, so that a program draws them anew.

While a function is recorded, stand-ins take the places of the generators that it reads, and of the
functions of ``numpy.random``.  What they draw for the code of the user becomes an operation.
"""

from __future__ import annotations

import contextlib
import copy
import sys
import threading
import weakref
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any

import numpy as np

from autograd_mini.compile.calling.places import Place
from autograd_mini.compile.watching.reads import is_library
from autograd_mini.compile.watching.stand_ins import MAKING, StandIn
from autograd_mini.context import current
from autograd_mini.errors import DataDependentError
from autograd_mini.graph.node import Node
from autograd_mini.graph.tape import Recording
from autograd_mini.ops.operation import Op
from autograd_mini.recording.recorded import Recorded, wrap
from autograd_mini.tensor import Tensor

__all__ = ["CANNOT", "DRAWN", "Draw", "drawing", "real", "stand_in"]

CANNOT = (
    "the function draws random numbers in a way that a program cannot repeat, and would use the "
    "same ones for ever: draw arrays with NumPy, as in rng.random(x.shape) or rng.random(()), from "
    "a generator that is an argument, a variable or an attribute; or draw outside and pass the "
    "numbers as an argument"
)
_OF_TENSORS = (
    "the function draws random numbers by what it has computed or was given as arrays; a program "
    "draws with plain numbers, and computes with what it has drawn: write mu + sigma * "
    "rng.standard_normal(shape) for rng.normal(mu, sigma, shape), rng.random(shape) < p for "
    "rng.binomial(1, p, shape), x[rng.permutation(len(x))] for rng.permutation(x)"
)
_SHARED: Any = np.random.mtrand._rand
"""What ``np.random.rand`` and others draw from."""
_FUNCTIONS = {"seed": "seed", "sample": "random_sample", "ranf": "random_sample"} | {
    name: name
    for name, value in vars(np.random).items()
    if getattr(value, "__self__", None) is _SHARED
}
"""The functions of ``numpy.random``, and the methods of `_SHARED` that they call."""
_OTHERS = {"spawn", "get_state", "poisson_lam_max", "bit_generator"}
"""What does not draw, and is refused where it would matter."""
_UNREPEATED = {"shuffle", "set_state", "bytes"}
_NUMERIC = frozenset("biufc")


class Draw:
    """One call that draws, or seeds.

    Parameters
    ----------
    generator : numpy.random.Generator or numpy.random.RandomState
    method : str
    args, kwargs
        Of the call; copied, since the user may change them later.

    Attributes
    ----------
    before : object
        The state of the generator, where it is about to be seeded and that would be lost.
    """

    def __init__(
        self, generator: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.generator, self.method = generator, method
        self.args, self.kwargs = copy.deepcopy((args, kwargs))
        self.before = generator.get_state(legacy=False) if method == "seed" else None

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


def _called(
    generator: Any, method: str, caller: FrameType, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Draw; as an operation where the code of a user draws an array while it is recorded.

    Raises
    ------
    DataDependentError
        If a program could not repeat it; for code of others, that is raised once the function has
        returned.
    """
    tape, plain = _recording(), getattr(generator, method)
    home = str(caller.f_globals.get("__name__"))
    if tape is None or home.partition(".")[0] == "autograd_mini":
        return plain(*args, **kwargs)
    if tape.cached or is_library(home) or _is_in_operation(caller):
        tape.refused = tape.refused or DataDependentError(CANNOT)
        return plain(*args, **kwargs)
    given = (*args, *kwargs.values())
    if any(isinstance(each, Recorded) for each in given):
        _refuse(tape, _OF_TENSORS)
    if kwargs.get("out") is not None:
        _refuse(tape)
    draw = Draw(generator, method, args, kwargs)
    value = None if method in _UNREPEATED else draw()
    # Single precision takes Python's numbers otherwise than NumPy's; text cannot be recorded.
    if method != "seed" and getattr(getattr(value, "dtype", None), "kind", "") not in _NUMERIC:
        _refuse(tape)
    return _noted(tape, draw, value, caller)


def _refuse(tape: Recording, why: str = CANNOT) -> None:
    error = DataDependentError(why)
    tape.refused = tape.refused or error
    raise error


def _is_in_operation(frame: FrameType | None) -> bool:
    """Return whether code runs as an operation, or as a rule of one, that users have made."""
    while frame is not None:
        home = str(frame.f_globals.get("__name__"))
        if home.partition(".")[0] == "autograd_mini":
            return home.endswith((".primitive", ".recording.record", ".recording.usual"))
        frame = frame.f_back
    return False


def _noted(tape: Recording, draw: Draw, value: Any, caller: FrameType) -> Any:
    """Return what was drawn as a tensor of the tape."""
    known = 0.0 if value is None else value  # seeding draws nothing
    node = object.__new__(Node)
    node.op, node.inputs, node.params, node.value = DRAWN, (), {"draw": draw}, known
    node.shape, node.dtype = np.shape(known), np.asarray(known).dtype
    node.name = node.extra = None
    node.scope, node.code, node.lasti = current().scope, caller.f_code, caller.f_lasti
    tape.mapped[node] = None
    tape.forward.append(node)
    return None if value is None else wrap(Tensor, value, node)


# -- what stands in the place of generators ------------------------------------------------------


class _Method(StandIn):
    """Stands in for a method of a generator, or a function of ``numpy.random``."""

    def __init__(self, own: Any, generator: Any, name: str) -> None:
        self.own, self._generator, self._name = own, generator, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _called(self._generator, self._name, sys._getframe(1), args, kwargs)


def _attribute(self: Any, name: str) -> Any:
    """Return an attribute of the generator that another stands in for."""
    own = object.__getattribute__(self, "_own")
    found = getattr(own, name)
    if name.startswith("_") or name in _OTHERS or not callable(found):
        return found
    return _Method(found, own, name)


class _Same:
    """What equals what it stands for, also as a key of a dict."""

    def __eq__(self, other: object) -> bool:
        return real(other) is real(self)

    def __hash__(self) -> int:
        return hash(real(self))


class _Generator(_Same, np.random.Generator):
    """Stands in for a generator."""

    def __init__(self, own: np.random.Generator) -> None:
        super().__init__(own.bit_generator)
        self._own = own

    __getattribute__ = _attribute


class _State(_Same, np.random.RandomState):
    """Stands in for a generator of the old kind."""

    def __init__(self, own: np.random.RandomState) -> None:
        super().__init__(own._bit_generator)
        self._own = own

    __getattribute__ = _attribute


_stand_ins: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
"""By the identity of what they stand for, which they keep: one generator is one generator."""


def real(value: Any) -> Any:
    """Return what a stand-in stands for; anything else as it is."""
    if isinstance(value, (_Generator, _State)):
        return object.__getattribute__(value, "_own")
    return value.own if isinstance(value, StandIn) else value


def stand_in(value: Any) -> Any:
    """Return what stands in for a generator, a method of one or what makes arrays; else None.

    For a tuple, such as the defaults of a function, one with stand-ins for what is in it.
    """
    value = real(value)
    usual = _OF_SHARED.get(id(value)) or MAKING.get(id(value))
    if usual is not None:
        return usual
    if type(value) is tuple:
        others = [stand_in(each) for each in value]
        found = any(each is not None for each in others)
        pairs = zip(value, others, strict=True)
        return tuple(v if other is None else other for v, other in pairs) if found else None
    kind = _KINDS.get(type(value))
    if kind is not None:
        if id(value) not in _stand_ins:
            _stand_ins[id(value)] = made = kind(value)
            return made
        return _stand_ins[id(value)]
    # of methods only: other objects may have an answer, or an error of their own, for any name
    owner = value.__self__ if hasattr(type(value), "__self__") else None
    if type(owner) in _KINDS and value.__name__ not in _OTHERS:
        return _Method(value, owner, value.__name__)
    return None


_OF_SHARED = {
    id(value): _Method(value, _SHARED, method)
    for name, method in _FUNCTIONS.items()
    for value in [getattr(np.random, name)]
}
"""The stand-ins of the functions of ``numpy.random``, by the identity of these, which they keep."""
_KINDS = {np.random.Generator: _Generator, np.random.RandomState: _State}


class _Functions:
    """Puts stand-ins in the places of the functions of ``numpy.random``, while anyone records."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recording = 0
        self._originals: dict[str, Any] = {}

    def start(self) -> None:
        with self._lock:
            if not self._recording:
                home = vars(np.random)
                self._originals = {name: home[name] for name in _FUNCTIONS}
                for name, value in self._originals.items():
                    other = _OF_SHARED.get(id(value)) or stand_in(value)
                    if other is not None:  # as for what a user has put there
                        home[name] = other
            self._recording += 1

    def stop(self) -> None:
        with self._lock:
            self._recording -= 1
            if not self._recording:
                vars(np.random).update(self._originals)


class _Places:
    """Puts stand-ins into the places where functions find what these stand for.

    They stay there while anyone records a function that finds it there.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users: dict[Any, int] = {}  # how many there are, by the identity of a place
        self._there: dict[Any, Any] = {}  # the stand-in, by the same

    def start(self, place: Place, other: Any) -> bool:
        """Return whether a stand-in is there now: what cannot be changed takes none."""
        with self._lock:
            if place.identity not in self._users:
                try:
                    place.put(other)
                except (AttributeError, TypeError):
                    return False
                self._there[place.identity] = other
            self._users[place.identity] = self._users.get(place.identity, 0) + 1
            return True

    def stop(self, place: Place, value: Any) -> None:
        """Put `value` back, unless something else has come there, once nobody else records."""
        with self._lock:
            self._users[place.identity] -= 1
            if not self._users[place.identity]:
                del self._users[place.identity]
                if place.now() is self._there.pop(place.identity):
                    place.put(value)


_functions, _places = _Functions(), _Places()


@contextlib.contextmanager
def drawing(found: Iterable[tuple[Any, Any]]) -> Iterator[None]:
    """Put stand-ins where a function finds generators, while it is recorded.

    Parameters
    ----------
    found : iterable of (Place or None, object)
        What the function reads, and where.
    """
    replaced = []
    _functions.start()
    try:
        for place, value in found:
            other = None if place is None else stand_in(value)
            if other is not None and _places.start(place, other):
                replaced.append((place, value))
        yield
    finally:
        for each in replaced:
            _places.stop(*each)
        _functions.stop()
