"""Network functions and losses, composed from the operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.functions.labels import array_of, indexable, numbers_of
from autograd_mini.ops.losses import logistic_loss
from autograd_mini.ops.reductions import logsumexp as _logsumexp
from autograd_mini.ops.reductions import mean
from autograd_mini.protocols import operand
from autograd_mini.tensor import Tensor

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "mse",
]


def _same_shape(what: str, a: Any, b: Any) -> None:
    one = a.shape if hasattr(a, "shape") else np.shape(a)
    other = b.shape if hasattr(b, "shape") else np.shape(b)
    if one != other:
        raise ValueError(f"{what} have shapes {one} and {other}; they must be equal")


def _like(labels: Any, x: Any) -> Any:
    """Return labels that are integers, bools or a list in the precision of `x`."""
    if isinstance(labels, (np.ndarray, Tensor)) and labels.dtype.kind in "fc":
        return labels
    y = operand(labels)
    if isinstance(y, (bool, int, float)):
        y = np.asarray(y)
    given = hasattr(labels, "dtype") and y.dtype.kind in "fc"
    dtype = getattr(x, "dtype", np.dtype(np.float64))
    return y if given or dtype.kind not in "fc" else y.astype(dtype)


def _predicted(x: Any) -> Any:
    """Return predictions as an array or tensor of floats."""
    made = operand(x)
    made = made if hasattr(made, "dtype") else np.asarray(made)
    return made.astype(np.float64) if made.dtype.kind in "iub" else made


def binary_cross_entropy(probabilities: Any, labels: Any) -> Any:
    """Return the mean of ``-(y log p + (1 - y) log(1 - p))``.

    Parameters
    ----------
    probabilities : array_like or Tensor
        Between 0 and 1; at exactly 0 or 1 a wrong label costs infinity.
    labels : array_like
        0 or 1, of the same shape.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> round(ag.binary_cross_entropy(ag.tensor([0.5, 0.5]), [0, 1]).item(), 6)
    0.693147
    """
    _same_shape("probabilities and labels", probabilities, labels)
    probabilities = _predicted(probabilities)
    y = _like(labels, probabilities)
    # where() keeps 0 * log 0 out of the sum
    positive = np.where(y == 0, 0.0, y * np.log(np.where(y == 0, 1.0, probabilities)))
    negative = np.where(y == 1, 0.0, (1 - y) * np.log(np.where(y == 1, 1.0, 1 - probabilities)))
    return -np.mean(positive + negative)


def binary_cross_entropy_with_logits(logits: Any, labels: Any) -> Any:
    """Return the binary cross-entropy of ``sigmoid(logits)``, finite for any logits.

    Parameters
    ----------
    logits : array_like or Tensor
    labels : array_like
        0 or 1, of the same shape.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.binary_cross_entropy_with_logits(ag.tensor([1000.0, -1000.0]), [1, 0]).item()
    0.0
    """
    _same_shape("logits and labels", logits, labels)
    logits = _predicted(logits)
    y = _like(labels, logits)
    return mean(logistic_loss(logits, y))


def cross_entropy(logits: Any, labels: Any) -> Any:
    """Return the mean of ``-log softmax(logits)`` at the right classes.

    Parameters
    ----------
    logits : array_like or Tensor
        Shape (N, C): one row an example.
    labels : array_like of int
        Shape (N,): the class of each example, from 0.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> round(ag.cross_entropy(ag.tensor([[0.0, 0.0]]), [1]).item(), 6)
    0.693147
    """
    logits, labels = array_of(logits), array_of(labels)
    shape = logits.shape
    if len(shape) != 2 or labels.shape != shape[:1]:
        raise ValueError(
            f"cross_entropy takes logits of shape (N, C) and labels of shape (N,), got {shape} and "
            f"{labels.shape}"
        )
    numbers = numbers_of("classes", labels, shape[1], what="labels")
    chosen = indexable(logits, numbers)[np.arange(shape[0]), numbers]
    return np.mean(_logsumexp(logits, axis=1) - chosen)


def mse(predictions: Any, targets: Any) -> Any:
    """Return the mean squared error.

    Parameters
    ----------
    predictions, targets : array_like or Tensor
        Of the same shape.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.mse(ag.tensor([1.0, 2.0]), [1.0, 4.0]).item()
    2.0
    """
    _same_shape("predictions and targets", predictions, targets)
    predictions = _predicted(predictions)
    difference = predictions - _like(targets, predictions)
    return np.mean(difference * difference)
