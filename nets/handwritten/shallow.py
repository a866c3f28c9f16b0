"""The network with one hidden layer of tanh units, written out as the course does it first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.handwritten.activations import sigmoid
from nets.handwritten.model import compute_cost, update_parameters

__all__ = [
    "backward_propagation",
    "forward_propagation",
    "initialize_parameters",
    "layer_sizes",
    "nn_model",
    "predict",
]

Array = NDArray[Any]
Parameters = dict[str, Array]


def layer_sizes(X: Array, Y: Array, n_h: int = 4) -> tuple[int, int, int]:
    """Return (n_x, n_h, n_y): the units of input, hidden and output layer.

    Raises
    ------
    ValueError
        If X and Y do not have a column for each example.

    Examples
    --------
    >>> import numpy as np
    >>> layer_sizes(np.ones((2, 400)), np.ones((1, 400)))
    (2, 4, 1)
    """
    if X.ndim != 2 or Y.ndim != 2 or X.shape[1] != Y.shape[1]:
        raise ValueError(
            f"X and Y must be (n_x, m) and (n_y, m), a column an example; got {X.shape}, {Y.shape}"
        )
    return X.shape[0], n_h, Y.shape[0]


def initialize_parameters(
    n_x: int, n_h: int, n_y: int, *, scale: float = 0.01, seed: int = 2
) -> Parameters:
    """Return small random weights and zero biases.

    Parameters
    ----------
    n_x, n_h, n_y : int
        Units of input, hidden and output layer.
    scale : float
        Standard deviation of the weights.
    seed : int
        Of NumPy's legacy generator, which the course draws from; the global one is left alone.

    Examples
    --------
    >>> initialize_parameters(2, 4, 1)["W2"].shape
    (1, 4)
    """
    rng = np.random.RandomState(seed)
    return {
        "W1": rng.randn(n_h, n_x) * scale,
        "b1": np.zeros((n_h, 1)),
        "W2": rng.randn(n_y, n_h) * scale,
        "b2": np.zeros((n_y, 1)),
    }


def forward_propagation(X: Array, parameters: Parameters) -> tuple[Array, dict[str, Array]]:
    """Return A2 = sigmoid(W2 tanh(W1 X + b1) + b2), and the cache Z1, A1, Z2, A2.

    Examples
    --------
    >>> import numpy as np
    >>> A2, cache = forward_propagation(np.zeros((2, 3)), initialize_parameters(2, 4, 1))
    >>> A2
    array([[0.5, 0.5, 0.5]])
    """
    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = np.tanh(Z1)
    Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
    A2, _ = sigmoid(Z2)
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


def backward_propagation(
    parameters: Parameters, cache: dict[str, Array], X: Array, Y: Array
) -> dict[str, Array]:
    """Return dW1, db1, dW2, db2, and on the way dZ1 and dZ2 (without 1/m).

    Examples
    --------
    >>> import numpy as np
    >>> parameters = initialize_parameters(2, 4, 1)
    >>> A2, cache = forward_propagation(np.ones((2, 3)), parameters)
    >>> grads = backward_propagation(parameters, cache, np.ones((2, 3)), np.ones((1, 3)))
    >>> grads["dW1"].shape
    (4, 2)
    """
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dW2 = 1 / m * np.dot(dZ2, cache["A1"].T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - np.power(cache["A1"], 2))
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"dZ2": dZ2, "dW2": dW2, "db2": db2, "dZ1": dZ1, "dW1": dW1, "db1": db1}


def nn_model(
    X: Array,
    Y: Array,
    n_h: int = 4,
    num_iterations: int = 10000,
    *,
    learning_rate: float = 1.2,
    print_cost: bool = False,
    seed: int = 2,
) -> Parameters:
    """Train the two-layer network by gradient descent and return its parameters.

    Parameters
    ----------
    X, Y : numpy.ndarray
        Shapes (n_x, m) and (1, m).
    n_h : int
        Hidden units.
    num_iterations : int
    learning_rate : float
    print_cost : bool
        Whether to print the cost every 1000 iterations.
    seed : int
        Of the initial weights.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[-2.0, -1.0, 1.0, 2.0]])
    >>> predict(nn_model(X, X > 0, n_h=2, num_iterations=500), X)
    array([[False, False,  True,  True]])
    """
    parameters = initialize_parameters(*layer_sizes(X, Y, n_h), seed=seed)
    for i in range(num_iterations):
        A2, cache = forward_propagation(X, parameters)
        if print_cost and i % 1000 == 0:
            print(f"Cost after iteration {i}: {compute_cost(A2, Y):f}")  # noqa: T201
        grads = backward_propagation(parameters, cache, X, Y)
        parameters = update_parameters(parameters, grads, learning_rate)
    return parameters


def predict(parameters: Parameters, X: Array) -> Array:
    """Return whether A2 exceeds one half, shape (1, m).

    Examples
    --------
    >>> import numpy as np
    >>> predict(initialize_parameters(2, 4, 1), np.zeros((2, 3)))
    array([[False, False, False]])
    """
    A2, _ = forward_propagation(X, parameters)
    return A2 > 0.5
