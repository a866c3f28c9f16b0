"""While a function is recorded, stand in for what NumPy and Python do with arrays alone.

``isinstance`` and ``np.isscalar`` warn.  ``np.array`` and ``np.asarray`` ask no tensor before they
make a plain array, which would have the values of one call: their stand-ins make a tensor.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from autograd_mini.compile.watching.questions import asked, scalar
from autograd_mini.compile.watching.reads import is_library
from autograd_mini.functions.creation import array, as_array
from autograd_mini.protocols import implements
from autograd_mini.recording.recorded import Recorded

__all__ = ["standing_in"]


def _holds_unknown(value: Any) -> bool:
    """Return whether there is a tensor, or a list of some, whose values nobody may look at."""
    if isinstance(value, (list, tuple)):
        return any(map(_holds_unknown, value))
    return isinstance(value, Recorded) and value._is_example()


def _making(make: Callable[..., Any], of_tensors: Callable[..., Any]) -> Callable[..., Any]:
    """Return `make`, but `of_tensors` where code of a user hands over such a tensor."""

    def made(*args: Any, **options: Any) -> Any:
        if "like" in options or not args or not _holds_unknown(args[0]):
            return make(*args, **options)
        home = str(sys._getframe(1).f_globals.get("__name__"))
        return (make if is_library(home) else of_tensors)(*args, **options)

    implements(made)(of_tensors)  # where ``like=`` asks for the function that NumPy has
    return made


_OWN: dict[str, Any] = {name: getattr(np, name) for name in ("isscalar", "array", "asarray")}
_INSTEAD = {
    "isscalar": scalar,
    "array": _making(np.array, array),
    "asarray": _making(np.asarray, as_array),
}


class _Modules:
    """Puts stand-ins among the globals of functions, and into NumPy, while anyone records."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users: dict[int, int] = {}  # how many record functions with these globals
        self._recording = 0

    def start(self, found: list[dict[str, Any]]) -> None:
        with self._lock:
            self._recording += 1
            vars(np).update(_INSTEAD)
            for names in found:
                self._users[id(names)] = self._users.get(id(names), 0) + 1
                names.setdefault("isinstance", asked)

    def stop(self, found: list[dict[str, Any]]) -> None:
        with self._lock:
            self._recording -= 1
            if not self._recording:
                vars(np).update(_OWN)
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
