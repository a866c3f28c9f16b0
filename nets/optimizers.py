"""Ways to change parameters by their gradients, with the course's formulas."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nets.inputs import checked_number

__all__ = ["OPTIMIZERS", "Adam", "GradientDescent", "Momentum", "Optimizer", "RMSProp", "optimizer"]

Array = NDArray[Any]


@dataclass
class Optimizer(ABC):
    """A rule that turns the gradient of each parameter into a step.

    Attributes
    ----------
    learning_rate : float
    steps : int
        How many were taken.
    state : dict
        What the rule remembers from step to step: arrays by name, such as ``vdW1``.
    """

    learning_rate: float
    steps: int = 0
    state: dict[str, Array] = field(default_factory=dict, repr=False)

    name: ClassVar[str] = ""

    def __post_init__(self) -> None:
        self.learning_rate = checked_number(
            self.learning_rate, "the learning rate", "positive", lambda rate: rate > 0
        )

    def update(self, parameters: dict[str, Array], grads: dict[str, Array]) -> None:
        """Change `parameters` in place by one step; the arrays of `grads` are used up.

        Parameters
        ----------
        parameters : dict
            W1, b1, ….
        grads : dict
            dW1, db1, ….

        Examples
        --------
        >>> import numpy as np
        >>> parameters = {"W1": np.array([1.0])}
        >>> GradientDescent(0.1).update(parameters, {"dW1": np.array([2.0])})
        >>> parameters
        {'W1': array([0.8])}
        """
        self.steps += 1
        for name, each in parameters.items():
            np.subtract(each, self._step(f"d{name}", grads[f"d{name}"]), out=each)

    @abstractmethod
    def _step(self, name: str, g: Array, /) -> Array:
        """Return what to subtract."""

    def _average(self, name: str, value: Array, beta: float) -> Array:
        """Return the running average of `value` that is remembered under `name`."""
        average = self.state.setdefault(name, np.zeros_like(value))
        average *= beta
        average += (1 - beta) * value
        return average


@dataclass
class GradientDescent(Optimizer):
    """W -= rate * dW."""

    name = "gd"

    def _step(self, _: str, g: Array, /) -> Array:
        g *= self.learning_rate
        return g


@dataclass
class Momentum(Optimizer):
    """v = beta v + (1 - beta) dW; W -= rate * v."""

    beta: float = 0.9

    name = "momentum"

    def _step(self, name: str, g: Array, /) -> Array:
        return self.learning_rate * self._average(f"v{name}", g, self.beta)


@dataclass
class RMSProp(Optimizer):
    """s = beta s + (1 - beta) dW**2; W -= rate * dW / (sqrt(s) + epsilon)."""

    beta: float = 0.9
    epsilon: float = 1e-8

    name = "rmsprop"

    def _step(self, name: str, g: Array, /) -> Array:
        s = self._average(f"s{name}", g * g, self.beta)
        return self.learning_rate * g / (np.sqrt(s) + self.epsilon)


@dataclass
class Adam(Optimizer):
    """Momentum divided as in RMSProp, both averages corrected for having started at zero."""

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    name = "adam"

    def _step(self, name: str, g: Array, /) -> Array:
        v = self._average(f"v{name}", g, self.beta1) / (1 - self.beta1**self.steps)
        s = self._average(f"s{name}", g * g, self.beta2) / (1 - self.beta2**self.steps)
        return self.learning_rate * v / (np.sqrt(s) + self.epsilon)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    each.name: each for each in (GradientDescent, Momentum, RMSProp, Adam)
}
"""The rules, by the name that ``fit`` takes."""


def optimizer(name: str, learning_rate: float) -> Optimizer:
    """Return a fresh optimizer.

    Raises
    ------
    ValueError
        If there is none of that name, or the learning rate is not positive.

    Examples
    --------
    >>> optimizer("adam", 0.01)
    Adam(learning_rate=0.01, steps=0, beta1=0.9, beta2=0.999, epsilon=1e-08)
    """
    if name not in OPTIMIZERS:
        raise ValueError(f"unknown optimizer {name!r}: use one of {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[name](learning_rate)
