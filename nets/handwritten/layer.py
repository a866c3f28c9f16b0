"""One layer, forward and backward: Z = W A_prev + b, A = g(Z)."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nets.handwritten.activations import activation_backward, activation_forward

__all__ = [
    "OneOverM",
    "check_option",
    "linear_activation_backward",
    "linear_activation_forward",
    "linear_backward",
    "linear_forward",
]

Array = NDArray[Any]
LinearCache = tuple[Array, Array, Array]
LayerCache = tuple[LinearCache, Array]

OneOverM = Literal["parameters", "output"]
"""Where the 1/m of the mean is put: into every dW and db, or into dZ of the output layer."""


def check_option(name: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse a value that is not known, and would choose the last of them."""
    if value not in known:
        raise ValueError(f"{name} must be {' or '.join(known)}, not {value!r}")


def linear_forward(A: Array, W: Array, b: Array) -> tuple[Array, LinearCache]:
    """Return Z = W A + b, and the cache ``(A, W, b)``.

    Parameters
    ----------
    A : numpy.ndarray
        Activations of the layer before, or the data: shape (n_prev, m).
    W : numpy.ndarray
        Shape (n, n_prev).
    b : numpy.ndarray
        Shape (n, 1).

    Examples
    --------
    >>> import numpy as np
    >>> linear_forward(np.array([[1.0], [2.0]]), np.array([[3.0, 4.0]]), np.array([[5.0]]))[0]
    array([[16.]])
    """
    return np.dot(W, A) + b, (A, W, b)


def linear_activation_forward(
    A_prev: Array, W: Array, b: Array, activation: str
) -> tuple[Array, LayerCache]:
    """Return A = g(W A_prev + b), and the cache ``((A_prev, W, b), Z)``.

    Parameters
    ----------
    A_prev, W, b : numpy.ndarray
        Shapes (n_prev, m), (n, n_prev), (n, 1).
    activation : str
        ``"sigmoid"``, ``"relu"``, ``"tanh"``, ``"leaky_relu"`` or ``"softmax"``.

    Examples
    --------
    >>> import numpy as np
    >>> A, _ = linear_activation_forward(np.ones((2, 1)), np.ones((1, 2)), np.zeros((1, 1)), "relu")
    >>> A
    array([[2.]])
    """
    Z, linear_cache = linear_forward(A_prev, W, b)
    A, activation_cache = activation_forward(Z, activation)
    return A, (linear_cache, activation_cache)


def linear_backward(
    dZ: Array, cache: LinearCache, *, one_over_m: OneOverM = "parameters"
) -> tuple[Array, Array, Array]:
    """Return (dA_prev, dW, db) from the gradient of Z.

    Parameters
    ----------
    dZ : numpy.ndarray
        Shape (n, m).
    cache : tuple
        ``(A_prev, W, b)`` from :func:`linear_forward`.
    one_over_m : {"parameters", "output"}
        Whether the mean's 1/m still has to be multiplied into dW and db, or is in dZ already.

    Raises
    ------
    ValueError
        If 1/m is to be somewhere else.

    Examples
    --------
    >>> import numpy as np
    >>> cache = (np.array([[1.0, 2.0]]), np.array([[3.0]]), np.array([[0.0]]))
    >>> dA_prev, dW, db = linear_backward(np.array([[1.0, 1.0]]), cache)
    >>> dA_prev, dW, db
    (array([[3., 3.]]), array([[1.5]]), array([[1.]]))
    """
    check_option("one_over_m", one_over_m, get_args(OneOverM))
    A_prev, W, _ = cache
    share = 1 / A_prev.shape[1] if one_over_m == "parameters" else 1.0
    dW = share * np.dot(dZ, A_prev.T)
    db = share * np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def linear_activation_backward(
    dA: Array, cache: LayerCache, activation: str, *, one_over_m: OneOverM = "parameters"
) -> tuple[Array, Array, Array]:
    """Return (dA_prev, dW, db) from the gradient of A.

    Parameters
    ----------
    dA : numpy.ndarray
        Shape (n, m).
    cache : tuple
        ``((A_prev, W, b), Z)`` from :func:`linear_activation_forward`.
    activation : str
        That of the layer.
    one_over_m : {"parameters", "output"}
        See :func:`linear_backward`.

    Examples
    --------
    >>> import numpy as np
    >>> cache = ((np.ones((2, 1)), np.ones((1, 2)), np.zeros((1, 1))), np.array([[-2.0]]))
    >>> linear_activation_backward(np.array([[1.0]]), cache, "relu")[1]
    array([[0., 0.]])
    """
    linear_cache, activation_cache = cache
    dZ = activation_backward(dA, activation_cache, activation)
    return linear_backward(dZ, linear_cache, one_over_m=one_over_m)
