"""While a function is recorded, stand in for what NumPy and Python do with arrays alone.

``isinstance`` and ``np.isscalar`` warn.  ``np.array``, ``np.full`` and ``np.take`` ask no tensor
before they make a plain array, which would have the values of one call: their stand-ins make a
tensor.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from autograd_mini.compile.watching.questions import asked, scalar
from autograd_mini.compile.watching.reads import is_library
from autograd_mini.functions.creation import array, as_array, full
from autograd_mini.functions.selection import take
from autograd_mini.recording.recorded import Recorded

__all__ = ["MAKING", "REPLACED", "StandIn", "standing_in"]


class StandIn:
    """Stands in for a function, and equals it, also as a key of a dict.

    Attributes
    ----------
    own : callable
        The function.
    """

    own: Callable[..., Any]

    def __eq__(self, other: object) -> bool:
        return bool(self.own == (other.own if isinstance(other, StandIn) else other))

    def __hash__(self) -> int:
        return hash(self.own)


class _Making(StandIn):
    """Stands in for what makes an array.

    Parameters
    ----------
    own : callable
        What NumPy has.
    of_tensors : callable
        What is called instead where code of a user hands over a tensor.
    position, name : int, str
        As which operand, that NumPy does not ask.
    """

    def __init__(
        self,
        own: Callable[..., Any],
        of_tensors: Callable[..., Any],
        position: int,
        name: str,
    ) -> None:
        functools.update_wrapper(self, own)  # modules imported meanwhile may ask for its name
        self.own, self._of_tensors = own, of_tensors
        self._position, self._name = position, name

    def __reduce__(self) -> str:
        return self.own.__name__  # by which modules are asked for it

    def __call__(self, *args: Any, **options: Any) -> Any:
        operand = options.get(self._name)
        if len(args) > self._position:
            operand = args[self._position]
        home = str(sys._getframe(1).f_globals.get("__name__"))
        if "like" in options or not _holds_unknown(operand) or is_library(home):
            return self.own(*args, **options)
        return self._of_tensors(*args, **options)


def _holds_unknown(value: Any) -> bool:
    """Return whether there is a tensor, or a list of some, whose values nobody may look at."""
    if isinstance(value, (list, tuple)):
        return any(map(_holds_unknown, value))
    return isinstance(value, Recorded) and value._is_example()


_MADE: dict[str, Any] = {
    "array": _Making(np.array, array, 0, "object"),
    "asarray": _Making(np.asarray, as_array, 0, "a"),
    "asanyarray": _Making(np.asanyarray, as_array, 0, "a"),
    "full": _Making(np.full, full, 1, "fill_value"),
    "take": _Making(np.take, take, 1, "indices"),
}
MAKING = {id(each.own): each for each in _MADE.values()}
"""The stand-ins for functions that make arrays, by the identity of these, which they keep."""
_INSTEAD = {"isscalar": scalar, **_MADE}
_OWN = {name: getattr(np, name) for name in _INSTEAD}
REPLACED = _INSTEAD.keys()
"""What functions of NumPy are others while anyone records."""


def _exchange(there: dict[str, Any], others: dict[str, Any]) -> None:
    """Put others in the place of functions of NumPy, but for what users have put there."""
    home = vars(np)
    home.update((name, others[name]) for name, value in there.items() if home[name] is value)


class _Modules:
    """Puts stand-ins among the globals of functions, and into NumPy, while anyone records."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users: dict[int, int] = {}  # how many record functions with these globals
        self._recording = 0

    def start(self, found: list[dict[str, Any]]) -> None:
        with self._lock:
            self._recording += 1
            _exchange(_OWN, _INSTEAD)
            for names in found:
                self._users[id(names)] = self._users.get(id(names), 0) + 1
                names.setdefault("isinstance", asked)

    def stop(self, found: list[dict[str, Any]]) -> None:
        with self._lock:
            self._recording -= 1
            if not self._recording:
                _exchange(_INSTEAD, _OWN)
            for names in found:
                self._users[id(names)] -= 1
                if not self._users[id(names)]:
                    del self._users[id(names)]
                    if names.get("isinstance") is asked:
                        del names["isinstance"]


_modules = _Modules()


@contextlib.contextmanager
def standing_in(found: Iterable[dict[str, Any]]) -> Iterator[None]:
    """Have others answer for tensors while a function is recorded.

    Parameters
    ----------
    found : iterable of dict
        The globals of functions that ask ``isinstance``.
    """
    places = list(found)
    _modules.start(places)
    try:
        yield
    finally:
        _modules.stop(places)
