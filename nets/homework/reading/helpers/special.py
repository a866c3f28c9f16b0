"""Functions of ``scipy.special`` that networks use, for arrays and Tensors alike."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["expit", "log_softmax", "logsumexp", "softmax", "xlogy"]


def expit(x: Any) -> Any:
    """Return the logistic function."""
    return 1 / (1 + np.exp(-x))


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """Return the logarithm of the sum of exponentials, weighted by b."""
    largest = np.max(a, axis=axis, keepdims=True)
    E = np.exp(a - largest) if b is None else b * np.exp(a - largest)
    found = np.log(np.sum(E, axis=axis, keepdims=True)) + largest
    return found if keepdims else np.squeeze(found, axis=axis)


def softmax(x: Any, axis: Any = None) -> Any:
    """Return the softmax along an axis, along all of them by default."""
    E = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return E / np.sum(E, axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """Return the logarithm of the softmax."""
    return x - logsumexp(x, axis=axis, keepdims=True)


def xlogy(x: Any, y: Any) -> Any:
    """Return ``x * log(y)``."""
    return x * np.log(y)
