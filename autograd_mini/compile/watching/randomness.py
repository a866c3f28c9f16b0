"""Notice random numbers that are drawn while a function is recorded."""

from __future__ import annotations

import contextlib
import random
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_mini.compile.watching.drawing import CANNOT
from autograd_mini.errors import DataDependentError
from autograd_mini.graph.node import Node

__all__ = ["RandomState", "refusing_unseeded"]

_FROM_SYSTEM: Any = np.random.bit_generator
"""The module whose function ``randbits`` gives NumPy's generators what they are not seeded with."""


class _Seeding:
    """Notices generators that are made without a seed, under whatever name, while anyone records.

    Both NumPy and Python look up the function that seeds a generator each time they make one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recording: dict[int, bool] = {}  # by thread: whether it has made one
        self._originals: tuple[Any, Any] = (None, None)

    def start(self) -> bool:
        """Watch this thread; return whether it was not watched yet."""
        with self._lock:
            if threading.get_ident() in self._recording:
                return False
            if not self._recording:
                self._replace()
            self._recording[threading.get_ident()] = False
            return True

    def stop(self) -> bool:
        """Return whether this thread has made a generator without a seed since it started."""
        with self._lock:
            found = self._recording.pop(threading.get_ident())
            if not self._recording:
                _FROM_SYSTEM.randbits, random.Random.seed = self._originals  # type: ignore[method-assign]
            return found

    def _replace(self) -> None:
        randbits, seed = self._originals = _FROM_SYSTEM.randbits, random.Random.seed

        def noted_randbits(count: int) -> Any:
            self._note()
            return randbits(count)

        def noted_seed(generator: Any, a: Any = None, version: int = 2) -> None:
            if a is None:
                self._note()
            seed(generator, a, version)

        _FROM_SYSTEM.randbits, random.Random.seed = noted_randbits, noted_seed  # type: ignore[method-assign,assignment]

    def _note(self) -> None:
        """Note it, unless an operation of the engine makes the generator, as it will each time."""
        maker = sys._getframe(2).f_globals.get("__name__", "")
        own = maker.partition(".")[0] == "autograd_mini"
        if threading.get_ident() in self._recording and not own:
            self._recording[threading.get_ident()] = True


_seeding = _Seeding()


@contextlib.contextmanager
def refusing_unseeded() -> Iterator[None]:
    """Raise after a block that makes a generator of random numbers without a seed.

    Its numbers are new each time the block runs, and a program would repeat them for ever.
    """
    first = _seeding.start()
    found = False
    try:
        yield
    finally:
        if first:
            found = _seeding.stop()
    if found:
        raise DataDependentError(
            "the function makes a generator of random numbers without a seed while it is being "
            "compiled, and the program would use the same numbers for ever: pass it as an "
            "argument, or make it with np.random.default_rng(seed) (copies of generators, and "
            "np.random.RandomState whatever its seed, begin without one)"
        )


class RandomState:
    """Notices random numbers that were drawn, which a program would repeat for ever.

    Parameters
    ----------
    generators : iterable
        Those that are watched, beside the global ones of NumPy and Python.
    """

    def __init__(self, generators: Iterable[Any]) -> None:
        shared = np.random.mtrand._rand  # which np.random.normal and others draw from
        self._watched = [
            _access(shared),
            (random.getstate, random.setstate),
            *map(_access, generators),
        ]
        self._before = self._states()

    def _states(self) -> list[Any]:
        return [read() for read, _ in self._watched]

    @contextlib.contextmanager
    def rewinding_errors(self) -> Iterator[None]:
        """Put every generator back to where it was if a block raises: it may be run again."""
        try:
            yield
        except BaseException:
            if not all(map(_same_state, self._before, self._states())):
                self.rewind()
            raise

    def rewind(self) -> None:
        """Put every generator back to where it was."""
        for (_, write), state in zip(self._watched, self._before, strict=True):
            write(state)

    def refuse_others(self, draws: Sequence[Node]) -> None:
        """Raise if anything but the operations `draws`, done again, has drawn."""
        after = self._states()
        if not draws and all(map(_same_state, self._before, after)):
            return  # and nothing is written, which other threads may draw from
        self.rewind()
        for node in draws:
            draw = node.params.get("draw")
            if draw and draw.before and not _same_state(_access(draw.generator)[0](), draw.before):
                raise DataDependentError(CANNOT)
            node.op.kernel(*(np.zeros(np.shape(each)) for each in node.inputs), **node.params)
        if not all(map(_same_state, self._states(), after)):
            raise DataDependentError(CANNOT)
        self.rewind()


def _same_state(one: Any, other: Any) -> bool:
    """Return whether two states are equal: dicts of dicts, arrays, and (tuples of) numbers."""
    if isinstance(one, dict):
        return all(_same_state(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray):
        return bool((one == other).all())
    return bool(one == other)


def _access(generator: Any) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """Return how to read and to write the state of a generator."""
    if isinstance(generator, random.SystemRandom):
        raise DataDependentError(
            "the function cannot be compiled: it uses random.SystemRandom, which cannot be replayed"
        )
    if isinstance(generator, random.Random):
        return generator.getstate, generator.setstate
    if isinstance(generator, np.random.RandomState):
        return lambda: generator.get_state(legacy=False), generator.set_state
    bits = getattr(generator, "bit_generator", generator)
    return lambda: bits.state, lambda state: setattr(bits, "state", state)
