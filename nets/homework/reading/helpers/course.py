"""The L-layer network of the course: what a file that shows only a part of it leaves out."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "L_model_forward",
    "compute_cost",
    "initialize_parameters_deep",
    "linear_activation_backward",
    "linear_activation_forward",
    "linear_backward",
    "linear_forward",
]


def initialize_parameters_deep(layer_dims: Any) -> Any:
    """Return parameters W1, b1, … of layers of the given sizes."""
    parameters: dict[str, Any] = {}
    for layer in range(1, len(layer_dims)):
        shape = (layer_dims[layer], layer_dims[layer - 1])
        parameters["W" + str(layer)] = np.random.randn(*shape) * 0.5  # noqa: NPY002 - as theirs
        parameters["b" + str(layer)] = np.zeros((layer_dims[layer], 1))
    return parameters


def linear_forward(A: Any, W: Any, b: Any) -> Any:
    """Return Z and its cache (A, W, b)."""
    return np.dot(W, A) + b, (A, W, b)


def linear_activation_forward(A_prev: Any, W: Any, b: Any, activation: str) -> Any:
    """Return A of one layer and its cache ((A_prev, W, b), Z)."""
    Z, linear_cache = linear_forward(A_prev, W, b)
    if activation == "sigmoid":
        A = 1 / (1 + np.exp(-Z))
    elif activation == "tanh":
        A = np.tanh(Z)
    else:
        A = np.maximum(0, Z)
    return A, (linear_cache, Z)


def L_model_forward(X: Any, parameters: Any) -> Any:  # noqa: N802 - the course's name
    """Return AL of linear, relu, …, linear, sigmoid, and the caches of all layers."""
    caches = []
    A = X
    L = len(parameters) // 2
    for layer in range(1, L + 1):
        activation = "sigmoid" if layer == L else "relu"
        W, b = parameters["W" + str(layer)], parameters["b" + str(layer)]
        A, cache = linear_activation_forward(A, W, b, activation)
        caches.append(cache)
    AL = A
    return AL, caches


def compute_cost(AL: Any, Y: Any) -> Any:
    """Return the mean binary cross-entropy."""
    m = Y.shape[1]
    cost = -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m
    return np.squeeze(cost)


def linear_backward(dZ: Any, cache: Any) -> Any:
    """Return dA_prev, dW and db of one layer."""
    A_prev, W, _ = cache
    m = A_prev.shape[1]
    return np.dot(W.T, dZ), np.dot(dZ, A_prev.T) / m, np.sum(dZ, axis=1, keepdims=True) / m


def linear_activation_backward(dA: Any, cache: Any, activation: str) -> Any:
    """Return dA_prev, dW and db of one layer and its activation."""
    linear_cache, Z = cache
    if activation == "sigmoid":
        A = 1 / (1 + np.exp(-Z))
        dZ = dA * A * (1 - A)
    elif activation == "tanh":
        dZ = dA * (1 - np.tanh(Z) ** 2)
    else:
        dZ = dA * (Z > 0)
    return linear_backward(dZ, linear_cache)
