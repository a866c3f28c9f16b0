"""The workloads: one training step each, written by hand, with the engine, and with torch.

Every contender is a function without arguments that does one step, and returns the cost.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_mini as ag

__all__ = ["WORKLOADS", "Step", "Workload"]

Step = Callable[[], Any]
Workload = Callable[[], dict[str, Step]]


def _parameters(dims: list[int], dtype: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    made = {}
    for layer, (before, after) in enumerate(itertools.pairwise(dims), 1):
        scale = np.sqrt(2.0 / before)
        made[f"W{layer}"] = (rng.standard_normal((after, before)) * scale).astype(dtype)
        made[f"b{layer}"] = np.zeros((after, 1), dtype)
    return made


def _labels(rng: np.random.Generator, classes: int, m: int, dtype: Any) -> Any:
    if classes == 1:
        return rng.integers(0, 2, (1, m)).astype(dtype)
    return np.eye(classes, dtype=dtype)[rng.integers(0, classes, m)].T.copy()


# -- handwritten, as a learner of the course writes it --------------------------------------------


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


def _handwritten(p: dict[str, Any], X: Any, Y: Any, hidden: str, rate: float) -> Step:
    m, depth = X.shape[1], len(p) // 2
    softmax = Y.shape[0] > 1

    def step() -> Any:
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
        return cost

    return step


# -- the engine -----------------------------------------------------------------------------------


def network_cost(p: Any, X: Any, Y: Any, hidden: str) -> Any:
    """Return the cost of the network, in tensor expressions or on arrays."""
    A, depth = X, len(p) // 2
    for layer in range(1, depth):
        Z = p[f"W{layer}"] @ A + p[f"b{layer}"]
        A = np.tanh(Z) if hidden == "tanh" else ag.relu(Z)
    Z = p[f"W{depth}"] @ A + p[f"b{depth}"]
    if Y.shape[0] > 1:
        return -np.sum(ag.log_softmax(Z, axis=0) * Y) / Y.shape[1]
    return ag.binary_cross_entropy_with_logits(Z, Y)


def _ours(p: dict[str, Any], X: Any, Y: Any, hidden: str, rate: float) -> Step:
    both = ag.value_and_grad(lambda params: network_cost(params, X, Y, hidden))

    def step() -> Any:
        cost, grads = both(p)
        for name, each in grads.items():
            p[name] = p[name] - rate * each.data
        return cost.item()

    return step


def _compiled(p: dict[str, Any], X: Any, Y: Any, hidden: str, rate: float) -> Step:
    @ag.compile
    def step(params: Any, X: Any, Y: Any) -> Any:
        both = ag.value_and_grad(lambda tensors: network_cost(tensors, X, Y, hidden))
        cost, grads = both(params)
        for name in params:
            params[name] -= rate * grads[name]
        return cost

    return lambda: step(p, X, Y).item()


# -- torch ----------------------------------------------------------------------------------------


def _torch(p: dict[str, Any], X: Any, Y: Any, hidden: str, rate: float) -> Step:
    import torch

    torch.set_num_threads(1)
    params = {name: torch.tensor(each, requires_grad=True) for name, each in p.items()}
    x, y = torch.tensor(X), torch.tensor(Y)
    depth = len(p) // 2

    def step() -> Any:
        A = x
        for layer in range(1, depth):
            Z = params[f"W{layer}"] @ A + params[f"b{layer}"]
            A = torch.tanh(Z) if hidden == "tanh" else torch.relu(Z)
        Z = params[f"W{depth}"] @ A + params[f"b{depth}"]
        if Y.shape[0] > 1:
            cost = -(torch.log_softmax(Z, 0) * y).sum() / y.shape[1]
        else:
            cost = torch.nn.functional.binary_cross_entropy_with_logits(Z, y)
        cost.backward()
        with torch.no_grad():
            for each in params.values():
                each -= rate * each.grad
                each.grad = None
        return cost.item()

    return step


def _network(dims: list[int], m: int, hidden: str, rate: float, dtype: Any) -> dict[str, Step]:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((dims[0], m)).astype(dtype)
    Y = _labels(rng, dims[-1], m, dtype)
    made = {}
    contenders = {
        "handwritten": _handwritten, "ours": _ours, "compiled": _compiled, "torch": _torch
    }  # fmt: skip
    for name, make in contenders.items():
        made[name] = make(_parameters(dims, dtype), X, Y, hidden, rate)
    return made


def planar() -> dict[str, Step]:
    """W1: 2-4-1 tanh, 400 examples, float64."""
    return _network([2, 4, 1], 400, "tanh", 1.2, np.float64)


def cats() -> dict[str, Step]:
    """W2: 12288-20-7-5-1 relu, 209 examples, float64."""
    return _network([12288, 20, 7, 5, 1], 209, "relu", 0.0001, np.float64)


def deep() -> dict[str, Step]:
    """W3: 64, twenty times 64, 1, relu, 256 examples, float64."""
    return _network([64] + [64] * 20 + [1], 256, "relu", 0.001, np.float64)


def wide() -> dict[str, Step]:
    """W4: 784-512-512-10 softmax, 128 examples, float32."""
    return _network([784, 512, 512, 10], 128, "relu", 0.01, np.float32)


def scalars() -> dict[str, Step]:
    """W5: a thousand operations on scalars, as micrograd does them."""

    def chain(a: Any, b: Any) -> Any:
        x = a
        for _ in range(250):
            x = x * b + a
            x = x * 0.5 - b
        return x

    both = ag.value_and_grad(chain, argnums=(0, 1))

    def by_torch() -> Any:
        import torch

        torch.set_num_threads(1)
        a = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        b = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
        out = chain(a, b)
        out.backward()
        return out.item()

    compiled = ag.compile(both)
    a, b = np.float64(0.3), np.float64(0.7)
    return {
        "torch": by_torch,
        "ours": lambda: both(a, b)[0].item(),
        "compiled": lambda: compiled(a, b)[0].item(),
    }


def elementwise() -> dict[str, Step]:
    """W6: mean(sigmoid(a b + c) tanh(a)) of a million entries, float64."""
    rng = np.random.default_rng(2)
    a, b, c = rng.standard_normal((3, 1_000_000))

    def by_hand() -> Any:
        s = 1 / (1 + np.exp(-(a * b + c)))
        t = np.tanh(a)
        cost = np.mean(s * t)
        ds = t / a.size
        dt = s / a.size
        dz = ds * s * (1 - s)
        _ = dz * b + dt * (1 - t**2), dz * a, dz
        return cost

    both = ag.value_and_grad(
        lambda x, y, z: np.mean(ag.sigmoid(x * y + z) * np.tanh(x)), argnums=(0, 1, 2)
    )

    def by_torch() -> Any:
        import torch

        torch.set_num_threads(1)
        x, y, z = (torch.tensor(each, requires_grad=True) for each in (a, b, c))
        cost = (torch.sigmoid(x * y + z) * torch.tanh(x)).mean()
        cost.backward()
        return cost.item()

    compiled = ag.compile(both)
    return {
        "handwritten": by_hand,
        "ours": lambda: both(a, b, c)[0].item(),
        "compiled": lambda: compiled(a, b, c)[0].item(),
        "torch": by_torch,
    }


WORKLOADS: dict[str, Workload] = {
    "W1 planar": planar,
    "W2 cats": cats,
    "W3 deep": deep,
    "W4 wide": wide,
    "W5 scalars": scalars,
    "W6 elementwise": elementwise,
}
