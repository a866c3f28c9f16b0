"""The activation functions, and what backward does at each of them.

Forward returns ``(A, cache)`` and the cache is Z, as in the course; backward takes the gradient
of A and that cache, and returns the gradient of Z.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEAKY_SLOPE",
    "activation_backward",
    "activation_forward",
    "leaky_relu",
    "leaky_relu_backward",
    "relu",
    "relu_backward",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "softmax_backward",
    "tanh",
    "tanh_backward",
]

Array = NDArray[Any]

LEAKY_SLOPE = 0.01
"""Slope of the leaky ReLU below zero."""


def sigmoid(Z: Array) -> tuple[Array, Array]:
    """Return A = 1 / (1 + exp(-Z)), and Z as the cache.

    Examples
    --------
    >>> import numpy as np
    >>> A, cache = sigmoid(np.array([[0.0, 100.0]]))
    >>> A
    array([[0.5, 1. ]])
    """
    with np.errstate(over="ignore"):  # exp(1000) is infinite, and 1 / (1 + inf) is rightly 0
        return 1 / (1 + np.exp(-Z)), Z


def relu(Z: Array) -> tuple[Array, Array]:
    """Return A = max(0, Z), and Z as the cache.

    Examples
    --------
    >>> import numpy as np
    >>> relu(np.array([[-1.0, 2.0]]))[0]
    array([[0., 2.]])
    """
    return np.maximum(0, Z), Z


def tanh(Z: Array) -> tuple[Array, Array]:
    """Return A = tanh(Z), and Z as the cache.

    Examples
    --------
    >>> import numpy as np
    >>> tanh(np.array([[0.0]]))[0]
    array([[0.]])
    """
    return np.tanh(Z), Z


def leaky_relu(Z: Array) -> tuple[Array, Array]:
    """Return A = Z where Z is positive and a hundredth of Z elsewhere, and Z as the cache.

    Examples
    --------
    >>> import numpy as np
    >>> leaky_relu(np.array([[-1.0, 2.0]]))[0]
    array([[-0.01,  2.  ]])
    """
    return np.where(Z > 0, Z, LEAKY_SLOPE * Z), Z


def softmax(Z: Array) -> tuple[Array, Array]:
    """Return A = exp(Z) / sum(exp(Z)) over the units of each example, and Z as the cache.

    Parameters
    ----------
    Z : numpy.ndarray
        Shape (C, m): a column an example.

    Examples
    --------
    >>> import numpy as np
    >>> softmax(np.array([[1000.0], [1000.0]]))[0]
    array([[0.5],
           [0.5]])
    """
    T = np.exp(Z - np.max(Z, axis=0, keepdims=True))  # the same quotient, without overflow
    return T / np.sum(T, axis=0, keepdims=True), Z


def sigmoid_backward(dA: Array, cache: Array) -> Array:
    """Return dZ = dA * A * (1 - A).

    Examples
    --------
    >>> import numpy as np
    >>> sigmoid_backward(np.array([[1.0]]), np.array([[0.0]]))
    array([[0.25]])
    """
    A, _ = sigmoid(cache)
    dZ: Array = dA * A * (1 - A)
    return dZ


def relu_backward(dA: Array, cache: Array) -> Array:
    """Return dZ: dA where Z is positive, 0 elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> relu_backward(np.array([[5.0, 5.0, 5.0]]), np.array([[-1.0, 0.0, 1.0]]))
    array([[0., 0., 5.]])
    """
    dZ: Array = dA * (cache > 0)
    return dZ


def tanh_backward(dA: Array, cache: Array) -> Array:
    """Return dZ = dA * (1 - A**2).

    Examples
    --------
    >>> import numpy as np
    >>> tanh_backward(np.array([[2.0]]), np.array([[0.0]]))
    array([[2.]])
    """
    A, _ = tanh(cache)
    dZ: Array = dA * (1 - A**2)
    return dZ


def leaky_relu_backward(dA: Array, cache: Array) -> Array:
    """Return dZ: dA where Z is positive, a hundredth of it elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> leaky_relu_backward(np.array([[5.0, 5.0]]), np.array([[-1.0, 1.0]]))
    array([[0.05, 5.  ]])
    """
    dZ: Array = np.where(cache > 0, dA, LEAKY_SLOPE * dA)
    return dZ


def softmax_backward(dA: Array, cache: Array) -> Array:
    """Return dZ = A * (dA - sum(dA * A)), the sum over the units of each example.

    Every output depends on every Z of its column, so this is not elementwise.

    Examples
    --------
    >>> import numpy as np
    >>> softmax_backward(np.array([[1.0], [0.0]]), np.array([[0.0], [0.0]]))
    array([[ 0.25],
           [-0.25]])
    """
    A, _ = softmax(cache)
    dZ: Array = A * (dA - np.sum(dA * A, axis=0, keepdims=True))
    return dZ


_FORWARD: dict[str, Callable[[Array], tuple[Array, Array]]] = {
    "sigmoid": sigmoid,
    "relu": relu,
    "tanh": tanh,
    "leaky_relu": leaky_relu,
    "softmax": softmax,
}
_BACKWARD: dict[str, Callable[[Array, Array], Array]] = {
    "sigmoid": sigmoid_backward,
    "relu": relu_backward,
    "tanh": tanh_backward,
    "leaky_relu": leaky_relu_backward,
    "softmax": softmax_backward,
}


def _known(activation: str) -> str:
    if activation not in _FORWARD:
        raise ValueError(f"unknown activation {activation!r}: use one of {', '.join(_FORWARD)}")
    return activation


def activation_forward(Z: Array, activation: str) -> tuple[Array, Array]:
    """Return A = g(Z) and its cache, for the activation g of that name.

    Raises
    ------
    ValueError
        If there is no such activation.

    Examples
    --------
    >>> import numpy as np
    >>> activation_forward(np.array([[-3.0]]), "relu")[0]
    array([[0.]])
    """
    return _FORWARD[_known(activation)](Z)


def activation_backward(dA: Array, cache: Array, activation: str) -> Array:
    """Return dZ = dA * g'(Z), for the activation g of that name.

    Raises
    ------
    ValueError
        If there is no such activation.

    Examples
    --------
    >>> import numpy as np
    >>> activation_backward(np.array([[7.0]]), np.array([[-3.0]]), "relu")
    array([[0.]])
    """
    return _BACKWARD[_known(activation)](dA, cache)
