"""What the last layer means: its activation, the cost it is trained with, the labels it predicts.

The cost is computed from ZL, not from AL: it stays finite where AL rounds to exactly 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd_mini as ag
from nets.inputs import binary_labels, class_labels

__all__ = ["OUTPUTS", "Output"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Output:
    """One kind of output layer.

    Attributes
    ----------
    activation : callable
        AL from ZL.
    cost : callable
        The cost, a scalar, from ZL and labels of its shape.
    labels : callable
        Labels of ZL's shape from what the user passes: ``(Y, m, nL, dtype)``.
    predicted : callable
        The class of each example, shape (1, m), from ZL or from labels of its shape.
    """

    activation: Callable[[Any], Any]
    cost: Callable[[Any, Any], Any]
    labels: Callable[[ArrayLike, int, int, Any], Array]
    predicted: Callable[[Any], Array]


def _cross_entropy(ZL: Any, Y: Any) -> Any:
    return -np.sum(Y * ag.log_softmax(ZL, axis=0)) / Y.shape[1]


def _one_unit(Y: ArrayLike, m: int, _: int, dtype: Any) -> Array:
    return binary_labels(Y, m, dtype)


OUTPUTS = {
    "sigmoid": Output(
        activation=ag.sigmoid,
        cost=ag.binary_cross_entropy_with_logits,
        labels=_one_unit,
        predicted=lambda ZL: (ZL > 0).astype(np.int64),
    ),
    "softmax": Output(
        activation=partial(ag.softmax, axis=0),
        cost=_cross_entropy,
        labels=class_labels,
        predicted=lambda ZL: np.argmax(ZL, axis=0, keepdims=True),
    ),
}
"""The kinds of output layer, by name."""
