"""The L-layer network: its parameters, forward, cost, backward and update.

Shapes are those of the course: X (n0, m), W{l} (n_l, n_{l-1}), b{l} (n_l, 1), A{l} and Z{l}
(n_l, m); a column is an example.  Parameters and gradients are dicts with keys W1, b1, …, dW1, ….
"""

# ruff: noqa: N802 (the names of the course)
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nets.handwritten.activations import activation_backward
from nets.handwritten.layer import (
    LayerCache,
    OneOverM,
    check_option,
    linear_activation_forward,
    linear_backward,
)
from nets.inputs import is_number

__all__ = [
    "L_model_backward",
    "L_model_forward",
    "compute_cost",
    "initialize_parameters_deep",
    "update_parameters",
]

Array = NDArray[Any]
Parameters = dict[str, Array]
Masks = Sequence["Array | None"]

SCALES = {"he": 2.0, "xavier": 1.0}
"""Variance of a unit's summed input, by the name of the initialisation."""


def initialize_parameters_deep(
    layer_dims: Sequence[int], *, init: str | float = "xavier", seed: int = 1
) -> Parameters:
    """Return random weights and zero biases for every layer.

    Parameters
    ----------
    layer_dims : sequence of int
        Units of every layer, the input first.
    init : {"xavier", "he"} or float
        Scale of the normal distribution: ``sqrt(1 / n_prev)``, which the course uses for its deep
        network, ``sqrt(2 / n_prev)``, or the number itself (the course's exercises: 0.01).
    seed : int
        Of NumPy's legacy generator, which the course draws from; the global one is left alone.

    Raises
    ------
    ValueError
        If there is no such initialisation.

    Examples
    --------
    >>> parameters = initialize_parameters_deep([2, 3, 1])
    >>> {name: each.shape for name, each in parameters.items()}
    {'W1': (3, 2), 'b1': (3, 1), 'W2': (1, 3), 'b2': (1, 1)}
    """
    named = isinstance(init, str)
    if not (init in SCALES if named else is_number(init) and 0 <= float(init) < np.inf):
        raise ValueError(f"unknown init {init!r}: use {', '.join(SCALES)} or a number such as 0.01")
    rng = np.random.RandomState(seed)
    parameters = {}
    for l in range(1, len(layer_dims)):
        n_prev, n = layer_dims[l - 1], layer_dims[l]
        scale = np.sqrt(SCALES[init] / n_prev) if isinstance(init, str) else init
        parameters[f"W{l}"] = rng.randn(n, n_prev) * scale
        parameters[f"b{l}"] = np.zeros((n, 1))
    return parameters


def _activations(L: int, hidden: str | Sequence[str], output: str) -> list[str]:
    """Return the name of every layer's activation."""
    names = [hidden] * (L - 1) if isinstance(hidden, str) else list(hidden)
    if len(names) != L - 1:
        raise ValueError(f"{len(names)} hidden activations given for {L - 1} hidden layers")
    return [*names, output]


def L_model_forward(
    X: Array,
    parameters: Parameters,
    *,
    hidden: str | Sequence[str] = "relu",
    output: str = "sigmoid",
    masks: Masks | None = None,
) -> tuple[Array, list[LayerCache]]:
    """Return the output AL, and what backward needs of every layer.

    Parameters
    ----------
    X : numpy.ndarray
        Shape (n0, m).
    parameters : dict
        W1, b1, …, WL, bL.
    hidden : str or sequence of str
        Activation of the hidden layers, or one for each.
    output : {"sigmoid", "softmax"}
        Activation of the last layer.
    masks : sequence of numpy.ndarray or None, optional
        Dropout: for each hidden layer what to multiply A by, 0 for a dropped unit and
        1/keep_prob for a kept one.

    Returns
    -------
    AL : numpy.ndarray
        Shape (nL, m).
    caches : list of tuple
        ``((A_prev, W, b), Z)`` for every layer.

    Examples
    --------
    >>> import numpy as np
    >>> AL, caches = L_model_forward(np.zeros((2, 5)), initialize_parameters_deep([2, 3, 1]))
    >>> AL.shape, len(caches)
    ((1, 5), 2)
    """
    L = len(parameters) // 2
    caches = []
    A = X
    for l, activation in enumerate(_activations(L, hidden, output), 1):
        A, cache = linear_activation_forward(
            A, parameters[f"W{l}"], parameters[f"b{l}"], activation
        )
        caches.append(cache)
        mask = _mask(masks, l, L)
        if mask is not None:
            A = A * mask
    return A, caches


def _mask(masks: Masks | None, l: int, L: int) -> Array | None:
    """Return the dropout mask of layer `l`; the output layer has none."""
    return masks[l - 1] if masks is not None and l < L else None


