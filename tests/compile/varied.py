"""Programs of all kinds, each with arguments: what people compile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

import autograd_mini as ag

__all__ = ["VARIED"]


def data(*shape: int, seed: int = 0, dtype: Any = float) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


class Layer(NamedTuple):
    W: Any
    b: Any


@dataclass
class Model:
    layers: list[Layer]
    scale: Any


def by_count(x: Any, n: int) -> Any:
    for k in range(n):
        x = np.tanh(x) if k % 2 else ag.sigmoid(x) - 0.5
    return x


def by_shape(x: Any) -> Any:
    return x.sum(axis=0) if x.shape[0] > x.shape[1] else np.exp(x).sum(axis=1)


def read_by_columns(x: Any) -> Any:
    return ag.value_and_grad(
        lambda a: (
            np.sum(np.tanh(np.ravel(a, order="F") * np.arange(a.size)))
            + np.sum(np.reshape(a * 2, (-1,), order="F")[:2] ** 3)
        )
    )(x), np.reshape(x, x.shape[::-1], order="F") + 0


def until_small(x: Any) -> Any:
    size = 10.0
    while size > 1.0:
        x, size = x * 0.5 + 1.0, size / 2
    return x


def over_a_model(model: Any, x: Any) -> Any:
    def cost(m: Any) -> Any:
        a = x
        for layer in m.layers:
            a = ag.relu(layer.W @ a + layer.b)
        return np.mean(a**2) * m.scale

    return ag.value_and_grad(cost)(model)


MODEL = Model([Layer(data(4, 3), data(4, 1)), Layer(data(2, 4), data(2, 1))], np.array(0.5))


def recurrent(W: Any, U: Any, xs: Any) -> Any:
    def cost(W: Any, U: Any) -> Any:
        h = np.zeros((W.shape[0], 1))
        total = 0.0
        for t in range(xs.shape[0]):
            h = np.tanh(W @ h + U @ xs[t])
            total = total + np.sum(h * h)
        return total

    return ag.value_and_grad(cost, (0, 1))(W, U)


def momentum(p: Any, v: Any, x: Any) -> Any:
    cost, grad = ag.value_and_grad(lambda w: np.mean(np.log(np.cosh(x @ w))))(p)
    v *= 0.9
    v += grad
    p -= 0.1 * v
    return cost


def adam(p: Any, m: Any, v: Any, t: Any) -> Any:
    grad = ag.grad(lambda w: np.sum(ag.softplus(w) ** 2))(p)
    t += 1
    m[...] = 0.9 * m + 0.1 * grad
    v[...] = 0.99 * v + 0.01 * grad * grad
    p -= 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
    return np.sum(p)


def returns_old_and_new(p: Any) -> Any:
    old = p * 1.0
    p *= 2
    return old, p, p + old


def rotate(a: Any, b: Any, c: Any) -> Any:
    first = a * 1
    a[...] = b
    b[...] = c
    c[...] = first
    return a + b * c


def part_in_place(a: Any, x: Any) -> Any:
    a[1:] += np.exp(x[:-1])
    a[0] = np.sum(x)
    return a * 2


def dropped(x: Any, rng: Any) -> Any:
    kept = ag.dropout(np.tanh(x), 0.7, rng=rng)
    return kept.sum(axis=0), ag.grad(lambda z: np.sum(ag.dropout(z * z, 0.5, rng=rng)))(x)


def view_and_all(x: Any) -> Any:
    h = np.tanh(x)
    return h * h.T.sum() + h[0]


def attention(q: Any, k: Any, v: Any) -> Any:
    def cost(q: Any, k: Any, v: Any) -> Any:
        weights = ag.softmax(q @ k.T / np.sqrt(q.shape[1]), axis=1)
        return np.sum((weights @ v) ** 2)

    return ag.value_and_grad(cost, (0, 1, 2))(q, k, v)


def normalized(x: Any, g: Any, b: Any) -> Any:
    def cost(x: Any, g: Any, b: Any) -> Any:
        centred = x - x.mean(axis=1, keepdims=True)
        return np.sum(np.tanh(centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
                              * g + b))  # fmt: skip

    return ag.value_and_grad(cost, (0, 1, 2))(x, g, b)


def regularized(p: Any, x: Any, y: Any) -> Any:
    def cost(p: Any) -> Any:
        z = p["W2"] @ np.tanh(p["W1"] @ x + p["b1"]) + p["b2"]
        fit = -np.mean(y * np.log(ag.sigmoid(z)) + (1 - y) * np.log(1 - ag.sigmoid(z)))
        return fit + 0.1 * sum(np.sum(p[name] ** 2) for name in ("W1", "W2"))

    value, grads = ag.value_and_grad(cost)(p)
    for name, each in grads.items():
        p[name] -= 0.5 * each
    return value, grads


NET = {"W1": data(5, 3), "b1": data(5, 1), "W2": data(1, 5), "b2": data(1, 1)}
SYMMETRIC = data(3, 3) @ data(3, 3).T + 3 * np.eye(3)
X, Y = data(3, 4), data(3, 4, seed=1)

VARIED: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "a loop over a count": (by_count, (X, 3)),
    "a branch on a shape": (by_shape, (data(5, 2),)),
    "a while loop on Python numbers": (until_small, (X,)),
    "a generator expression": (lambda x: sum(x[k] * k for k in range(3)), (X,)),
    "a model of dataclasses and named tuples": (over_a_model, (MODEL, data(3, 6))),
    "nested results": (lambda x: {"a": [x, (x * 2, {"b": x.sum()})], "c": None}, (X,)),
    "a recurrent net": (recurrent, (data(3, 3), data(3, 2), data(4, 2, 1))),
    "momentum": (momentum, (data(4), data(4, seed=2), data(6, 4))),
    "Adam": (adam, (data(4), np.zeros(4), np.zeros(4), np.zeros(()))),
    "read by columns": (read_by_columns, (data(4, 3),)),
    "what was and what is": (returns_old_and_new, (X.copy(),)),
    "three arguments that change places": (rotate, (data(3), data(3, seed=1), data(3, seed=2))),
    "parts changed in place": (part_in_place, (data(4), data(4, seed=1))),
    "regularized training": (regularized, (NET, data(3, 7), (data(1, 7) > 0) * 1.0)),
    "one array twice": (lambda a, b: a * b + a, (X, X)),
    "overlapping arrays": (lambda a, b: np.exp(a) - b, (X[:2], X[1:])),
    "views of views": (lambda x: (x.T[1:].T[::-1] * 2, x[None].squeeze()), (X,)),
    "a view and what it shows": (view_and_all, (X,)),
    "transposed arguments": (lambda x, y: np.tanh(x) * y + 1, (X.T, np.asfortranarray(Y.T))),
    "every other entry": (lambda x: np.exp(x) + x, (data(8)[::2],)),
    "read-only arguments": (lambda x: np.tanh(x) * 2, (np.broadcast_to(X[0], (3, 4)),)),
    "an attention block": (attention, (data(5, 4), data(5, 4, seed=1), data(5, 4, seed=2))),
    "layer normalization": (normalized, (data(4, 6), data(6), data(6, seed=1))),
    "no entries": (lambda x: (np.exp(x) * 2, x.sum(axis=0), ag.sigmoid(x)), (np.zeros((0, 3)),)),
    "0-d arrays": (lambda a, b: np.tanh(a) * b + ag.softplus(b), (np.array(0.3), np.array(2.0))),
    "0-d beside a matrix": (lambda a, x: np.exp(a * x) + a, (np.array(0.3), X)),
    "one entry": (lambda x: np.exp(x) / (1 + x.sum()), (np.ones((1, 1)),)),
    "five axes": (
        lambda x, y: (np.tanh(x * y + 1).sum(axis=(1, 3)), (x - y).max(axis=0)),
        (data(2, 3, 2, 2, 3), data(3, 1, 2, 1)),
    ),
    "sums along each axis": (
        lambda x: [np.exp(x).sum(axis=k, keepdims=b) for k in (0, 1, (0, 1)) for b in (0, 1)],
        (data(3, 5),),
    ),
    "long sums": (lambda x: (np.tanh(x).sum(), (x * x).mean(axis=1)), (data(3, 9000),)),
    "one long sum": (lambda x: np.sum(ag.sigmoid(x) * x), (data(20_001),)),
    "outer sums": (lambda a, b: np.exp(a[:, None] - b).sum(axis=0), (data(4), data(5))),
    "extremes along an axis": (
        lambda x: (np.exp(x).max(axis=0), np.exp(x).min(axis=1), (x * 2).max()),
        (X,),
    ),
    "second derivatives": (
        lambda x: ag.hessian(lambda z: np.sum(ag.sigmoid(z) * np.tanh(z)))(x),
        (data(3),),
    ),
    "third derivative": (
        ag.grad(ag.grad(ag.grad(lambda x: np.exp(np.tanh(x) * 2)))),
        (np.float64(0.3),),
    ),
    "curvature along a direction": (
        lambda x, v: ag.hvp(lambda z: np.sum(np.log1p(np.exp(z)) ** 2), (x,), (v,)),
        (X, Y),
    ),
    "gradient of a gradient's norm": (
        ag.grad(lambda x: np.sum(ag.grad(lambda z: np.sum(ag.silu(z)))(x) ** 2)),
        (X,),
    ),
    "forward over forward": (
        lambda x: ag.jvp(lambda z: ag.jvp(np.tanh, (z,), (z,))[1], (x,), (x,)),
        (X,),
    ),
    "gradients of each example": (
        ag.vmap(ag.grad(lambda w, x: np.sum(np.tanh(w * x))), (None, 0)),
        (data(4), X),
    ),
    "a Jacobian": (ag.jacobian(lambda x: np.exp(x) * np.sum(x)), (data(3),)),
    "cumulative sums": (ag.grad(lambda x: np.sum(np.tanh(np.cumsum(x, axis=0)) ** 2)), (X,)),
    "gathered and scattered": (
        ag.grad(lambda x: np.sum(np.exp(x[[0, 2, 0]]) * x[1])),
        (X,),
    ),
    "masks": (ag.grad(lambda x: np.sum(np.where(x > 0.1, np.exp(x), -x) ** 2)), (X,)),
    "logic": (lambda x, y: np.where((x > 0) & ~(y > x) | (x == y), x, y * 2), (X, Y)),
    "kinks": (
        ag.grad(lambda x: np.sum(ag.relu(x) * np.abs(x) + ag.leaky_relu(x) + ag.elu(x))),
        (X,),
    ),
    "a convolution": (
        ag.value_and_grad(lambda w, x: np.sum(np.tanh(ag.conv(x, w, padding=1)) ** 2)),
        (data(2, 1, 3, 3), data(2, 1, 5, 5)),
    ),
    "pooling": (ag.grad(lambda x: np.sum(ag.max_pool(np.tanh(x), 2) ** 2)), (data(1, 1, 4, 4),)),
    "Cholesky": (ag.grad(lambda a: np.sum(np.exp(np.linalg.cholesky(a)))), (SYMMETRIC,)),
    "solving": (
        ag.grad(lambda a, b: np.sum(np.linalg.solve(a, b) ** 2), (0, 1)),
        (SYMMETRIC, data(3)),
    ),
    "einsum": (ag.grad(lambda a, b: np.sum(np.einsum("ij,kj->ik", a, b) ** 2), 1), (X, Y)),
    "complex numbers": (ag.grad(lambda z: np.sum(np.abs(z * z + 1j) ** 2)), (X + 1j * Y,)),
    "spectra": (ag.grad(lambda x: np.sum(np.abs(np.fft.fft(np.tanh(x))) ** 2)), (data(8),)),
    "float32": (
        ag.value_and_grad(lambda x: np.mean(ag.sigmoid(x) * np.tanh(x) + ag.softplus(x))),
        (X.astype(np.float32),),
    ),
    "float32 beside float64": (lambda x, y: np.exp(x) * y + x, (X.astype(np.float32), Y)),
    "integers and truth": (lambda n, b: (n * 2 + b, n > 1, n / 2), (np.arange(3), X[:, 0] > 0)),
    "random masks": (dropped, (X, 5)),
    "log of softmax": (
        ag.value_and_grad(lambda z: -np.mean(np.log(ag.softmax(z, axis=1))[:, 0])),
        (data(6, 3),),
    ),
    "large logits": (
        ag.value_and_grad(lambda z: np.mean(ag.softplus(z) - ag.log_sigmoid(z))),
        (np.array([-800.0, -40.0, 0.0, 40.0, 800.0]),),
    ),
    "infinities": (
        lambda x: (np.exp(x), np.tanh(x), ag.sigmoid(x), np.log1p(np.exp(-x)), x / (x + 1)),
        (np.array([-np.inf, -1.0, 0.0, np.inf, np.nan]),),
    ),
    "text and flags as arguments": (
        lambda x, how, flag: np.tanh(x) if how == "tanh" and flag else x,
        (X, "tanh", True),
    ),
    "checkpoints": (ag.grad(lambda x: np.sum(ag.checkpoint(np.tanh)(x) ** 2)), (X,)),
    "names and keywords": (lambda x, *, scale: np.exp(x) * scale, (X,)),
    "polynomials": (lambda x: np.polyval([2.0, -1.0, 0.5], x) + x**3 - x**0.5, (np.abs(X),)),
    "powers": (ag.grad(lambda x: np.sum(x**3 + 2.0**x + 1 / x)), (np.abs(X) + 0.5,)),
}
