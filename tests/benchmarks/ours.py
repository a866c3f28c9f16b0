"""The workloads with the engine: recorded anew at each step, and compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_mini as ag
from tests.benchmarks.networks import Contender, Network, named

__all__ = ["NETWORKS", "compiled", "function", "mean", "network_cost", "recorded"]


def network_cost(p: Any, X: Any, Y: Any, hidden: str) -> Any:
    """Return the cost of the network, in tensor expressions."""
    A, depth = X, len(p) // 2
    for layer in range(1, depth):
        Z = p[f"W{layer}"] @ A + p[f"b{layer}"]
        A = np.tanh(Z) if hidden == "tanh" else ag.relu(Z)
    Z = p[f"W{depth}"] @ A + p[f"b{depth}"]
    if Y.shape[0] > 1:
        return -np.sum(ag.log_softmax(Z, axis=0) * Y) / Y.shape[1]
    return ag.binary_cross_entropy_with_logits(Z, Y)


def recorded(net: Network) -> Contender:
    """Return the engine's program, recorded anew at each step; the data are tensors, as torch's."""
    p, (X, Y) = net.parameters(), map(ag.tensor, net.data())
    both = ag.value_and_grad(lambda params: network_cost(params, X, Y, net.hidden))

    def step() -> float:
        cost, grads = both(p)
        for name, each in grads.items():
            p[name] -= net.rate * each.data
        return float(cost.item())

    return Contender(step, lambda: p)


def compiled(backend: str) -> Callable[[Network], Contender]:
    """Return the maker of the engine's compiled program."""

    def make(net: Network) -> Contender:
        p, (X, Y) = net.parameters(), net.data()

        @ag.compile(backend=backend)
        def step(params: Any, X: Any, Y: Any) -> Any:
            both = ag.value_and_grad(lambda tensors: network_cost(tensors, X, Y, net.hidden))
            cost, grads = both(params)
            for name in params:
                params[name] -= net.rate * grads[name]
            return cost

        return Contender(lambda: float(step(p, X, Y).item()), lambda: p)

    return make


def mean(a: Any, b: Any, c: Any) -> Any:
    """Return W6: mean(sigmoid(a b + c) tanh(a))."""
    return np.mean(ag.sigmoid(a * b + c) * np.tanh(a))


def function(f: Callable[..., Any], arrays: dict[str, Any], backend: str | None) -> Contender:
    """Return the program for the value and gradients of `f`, compiled if a backend is named."""
    both = ag.value_and_grad(f, argnums=tuple(range(len(arrays))))
    if backend is not None:
        both = ag.compile(both, backend=backend)
    given = list(arrays.values())
    return Contender(
        lambda: float(both(*given)[0].item()),
        lambda: named(arrays, [each.numpy() for each in both(*given)[1]]),
    )


NETWORKS: dict[str, Callable[[Network], Contender]] = {
    "ours, as recorded": recorded,
    "ours, compiled": compiled("numpy"),
    "ours, compiled, numba": compiled("numba"),
}