def compute_cost(
    AL: Array, Y: Array, parameters: Parameters | None = None, *, l2: float = 0.0
) -> float:
    """Return the cross-entropy cost, a mean over the m examples.

    With one output unit this is ``-1/m sum(Y log AL + (1 - Y) log(1 - AL))``, with several, after
    softmax, ``-1/m sum(Y log AL)``; `l2` adds ``l2 / 2m`` times the sum of all squared weights.

    Parameters
    ----------
    AL : numpy.ndarray
        Probabilities, shape (1, m) or (C, m).  Where one is exactly 0 or 1 the result is nan or
        infinite, as the formula has it.
    Y : numpy.ndarray
        Labels 0 or 1 of the same shape, of one unit also a vector or a column; one-hot columns for
        several units.
    parameters : dict, optional
        Needed for the `l2` term only.
    l2 : float
        The course's lambda.

    Raises
    ------
    ValueError
        If Y does not fit AL, or `l2` is given without `parameters`.

    Examples
    --------
    >>> import numpy as np
    >>> round(compute_cost(np.array([[0.5, 0.5]]), np.array([[1, 0]])), 6)
    0.693147
    """
    Y = _labels(Y, AL)
    m = AL.shape[1]
    logprobs = Y * np.log(AL)
    if AL.shape[0] == 1:
        logprobs = logprobs + (1 - Y) * np.log(1 - AL)
    cost = -1 / m * np.sum(logprobs)
    if l2:
        if parameters is None:
            raise ValueError("the l2 term of the cost needs the parameters")
        weights = [parameters[f"W{l}"] for l in range(1, len(parameters) // 2 + 1)]
        cost += l2 / (2 * m) * sum(np.sum(np.square(W)) for W in weights)
    return float(cost)


def _labels(Y: Array, AL: Array) -> Array:
    """Return labels in AL's shape, into which those of another would be broadcast."""
    if Y.shape == AL.shape:
        return Y
    if AL.shape[0] == 1 and Y.size == AL.size:
        return Y.reshape(AL.shape)
    raise ValueError(
        f"labels of shape {Y.shape} do not fit an output of shape {AL.shape}: columns are "
        "examples, and one-hot where there are several units"
    )


def L_model_backward(
    AL: Array,
    Y: Array,
    caches: Sequence[LayerCache],
    *,
    dA_keys: Literal["output", "input"] = "output",
    one_over_m: OneOverM = "parameters",
    start: Literal["dAL", "dZL"] = "dAL",
    hidden: str | Sequence[str] = "relu",
    output: str = "sigmoid",
    l2: float = 0.0,
    masks: Masks | None = None,
) -> dict[str, Array]:
    """Return the gradients of the cost: dW{l}, db{l}, dZ{l} and dA{l} for every layer.

    Parameters
    ----------
    AL, Y : numpy.ndarray
        Output and labels, shape (nL, m).
    caches : sequence of tuple
        From :func:`L_model_forward`.
    dA_keys : {"output", "input"}
        Whether ``dA{l}`` is the gradient of A[l], what layer l puts out (so dA0 is that of X), or
        of A[l-1], what it takes in.  The same arrays, numbered from 0 or from 1.
    one_over_m : {"parameters", "output"}
        Where the 1/m of the cost stands: in dW and db, or in dZ of the output layer.  dW and db are
        the same either way; dZ and dA differ by the factor m, and with "output" they are the
        gradients of the cost in the strict sense.
    start : {"dAL", "dZL"}
        Where to begin: with the gradient of AL, as the course does, or with dZL = AL - Y, which is
        the same but finite where AL is exactly 0 or 1.
    hidden, output, masks
        As in :func:`L_model_forward`.  With dropout, dA{l} is the gradient after the mask, that
        of what layer l + 1 takes in.
    l2 : float
        The course's lambda; adds ``l2 / m * W`` to each dW.

    Raises
    ------
    ValueError
        If Y does not fit AL, or an option has a value that is not listed.

    Examples
    --------
    >>> import numpy as np
    >>> AL, caches = L_model_forward(np.ones((2, 5)), initialize_parameters_deep([2, 3, 1]))
    >>> grads = L_model_backward(AL, np.ones((1, 5)), caches)
    >>> sorted(grads)
    ['dA0', 'dA1', 'dW1', 'dW2', 'dZ1', 'dZ2', 'db1', 'db2']
    >>> sorted(L_model_backward(AL, np.ones((1, 5)), caches, dA_keys="input"))[:2]
    ['dA1', 'dA2']
    """
    check_option("dA_keys", dA_keys, ("output", "input"))
    check_option("one_over_m", one_over_m, get_args(OneOverM))
    check_option("start", start, ("dAL", "dZL"))
    L = len(caches)
    m = AL.shape[1]
    Y = _labels(Y, AL)
    activations = _activations(L, hidden, output)
    share = 1 / m if one_over_m == "output" else 1.0
    shift = 1 if dA_keys == "input" else 0
    grads = {}
    dA = _gradient_of_AL(AL, Y, output) * share if start == "dAL" else None
    for l in reversed(range(1, L + 1)):
        linear_cache, Z = caches[l - 1]
        if dA is None:
            dZ = (AL - Y) * share
        else:
            mask = _mask(masks, l, L)
            dZ = activation_backward(dA if mask is None else dA * mask, Z, activations[l - 1])
        dA, dW, db = linear_backward(dZ, linear_cache, one_over_m=one_over_m)
        if l2:
            dW = dW + l2 / m * linear_cache[1]
        grads[f"dZ{l}"], grads[f"dW{l}"], grads[f"db{l}"] = dZ, dW, db
        grads[f"dA{l - 1 + shift}"] = dA
    return grads


def _gradient_of_AL(AL: Array, Y: Array, output: str) -> Array:
    """Return the gradient of the loss, summed over the examples, with respect to AL."""
    dAL: Array = -np.divide(Y, AL)
    if output == "sigmoid":
        dAL = dAL + np.divide(1 - Y, 1 - AL)
    return dAL


def update_parameters(
    parameters: Parameters, grads: dict[str, Array], learning_rate: float = 1.2
) -> Parameters:
    """Return the parameters after one step of gradient descent; those given stay as they are.

    Parameters
    ----------
    parameters : dict
        W1, b1, ….
    grads : dict
        dW1, db1, …; other keys are ignored.
    learning_rate : float

    Examples
    --------
    >>> import numpy as np
    >>> update_parameters({"W1": np.array([[1.0]])}, {"dW1": np.array([[2.0]])}, 0.1)
    {'W1': array([[0.8]])}
    """
    return {name: each - learning_rate * grads[f"d{name}"] for name, each in parameters.items()}
