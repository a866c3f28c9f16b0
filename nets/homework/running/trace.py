"""Watch a person's functions run: which name got which value, on which line, in which order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.reading.names import unmangled

__all__ = ["RETURNED", "Assigned", "Tracer"]

RETURNED = "return"
"""The name of what a function returns."""

_LARGE = 100_000
"""Arrays of more entries are not looked into for changes in place."""
_MANY, _NESTED = 64, 2
"""How large a container is looked into, and how deeply."""


@dataclass(frozen=True)
class Assigned:
    """One value that a name got.

    Attributes
    ----------
    name : str
        As it is written: ``dZ2``, ``grads['dW2']``, ``self.W1``, ``nabla_w[0]``.
    value : numpy.ndarray or Tensor
        A copy of an array; the Tensor itself.
    function : str
    line : int
    call : int
        Numbers the calls of functions, in order.
    given : bool
        Whether it is an argument of the call rather than something it made.
    """

    name: str
    value: Any
    function: str
    line: int
    call: int
    given: bool = False


class Tracer:
    """Collects assignments in functions of the given files while it is entered.

    Parameters
    ----------
    files : set of str
    """

    def __init__(self, files: set[str]) -> None:
        self.files = files
        self.found: list[Assigned] = []
        self._calls = 0

    def __enter__(self) -> Tracer:
        self._before = sys.gettrace()
        sys.settrace(self._enter)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        sys.settrace(self._before)

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:  # noqa: ARG002 - settrace's
        if frame.f_code.co_filename not in self.files or frame.f_code.co_name.startswith("<"):
            return None
        self._calls += 1
        state = _Call(self, frame, self._calls)
        return state.step


class _Call:
    """One call of a function, between two lines of which names may get values."""

    def __init__(self, tracer: Tracer, frame: FrameType, number: int) -> None:
        self.tracer, self.number = tracer, number
        self.function, self.line = frame.f_code.co_name, frame.f_lineno
        self.seen: dict[str, Any] = {}
        for name, value in _values(frame.f_locals):
            self.seen[name] = _mark(value)
            self._note(name, value, given=True)

    def step(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Note what has got a value since the last line."""
        if event in ("line", "return", "exception"):
            for name, value in _values(frame.f_locals):
                mark = _mark(value)
                if self.seen.get(name) != mark:
                    self.seen[name] = mark
                    self._note(name, value)
            self.line = frame.f_lineno
        if event == "return" and isinstance(argument, (np.ndarray, ag.Tensor)):
            self._note(RETURNED, argument)
        return self.step

    def _note(self, name: str, value: Any, given: bool = False) -> None:
        kept = value if isinstance(value, ag.Tensor) else np.array(value)
        self.tracer.found.append(Assigned(name, kept, self.function, self.line, self.number, given))


def _values(names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the numeric values among local names, and in the containers and objects they hold."""
    for name, value in list(names.items()):
        if name == "self" and hasattr(value, "__dict__"):
            for attribute, inner in list(vars(value).items()):
                name_of = unmangled(f"self.{attribute}", type(value).__name__)
                yield from _inside(name_of, inner)
        else:
            yield from _inside(name, value)


def _inside(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, (np.ndarray, ag.Tensor)):
        if isinstance(value, ag.Tensor) or value.dtype.kind in "fiubc":
            yield name, value
    elif isinstance(value, (np.floating, float)) and not isinstance(value, bool):
        yield name, value
    elif isinstance(value, (dict, list)) or (isinstance(value, tuple) and name.endswith("]")):
        if len(value) > _MANY or name.count("[") >= _NESTED:
            return
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in list(pairs):
            if isinstance(inner, (np.ndarray, np.floating, ag.Tensor, dict, list, tuple)):
                yield from _inside(f"{name}[{key!r}]", inner)


def _mark(value: Any) -> Any:
    """Return what differs as soon as a value is another, or has changed in place."""
    if isinstance(value, ag.Tensor):
        return id(value), id(value._node)
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes() if value.size <= _LARGE else id(value)
    return float(value)  # NumPy's own would be compared with an array's mark entry by entry
