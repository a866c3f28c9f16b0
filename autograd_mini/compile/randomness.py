"""Notice random numbers that are drawn while a function is recorded."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd_mini.errors import DataDependentError

__all__ = ["RandomState"]


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

    def rewind(self) -> None:
        """Put every generator back to where it was."""
        for (_, write), state in zip(self._watched, self._before, strict=True):
            write(state)

    def refuse_others(self, draw_again: Callable[[], None]) -> None:
        """Raise if anything but the operations that `draw_again` repeats has drawn."""
        after = self._states()
        self.rewind()
        draw_again()
        if not _same_state(self._states(), after):
            raise DataDependentError(
                "the function draws random numbers while it is being compiled, and the "
                "program would use the same ones for ever: use ag.dropout, or draw outside and "
                "pass the numbers as an argument"
            )
        self.rewind()


def _same_state(one: Any, other: Any) -> bool:
    """Return whether two states of generators, which are nested containers, are equal."""
    if isinstance(one, dict):
        return all(_same_state(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return all(_same_state(a, b) for a, b in zip(one, other, strict=True))
    return bool(np.array_equal(one, other))


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
    bits = generator.bit_generator
    return lambda: bits.state, lambda state: setattr(bits, "state", state)
