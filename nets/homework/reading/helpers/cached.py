"""What ``dnn_utils`` and its like define: activations that return ``(A, cache)``."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["relu", "relu_backward", "sigmoid", "sigmoid_backward", "softmax", "tanh"]


def sigmoid(Z: Any) -> tuple[Any, Any]:
    """Return the logistic function of Z, and Z."""
    return 1 / (1 + np.exp(-Z)), Z


def relu(Z: Any) -> tuple[Any, Any]:
    """Return the positive part of Z, and Z."""
    return np.maximum(0, Z), Z


def tanh(Z: Any) -> tuple[Any, Any]:
    """Return the hyperbolic tangent of Z, and Z."""
    return np.tanh(Z), Z


def softmax(Z: Any) -> tuple[Any, Any]:
    """Return the softmax of each column of Z, and Z."""
    E = np.exp(Z - np.max(Z, axis=0, keepdims=True))
    return E / np.sum(E, axis=0, keepdims=True), Z


def relu_backward(dA: Any, cache: Any) -> Any:
    """Return dZ of a relu layer."""
    return np.where(cache > 0, dA, 0)


def sigmoid_backward(dA: Any, cache: Any) -> Any:
    """Return dZ of a sigmoid layer."""
    s = 1 / (1 + np.exp(-cache))
    return dA * s * (1 - s)
