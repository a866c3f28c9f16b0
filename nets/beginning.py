"""What an epoch began with, to go back to where it is broken off."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.optimizers import Optimizer

__all__ = ["Beginning"]

Array = NDArray[Any]


class Beginning:
    """Parameters, and what the optimizer remembers, as they were before some steps.

    Parameters
    ----------
    parameters : dict
    optimizer : Optimizer
        Both are changed by the steps, and changed back by :meth:`restore`.

    Examples
    --------
    >>> from nets.optimizers import Momentum
    >>> parameters, rule = {"W1": np.array([1.0])}, Momentum(0.1)
    >>> beginning = Beginning(parameters, rule)
    >>> rule.update(parameters, {"dW1": np.array([5.0])})
    >>> beginning.restore()
    >>> parameters, rule.steps, rule.state
    ({'W1': array([1.])}, 0, {})
    """

    def __init__(self, parameters: dict[str, Array], optimizer: Optimizer) -> None:
        self._parameters, self._optimizer = parameters, optimizer
        self._kept: dict[str, Array] = {}
        self._state: dict[str, Array] = {}
        self.note()

    def note(self) -> None:
        """Take what there is now for the beginning."""
        _copy(self._parameters, self._kept)
        _copy(self._optimizer.state, self._state)
        self._steps = self._optimizer.steps

    def restore(self) -> None:
        """Change everything back, in the arrays that there are."""
        _copy(self._kept, self._parameters)
        state = self._optimizer.state
        for name in state.keys() - self._state.keys():  # made by the first step
            del state[name]
        _copy(self._state, state)
        self._optimizer.steps = self._steps


def _copy(source: dict[str, Array], target: dict[str, Array]) -> None:
    """Give `target` the values of `source`, in its own arrays."""
    for name, each in source.items():
        if name in target:
            np.copyto(target[name], each)
        else:
            target[name] = each.copy()
