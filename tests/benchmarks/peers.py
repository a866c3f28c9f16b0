"""The same steps with other libraries (extra ``benchmark``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.networks import Contender, Network, named

__all__ = ["ELEMENTWISE", "NETWORKS", "SCALARS", "chain", "mean"]


def _cost(p: Any, X: Any, Y: Any, hidden: str, xp: Any) -> Any:
    """Return the cost of a network in the functions of `xp`."""
    A, depth = X, len(p) // 2
    for layer in range(1, depth):
        Z = xp.matmul(p[f"W{layer}"], A) + p[f"b{layer}"]
        A = xp.tanh(Z) if hidden == "tanh" else xp.relu(Z)
    Z = xp.matmul(p[f"W{depth}"], A) + p[f"b{depth}"]
    return xp.cross_entropy(Z, Y) if Y.shape[0] > 1 else xp.logistic(Z, Y)


def chain(a: Any, b: Any) -> Any:
    """Return W5: a thousand operations on scalars."""
    x = a
    for _ in range(250):
        x = (x * b + a) * 0.5 - b
    return x


def mean(a: Any, b: Any, c: Any, xp: Any) -> Any:
    """Return W6: mean(sigmoid(a b + c) tanh(a))."""
    return xp.mean(xp.sigmoid(a * b + c) * xp.tanh(a))


def _mean_with(xp: Any) -> Callable[..., Any]:
    return lambda a, b, c: mean(a, b, c, xp)


# -- torch ----------------------------------------------------------------------------------------


class _Torch:
    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        self.tanh, self.relu, self.matmul = torch.tanh, torch.relu, torch.matmul
        self.sigmoid, self.mean = torch.sigmoid, torch.mean

    def logistic(self, Z: Any, Y: Any) -> Any:
        return self.torch.nn.functional.binary_cross_entropy_with_logits(Z, Y)

    def cross_entropy(self, Z: Any, Y: Any) -> Any:
        return -(self.torch.log_softmax(Z, 0) * Y).sum() / Y.shape[1]


def _torch_network(net: Network, through: Callable[[Any], Any]) -> Contender:
    xp = _Torch()
    X, Y = (xp.torch.tensor(each) for each in net.data())
    p = {k: xp.torch.tensor(v, requires_grad=True) for k, v in net.parameters().items()}
    cost_of = through(lambda params: _cost(params, X, Y, net.hidden, xp))

    def step() -> float:
        cost = cost_of(p)
        cost.backward()
        with xp.torch.no_grad():
            for each in p.values():
                each -= net.rate * each.grad
                each.grad = None
        return float(cost.item())

    return Contender(step, lambda: {k: v.detach().numpy() for k, v in p.items()})


def _torch_function(
    f: Callable[..., Any], arrays: dict[str, Any], through: Callable[[Any], Any]
) -> Contender:
    torch = _Torch().torch
    given = [
        torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in arrays.values()
    ]
    run = through(f)

    def step() -> float:
        for each in given:
            each.grad = None
        out = run(*given)
        out.backward()
        return float(out.item())

    return Contender(step, lambda: named(arrays, [each.grad.numpy() for each in given]))


def _torch_compile(f: Any) -> Any:
    import torch

    return torch.compile(f)


def _as_is(f: Any) -> Any:
    return f


# -- jax ------------------------------------------------------------------------------------------


class _Jax:
    def __init__(self) -> None:
        import jax

        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        self.jax = jax
        self.tanh, self.matmul, self.mean = jax.numpy.tanh, jax.numpy.matmul, jax.numpy.mean
        self.relu, self.sigmoid = jax.nn.relu, jax.nn.sigmoid

    def logistic(self, Z: Any, Y: Any) -> Any:
        return self.mean(self.jax.nn.softplus(Z) - Y * Z)

    def cross_entropy(self, Z: Any, Y: Any) -> Any:
        return -(self.jax.nn.log_softmax(Z, axis=0) * Y).sum() / Y.shape[1]


def _jax_network(net: Network) -> Contender:
    xp = _Jax()
    X, Y = (xp.jax.numpy.asarray(each) for each in net.data())
    state = {"p": {k: xp.jax.numpy.asarray(v) for k, v in net.parameters().items()}}

    @xp.jax.jit
    def update(p: Any, X: Any, Y: Any) -> Any:
        cost, g = xp.jax.value_and_grad(lambda q: _cost(q, X, Y, net.hidden, xp))(p)
        return cost, {k: p[k] - net.rate * g[k] for k in p}

    def step() -> float:
        cost, state["p"] = update(state["p"], X, Y)
        xp.jax.block_until_ready(state["p"])
        return float(cost)

    return Contender(step, lambda: {k: np.asarray(v) for k, v in state["p"].items()})


def _jax_function(f: Callable[..., Any], arrays: dict[str, Any]) -> Contender:
    jax = _Jax().jax
    given = [jax.numpy.asarray(each, dtype="float64") for each in arrays.values()]
    both = jax.jit(jax.value_and_grad(f, argnums=tuple(range(len(given)))))

    def step() -> float:
        out, grads = both(*given)
        jax.block_until_ready(grads)
        return float(out)

    return Contender(step, lambda: named(arrays, both(*given)[1]))


# -- HIPS autograd --------------------------------------------------------------------------------


class _Hips:
    def __init__(self) -> None:
        import autograd
        import autograd.numpy as anp

        self.autograd, self.anp = autograd, anp
        self.tanh, self.matmul, self.mean = anp.tanh, anp.dot, anp.mean

    def relu(self, x: Any) -> Any:
        return self.anp.where(x > 0, x, 0.0)  # maximum() halves the gradient of ties

    def sigmoid(self, x: Any) -> Any:
        return 1 / (1 + self.anp.exp(-x))

    def logistic(self, Z: Any, Y: Any) -> Any:
        return self.anp.mean(self.anp.logaddexp(0, Z) - Y * Z)

    def cross_entropy(self, Z: Any, Y: Any) -> Any:
        shifted = Z - self.anp.max(Z, axis=0, keepdims=True)
        total = self.anp.sum(self.anp.exp(shifted), axis=0, keepdims=True)
        return -self.anp.sum((shifted - self.anp.log(total)) * Y) / Y.shape[1]


def _hips_network(net: Network) -> Contender:
    xp = _Hips()
    p, (X, Y) = net.parameters(), net.data()
    both = xp.autograd.value_and_grad(lambda q: _cost(q, X, Y, net.hidden, xp))

    def step() -> float:
        cost, g = both(p)
        for name, each in g.items():
            p[name] = p[name] - net.rate * each
        return float(cost)

    return Contender(step, lambda: p)


def _hips_function(f: Callable[..., Any], arrays: dict[str, Any]) -> Contender:
    both = _Hips().autograd.value_and_grad(f, argnum=tuple(range(len(arrays))))
    return Contender(
        lambda: float(both(*arrays.values())[0]),
        lambda: named(arrays, both(*arrays.values())[1]),
    )


# -- MyGrad ---------------------------------------------------------------------------------------


class _MyGrad:
    def __init__(self) -> None:
        import mygrad
        from mygrad.nnet.activations import logsoftmax, relu, sigmoid

        self.mg, self.logsoftmax = mygrad, logsoftmax
        self.relu, self.sigmoid = relu, sigmoid
        self.tanh, self.matmul, self.mean = mygrad.tanh, mygrad.matmul, mygrad.mean

    def logistic(self, Z: Any, Y: Any) -> Any:
        return self.mean(self.mg.logaddexp(0, Z) - Y * Z)

    def cross_entropy(self, Z: Any, Y: Any) -> Any:
        return -(self.logsoftmax(Z, axis=0) * Y).sum() / Y.shape[1]


def _mygrad_network(net: Network) -> Contender:
    xp = _MyGrad()
    X, Y = net.data()
    p = {name: xp.mg.tensor(each) for name, each in net.parameters().items()}

    def step() -> float:
        cost = _cost(p, X, Y, net.hidden, xp)
        cost.backward()
        for name, each in p.items():
            p[name] = xp.mg.tensor(each.data - net.rate * each.grad)
        return float(cost)

    return Contender(step, lambda: {name: each.data for name, each in p.items()})


def _mygrad_function(f: Callable[..., Any], arrays: dict[str, Any]) -> Contender:
    mg = _MyGrad().mg
    given = [mg.tensor(each, dtype="float64") for each in arrays.values()]

    def step() -> float:
        out = f(*given)
        out.backward()
        return float(out)

    return Contender(step, lambda: named(arrays, [each.grad for each in given]))


NETWORKS: dict[str, Callable[[Network], Contender]] = {
    "torch": lambda net: _torch_network(net, _as_is),
    "torch.compile": lambda net: _torch_network(net, _torch_compile),
    "jax.jit": _jax_network,
    "HIPS autograd": _hips_network,
    "MyGrad": _mygrad_network,
}
SCALARS: dict[str, Callable[[dict[str, Any]], Contender]] = {
    "torch": lambda arrays: _torch_function(chain, arrays, _as_is),
    "jax.jit": lambda arrays: _jax_function(chain, arrays),
    "HIPS autograd": lambda arrays: _hips_function(chain, arrays),
    "MyGrad": lambda arrays: _mygrad_function(chain, arrays),
}
"""W5; without ``torch.compile``, which is not made for a thousand single numbers."""
ELEMENTWISE: dict[str, Callable[[dict[str, Any]], Contender]] = {
    "torch": lambda arrays: _torch_function(_mean_with(_Torch()), arrays, _as_is),
    "torch.compile": lambda arrays: _torch_function(_mean_with(_Torch()), arrays, _torch_compile),
    "jax.jit": lambda arrays: _jax_function(_mean_with(_Jax()), arrays),
    "HIPS autograd": lambda arrays: _hips_function(_mean_with(_Hips()), arrays),
    "MyGrad": lambda arrays: _mygrad_function(_mean_with(_MyGrad()), arrays),
}
