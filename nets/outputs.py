"""What the last layer means: its activation, the cost it is trained with, the labels it predicts.

The cost is computed from ZL: it stays finite where AL rounds to exactly 0 or 1.  The course's
formula, from AL, is there to look at.
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
    course_cost : callable
        The same as the course writes it, from AL.
    labels : callable
        Labels of ZL's shape from what the user passes: ``(Y, m, nL, dtype)``.
    predicted : callable
        The class of each example, shape (1, m), from ZL or from labels of its shape; a bool is
        the class 0 or 1.
    """

    activation: Callable[[Any], Any]
    cost: Callable[[Any, Any], Any]
    course_cost: Callable[[Any, Any], Any]
    labels: Callable[[ArrayLike, int, int, Any], Array]
    predicted: Callable[[Any], Array]


def _binary_cross_entropy(AL: Any, Y: Any) -> Any:
    not_Y = ag.tensor(1 - Y, name="(1 − Y)")  # what is not recorded needs a name to be seen by
    return -np.sum(Y * np.log(AL) + not_Y * np.log(1 - AL)) / Y.shape[1]


def _softmax_cross_entropy(ZL: Any, Y: Any) -> Any:
    return -np.sum(Y * ag.log_softmax(ZL, axis=0)) / Y.shape[1]


def _cross_entropy(AL: Any, Y: Any) -> Any:
    return -np.sum(Y * np.log(AL)) / Y.shape[1]


def _one_unit(Y: ArrayLike, m: int, _: int, dtype: Any) -> Array:
    return binary_labels(Y, m, dtype)


OUTPUTS = {
    "sigmoid": Output(
        activation=ag.sigmoid,
        cost=ag.binary_cross_entropy_with_logits,
        course_cost=_binary_cross_entropy,
        labels=_one_unit,
        predicted=lambda ZL: ZL > 0,
    ),
    "softmax": Output(
        activation=partial(ag.softmax, axis=0),
        cost=_softmax_cross_entropy,
        course_cost=_cross_entropy,
        labels=class_labels,
        predicted=lambda ZL: np.argmax(ZL, axis=0, keepdims=True),
    ),
}
"""The kinds of output layer, by name."""
