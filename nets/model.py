# ruff: noqa: N802 (L is the number of layers)
"""What the L-layer network computes, written with tensors: forward and cost, on one page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd_mini as ag
from nets.inputs import check_parameters, checked_data, checked_dims, checked_number, listed
from nets.outputs import OUTPUTS

__all__ = ["ACTIVATIONS", "Model", "model"]

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": ag.relu,
    "tanh": ag.tanh,
    "sigmoid": ag.sigmoid,
    "leaky_relu": ag.leaky_relu,
}
"""The activations of hidden layers, by name."""

Array = NDArray[Any]
Tensors = dict[str, Any]


@dataclass(frozen=True)
class Model:
    """``[LINEAR -> hidden] * (L - 1) -> LINEAR -> output``, without its parameters.

    Everything recorded is named as in the course and stands in scopes ``layer 1``, …, ``cost``.

    Attributes
    ----------
    layer_dims : tuple of int
    hidden : tuple of str
        Activation of each hidden layer.
    output : str
    l2 : float
    """

    layer_dims: tuple[int, ...]
    hidden: tuple[str, ...]
    output: str
    l2: float

    @property
    def L(self) -> int:
        """Number of layers, the input not counted."""
        return len(self.layer_dims) - 1

    def propagate(self, X: Any, parameters: Tensors, masks: Sequence[Any] | None = None) -> Tensors:
        """Return Z1, A1, …, ZL by name: ``Z = W A + b`` and ``A = g(Z)``, layer after layer."""
        cache = {}
        A = X
        for l in range(1, self.L + 1):
            with ag.scope(f"layer {l}"):
                Z = parameters[f"W{l}"] @ A + parameters[f"b{l}"]
                Z.name = f"Z{l}"
                cache[Z.name] = Z
                if l < self.L:
                    A = ACTIVATIONS[self.hidden[l - 1]](Z)
                    if masks is not None:
                        A = A * masks[l - 1]
                    A.name = f"A{l}"
                    cache[A.name] = A
        return cache

    def activated(self, ZL: Any) -> Any:
        """Return AL."""
        with ag.scope(f"layer {self.L}"):
            AL = OUTPUTS[self.output].activation(ZL)
            AL.name = f"A{self.L}"
        return AL

    def cost(
        self,
        X: Any,
        Y: Any,
        parameters: Tensors,
        masks: Sequence[Any] | None = None,
        *,
        from_AL: bool = False,
    ) -> tuple[Any, Tensors]:
        """Return the cost J, and Z1, A1, … by name.

        With `from_AL` it is computed by the course's formula, which is infinite where AL is exactly
        0 or 1, otherwise from ZL.
        """
        output = OUTPUTS[self.output]
        cache = self.propagate(X, parameters, masks)
        ZL = cache[f"Z{self.L}"]
        if from_AL:
            cache[f"A{self.L}"] = self.activated(ZL)
        with ag.scope("cost"):
            J = output.course_cost(cache[f"A{self.L}"], Y) if from_AL else output.cost(ZL, Y)
            if self.l2:
                squares = sum(np.sum(parameters[f"W{l}"] ** 2) for l in range(1, self.L + 1))
                J = J + self.l2 / (2 * Y.shape[1]) * squares
            J.name = "J"
        return J, cache

    def right(self, ZL: Array, Y: Array) -> int:
        """Return how many examples get their label."""
        predicted = OUTPUTS[self.output].predicted
        return int(np.count_nonzero(predicted(ZL) == predicted(Y)))

    def evaluate(self, X: Array, Y: Array, parameters: Mapping[str, Array]) -> tuple[float, float]:
        """Return cost and accuracy; nothing is recorded."""
        J, cache = self.cost(X, Y, self.tensors(parameters))
        return J.item(), self.right(cache[f"Z{self.L}"].data, Y) / Y.shape[1]

    def tensors(self, parameters: Mapping[str, Array], requires_grad: bool = False) -> Tensors:
        """Return parameters as tensors, checked to be all, and of the right shapes."""
        check_parameters(parameters, self.layer_dims)
        return {
            name: ag.tensor(each, requires_grad=requires_grad, name=name)
            for name, each in parameters.items()
        }

    def examples(self, X: ArrayLike, Y: ArrayLike, dtype: Any) -> tuple[Array, Array]:
        """Return data and labels as arrays, checked to be of the right shapes and values."""
        data = checked_data(X, self.layer_dims[0], dtype)
        labels: Array = OUTPUTS[self.output].labels(Y, data.shape[1], self.layer_dims[-1], dtype)
        return data, labels


def model(layer_dims: Sequence[int], hidden: str | Sequence[str], output: str, l2: float) -> Model:
    """Return the model with these settings.

    Raises
    ------
    ValueError
        If they make no sense; the message says which.
    """
    dims = checked_dims(layer_dims)
    count = len(dims) - 2
    several = listed(hidden)
    for name in [hidden] if several is None else several:
        if not isinstance(name, str) or name not in ACTIVATIONS:
            raise ValueError(
                f"unknown hidden activation {name!r}: use one of {', '.join(ACTIVATIONS)}"
            )
    names = (str(hidden),) * count if several is None else tuple(map(str, several))
    if len(names) != count:
        raise ValueError(
            f"hidden names {len(names)} activations, but layer_dims {list(dims)} has {count} "
            f"hidden layer{'s' * (count != 1)}"
        )
    if output not in OUTPUTS:
        raise ValueError(f"unknown output {output!r}: use {' or '.join(OUTPUTS)}")
    if output == "sigmoid" and dims[-1] != 1:
        raise ValueError(
            f"a sigmoid output has one unit, layer_dims ends with {dims[-1]}: end it with 1, or "
            f"use output='softmax' for {dims[-1]} classes"
        )
    if output == "softmax" and dims[-1] < 2:
        raise ValueError("a softmax output needs at least two units, one for each class")
    return Model(
        dims, names, output, checked_number(l2, "l2", "0 or more", lambda weight: weight >= 0)
    )
