"""Keep a network in a file while it is trained, and keep out of it what training has spoilt."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

__all__ = ["Checkpoint"]

_HOPELESS = 1000.0


class Checkpoint:
    """The file that training is saved to, now and then and at the end.

    A run that is about to diverge looks like any other until its cost overflows.  So while there
    is more to come, only what costs no more than the network that the run began with takes the
    place of the file.

    Parameters
    ----------
    write : callable
        Writes the network as it is now.
    cost : callable
        Returns the cost of the network as it is now, on all training data.

    Examples
    --------
    >>> costs = iter([0.7, 0.8, 0.6])
    >>> checkpoint = Checkpoint(lambda: print("written"), lambda: next(costs))
    >>> checkpoint.keep()
    >>> checkpoint.keep()
    written
    """

    def __init__(self, write: Callable[[], None], cost: Callable[[], float]) -> None:
        self._write, self._cost = write, cost
        self._first = self._now()

    def _now(self) -> float:
        with np.errstate(all="ignore"):  # a cost that overflows shows itself
            return self._cost()

    def keep(self) -> None:
        """Write the network if it is none the worse for its training so far."""
        if self._now() <= self._first:  # False for NaN
            self._write()

    def finish(self) -> bool:
        """Write the network that training ended with, and return whether it is fit to be kept.

        To end somewhat worse than one began is a result; to end with a cost a thousand times that
        of the beginning, or that of no training at all, is none.
        """
        cost = self._now()
        fit = math.isfinite(cost) and cost <= _HOPELESS * max(1.0, self._first)
        if fit:
            self._write()
        return fit
