"""Gradient checking, as in the course: both sides of every parameter, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.handwritten.model import L_model_forward, Masks, compute_cost

__all__ = ["gradient_check", "numerical_gradients"]

Array = NDArray[Any]


def numerical_gradients(
    parameters: dict[str, Array],
    X: Array,
    Y: Array,
    *,
    epsilon: float = 1e-5,
    hidden: str | Sequence[str] = "relu",
    output: str = "sigmoid",
    l2: float = 0.0,
    masks: Masks | None = None,
) -> dict[str, Array]:
    """Return (J(theta + epsilon) - J(theta - epsilon)) / 2 epsilon for every single parameter.

    Parameters
    ----------
    parameters : dict
        W1, b1, …; they are not changed.
    X, Y : numpy.ndarray
    epsilon : float
        Much smaller than 1e-5, rounding errors take over.
    hidden, output, l2, masks
        As in :func:`~nets.handwritten.L_model_forward` and :func:`~nets.handwritten.compute_cost`.

    Examples
    --------
    >>> import numpy as np
    >>> parameters = {"W1": np.zeros((1, 1)), "b1": np.zeros((1, 1))}
    >>> numerical_gradients(parameters, np.ones((1, 2)), np.array([[1, 1]]))["dW1"].round(6)
    array([[-0.5]])
    """
    theta = {name: np.array(each, dtype=float) for name, each in parameters.items()}

    def cost() -> float:
        AL, _ = L_model_forward(X, theta, hidden=hidden, output=output, masks=masks)
        return compute_cost(AL, Y, theta, l2=l2)

    approx = {}
    for name, each in theta.items():
        slopes = np.empty_like(each)
        for i in np.ndindex(each.shape):
            value = each[i]
            each[i] = value + epsilon
            J_plus = cost()
            each[i] = value - epsilon
            J_minus = cost()
            each[i] = value
            slopes[i] = (J_plus - J_minus) / (2 * epsilon)
        approx[f"d{name}"] = slopes
    return approx


def gradient_check(
    parameters: dict[str, Array],
    grads: dict[str, Array],
    X: Array,
    Y: Array,
    *,
    epsilon: float = 1e-5,
    hidden: str | Sequence[str] = "relu",
    output: str = "sigmoid",
    l2: float = 0.0,
    masks: Masks | None = None,
) -> float:
    """Return how far `grads` are from numerical ones: ‖g - g'‖ / (‖g‖ + ‖g'‖).

    Below about 1e-7 they agree; 1e-3 or more is a mistake.

    Parameters
    ----------
    parameters, grads : dict
        W1, b1, … and dW1, db1, ….
    X, Y, epsilon, hidden, output, l2, masks
        As in :func:`numerical_gradients`.

    Examples
    --------
    >>> from nets import handwritten as h
    >>> import numpy as np
    >>> X, Y = np.array([[1.0, -1.0, 2.0]]), np.array([[1, 0, 1]])
    >>> parameters = h.initialize_parameters_deep([1, 3, 1])
    >>> AL, caches = h.L_model_forward(X, parameters)
    >>> grads = h.L_model_backward(AL, Y, caches)
    >>> h.gradient_check(parameters, grads, X, Y) < 1e-7
    True
    >>> grads["dW1"] = 2 * grads["dW1"]
    >>> h.gradient_check(parameters, grads, X, Y) < 1e-3
    False
    """
    approx = numerical_gradients(
        parameters, X, Y, epsilon=epsilon, hidden=hidden, output=output, l2=l2, masks=masks
    )
    g = np.concatenate([np.ravel(grads[name]) for name in approx])
    g_approx = np.concatenate([np.ravel(each) for each in approx.values()])
    scale = np.linalg.norm(g) + np.linalg.norm(g_approx)
    return float(np.linalg.norm(g - g_approx) / scale) if scale else 0.0
