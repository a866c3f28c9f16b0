"""One training step of an L-layer network: what it is, by hand, and the least it can take."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "Contender",
    "Network",
    "by_hand",
    "named",
    "parameters",
    "products_alone",
]


class Contender(NamedTuple):
    """Somebody's program for a workload.

    Attributes
    ----------
    step : callable
        Does it once, and returns the cost.
    found : callable or None
        Returns what the steps so far have led to, by name: all contenders must agree on it.  None
        where it leads to nothing.
    """

    step: Callable[[], float]
    found: Callable[[], dict[str, Any]] | None


class Network(NamedTuple):
    """A network with its data: ``dims`` from input to output, `m` examples."""

    dims: list[int]
    m: int
    hidden: str
    rate: float
    dtype: Any

    def data(self) -> tuple[Any, Any]:
        """Return X and Y, the same each time."""
        rng = np.random.default_rng(1)
        X = rng.standard_normal((self.dims[0], self.m)).astype(self.dtype)
        classes = self.dims[-1]
        if classes == 1:
            return X, rng.integers(0, 2, (1, self.m)).astype(self.dtype)
        return X, np.eye(classes, dtype=self.dtype)[rng.integers(0, classes, self.m)].T.copy()

    def parameters(self) -> dict[str, Any]:
        """Return W1, b1 … to start from, the same each time."""
        return parameters(self.dims, self.dtype)


def parameters(dims: list[int], dtype: Any) -> dict[str, Any]:
    """Return W1, b1 … of a network of these widths."""
    rng = np.random.default_rng(0)
    made = {}
    for layer, (before, after) in enumerate(itertools.pairwise(dims), 1):
        scale = np.sqrt(2.0 / before)
        made[f"W{layer}"] = (rng.standard_normal((after, before)) * scale).astype(dtype)
        made[f"b{layer}"] = np.zeros((after, 1), dtype)
    return made


def named(arguments: Iterable[str], gradients: Iterable[Any]) -> dict[str, Any]:
    """Return gradients as arrays under the names of what they are gradients of."""
    return {f"d{name}": np.asarray(g) for name, g in zip(arguments, gradients, strict=True)}


# -- as a learner of the course writes it ---------------------------------------------------------


def _forward(p: dict[str, Any], X: Any, hidden: str, softmax: bool) -> tuple[Any, list[Any]]:
    A, caches = X, []
    depth = len(p) // 2
    for layer in range(1, depth + 1):
        A_prev = A
        Z = np.dot(p[f"W{layer}"], A_prev) + p[f"b{layer}"]
        if layer < depth:
            A = np.tanh(Z) if hidden == "tanh" else np.maximum(0, Z)
        elif softmax:
            E = np.exp(Z - np.max(Z, axis=0, keepdims=True))
            A = E / np.sum(E, axis=0, keepdims=True)
        else:
            A = 1 / (1 + np.exp(-Z))
        caches.append((A_prev, Z, A))
    return A, caches


def by_hand(net: Network) -> Contender:
    """Return the course's program: new arrays everywhere, dA of the input included."""
    p, (X, Y), (_, m, hidden, rate, _) = net.parameters(), net.data(), net
    depth, softmax = len(p) // 2, Y.shape[0] > 1

    def step() -> float:
        AL, caches = _forward(p, X, hidden, softmax)
        if softmax:
            cost = -np.sum(Y * np.log(AL)) / m
            dZ = AL - Y
        else:
            cost = -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m
            dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
            dZ = dAL * AL * (1 - AL)
        grads = {}
        for layer in range(depth, 0, -1):
            A_prev, _, _ = caches[layer - 1]
            grads[f"dW{layer}"] = np.dot(dZ, A_prev.T) / m
            grads[f"db{layer}"] = np.sum(dZ, axis=1, keepdims=True) / m
            dA = np.dot(p[f"W{layer}"].T, dZ)
            if layer > 1:
                _, Z, A = caches[layer - 2]
                if hidden == "tanh":
                    dZ = dA * (1 - np.power(A, 2))
                else:
                    dZ = np.array(dA, copy=True)
                    dZ[Z <= 0] = 0
        for layer in range(1, depth + 1):
            p[f"W{layer}"] = p[f"W{layer}"] - rate * grads[f"dW{layer}"]
            p[f"b{layer}"] = p[f"b{layer}"] - rate * grads[f"db{layer}"]
        return float(cost)

    return Contender(step, lambda: p)


def products_alone(net: Network) -> Contender:
    """Return the matrix products of a step and nothing else, into arrays made once."""
    p, (X, _) = net.parameters(), net.data()
    rng = np.random.default_rng(3)

    def drawn(*shape: int) -> Any:
        return rng.standard_normal(shape).astype(net.dtype)

    calls, A = [], X
    for layer, (before, after) in enumerate(itertools.pairwise(net.dims), 1):
        W, Z, dZ = p[f"W{layer}"], drawn(after, net.m), drawn(after, net.m)
        calls += [(W.dot, A, Z), (dZ.dot, A.T, drawn(after, before))]
        if layer > 1:
            calls.append((W.T.dot, dZ, drawn(before, net.m)))
        A = Z

    def step() -> float:
        for dot, operand, out in calls:
            dot(operand, out)
        return float("nan")

    return Contender(step, None)
