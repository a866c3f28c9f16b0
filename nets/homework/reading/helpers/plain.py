"""What ``planar_utils``, ``reg_utils`` and their like define: activations that return arrays.

The three-layer network of the second course is here too, for files that import it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "backward_propagation",
    "compute_cost",
    "compute_loss",
    "forward_propagation",
    "initialize_parameters",
    "relu",
    "sigmoid",
    "softmax",
    "update_parameters",
]


def sigmoid(x: Any) -> Any:
    """Return the logistic function."""
    return 1 / (1 + np.exp(-x))


def relu(x: Any) -> Any:
    """Return the positive part."""
    return np.maximum(0, x)


def softmax(x: Any) -> Any:
    """Return the softmax of each column."""
    E = np.exp(x - np.max(x, axis=0, keepdims=True))
    return E / np.sum(E, axis=0, keepdims=True)


def initialize_parameters(layer_dims: Any) -> dict[str, Any]:
    """Return He-like initial parameters of layers of the given sizes."""
    made: dict[str, Any] = {}
    for layer in range(1, len(layer_dims)):
        n, before = layer_dims[layer], layer_dims[layer - 1]
        made[f"W{layer}"] = np.random.randn(n, before) / np.sqrt(before)  # noqa: NPY002 - as theirs
        made[f"b{layer}"] = np.zeros((n, 1))
    return made


def forward_propagation(X: Any, parameters: dict[str, Any]) -> tuple[Any, tuple[Any, ...]]:
    """Return the output of linear, relu, linear, relu, linear, sigmoid, and the flat cache."""
    A, cache = X, []
    for layer in (1, 2, 3):
        W, b = parameters[f"W{layer}"], parameters[f"b{layer}"]
        Z = np.dot(W, A) + b
        A = 1 / (1 + np.exp(-Z)) if layer == 3 else np.maximum(0, Z)
        cache += [Z, A, W, b]
    return A, tuple(cache)


def compute_cost(a3: Any, Y: Any) -> Any:
    """Return the mean binary cross-entropy."""
    m = Y.shape[1]
    return np.sum(-np.log(a3) * Y - np.log(1 - a3) * (1 - Y)) / m


compute_loss = compute_cost


def backward_propagation(X: Any, Y: Any, cache: tuple[Any, ...]) -> dict[str, Any]:
    """Return the gradients of ``compute_cost`` of ``forward_propagation``."""
    _, A1, _, _, _, A2, W2, _, _, A3, W3, _ = cache
    m = X.shape[1]
    dZ3 = (A3 - Y) / m
    dZ2 = np.dot(W3.T, dZ3) * (A2 > 0)
    dZ1 = np.dot(W2.T, dZ2) * (A1 > 0)
    return {
        key: value
        for layer, dZ, A in ((3, dZ3, A2), (2, dZ2, A1), (1, dZ1, X))
        for key, value in (
            (f"dZ{layer}", dZ),
            (f"dW{layer}", np.dot(dZ, A.T)),
            (f"db{layer}", np.sum(dZ, axis=1, keepdims=True)),
        )
    }


def update_parameters(
    parameters: dict[str, Any], grads: dict[str, Any], learning_rate: float
) -> dict[str, Any]:
    """Return the parameters after a step of gradient descent."""
    return {key: value - learning_rate * grads["d" + key] for key, value in parameters.items()}
