"""Costs of models as people write them, to derive gradients of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_mini as ag


class Parameters(dict[str, Any]):
    """Makes named random tensors to differentiate by, and remembers them; data beside them."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self.rng = np.random.default_rng(seed)
        self.given: dict[str, Any] = {}

    def new(self, name: str, *shape: int) -> Any:
        value = np.asarray(self.rng.normal(size=shape))
        self[name] = ag.tensor(value, requires_grad=True, name=name)
        return self[name]

    def positive(self, name: str, *shape: int) -> Any:
        """Return a tensor to differentiate by, between 0 and 1."""
        self[name] = ag.tensor(self.rng.uniform(0.2, 0.8, shape), requires_grad=True, name=name)
        return self[name]

    def data(self, name: str, *shape: int) -> Any:
        return self.known(name, self.rng.normal(size=shape))

    def known(self, name: str, values: Any) -> Any:
        """Return data with these values."""
        self.given[name] = ag.tensor(np.asarray(values), name=name)
        return self.given[name]

    def chosen(self, *shape: int) -> Any:
        """Return ones and zeros."""
        return (self.rng.random(shape) > 0.5) * 1.0


def named(name: str, value: Any) -> Any:
    """Give a result the name it has in the formulas."""
    value.name = name
    return value


def layers(p: Parameters, dims: list[int], hidden: str = "relu", m: int = 5) -> Any:
    """Return the cost of the course's network."""
    A = p.data("X", dims[0], m)
    Y = p.known("Y", p.chosen(dims[-1], m))
    last = len(dims) - 1
    for l in range(1, last + 1):
        Z = p.new(f"W{l}", dims[l], dims[l - 1]) @ A + p.new(f"b{l}", dims[l], 1)
        named(f"Z{l}", Z)
        A = named(f"A{l}", getattr(ag, hidden)(Z) if l < last else ag.sigmoid(Z))
    return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m


def logistic(p: Parameters) -> Any:
    X, y = p.data("X", 6, 3), p.known("y", p.chosen(6))
    z = named("z", X @ p.new("w", 3) + p.new("b"))
    a = named("a", ag.sigmoid(z))
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def logistic_with_l2(p: Parameters) -> Any:
    return logistic(p) + 0.1 / (2 * 6) * np.sum(p["w"] ** 2)


def softmax_regression(p: Parameters) -> Any:
    X = p.data("X", 4, 6)
    Y = p.known("Y", np.eye(3)[:, p.rng.integers(3, size=6)])
    Z = named("Z", p.new("W", 3, 4) @ X + p.new("b", 3, 1))
    A = named("A", ag.softmax(Z, axis=0))
    return -np.sum(Y * np.log(A)) / 6


def softmax_net(p: Parameters) -> Any:
    X = p.data("X", 4, 6)
    Y = p.known("Y", np.eye(3)[:, p.rng.integers(3, size=6)])
    Z1 = named("Z1", p.new("W1", 5, 4) @ X + p.new("b1", 5, 1))
    A1 = named("A1", np.tanh(Z1))
    Z2 = named("Z2", p.new("W2", 3, 5) @ A1 + p.new("b2", 3, 1))
    E = np.exp(Z2 - np.max(Z2, axis=0, keepdims=True))
    A2 = named("A2", E / np.sum(E, axis=0, keepdims=True))
    return -np.sum(Y * np.log(A2)) / 6


def attention(p: Parameters) -> Any:
    X, T = p.data("X", 5, 4), p.data("T", 5, 4)
    Q = named("Q", X @ p.new("W_q", 4, 4))
    K = named("K", X @ p.new("W_k", 4, 4))
    V = named("V", X @ p.new("W_v", 4, 4))
    S = named("S", Q @ K.T / np.sqrt(4))
    P = named("P", ag.softmax(S, axis=-1))
    O = named("O", P @ V)
    return np.mean((O - T) ** 2)


def multi_head_attention(p: Parameters) -> Any:
    n, heads, d = 5, 2, 3
    X = p.data("X", n, heads * d)

    def split(x: Any) -> Any:
        return x.reshape(n, heads, d).transpose(1, 0, 2)

    Q = named("Q", split(X @ p.new("W_q", 6, 6)))
    K = named("K", split(X @ p.new("W_k", 6, 6)))
    V = named("V", split(X @ p.new("W_v", 6, 6)))
    S = named("S", Q @ K.transpose(0, 2, 1) / np.sqrt(d))
    P = named("P", ag.softmax(S, axis=-1))
    H = named("H", (P @ V).transpose(1, 0, 2).reshape(n, heads * d))
    O = named("O", H @ p.new("W_o", 6, 6))
    return np.sum(O**2)


def recurrent(p: Parameters, steps: int = 3) -> Any:
    W, U, b = p.new("W", 3, 2), p.new("U", 3, 3), p.new("b", 3, 1)
    h = p.data("h0", 3, 1)
    for t in range(1, steps + 1):
        h = named(f"h{t}", np.tanh(W @ p.data(f"x{t}", 2, 1) + U @ h + b))
    y = named("y", p.new("V", 1, 3) @ h)
    return np.sum((y - 1.0) ** 2)


def einsum_bilinear(p: Parameters) -> Any:
    x, y = p.data("x", 4, 3), p.data("y", 4, 2)
    s = named("s", np.einsum("ni,ij,nj->n", x, p.new("B", 3, 2), y))
    return np.sum(s**2)


def einsum_trace(p: Parameters) -> Any:
    return np.einsum("ij,jk,ki->", p.new("A", 2, 3), p.new("B", 3, 4), p.new("C", 4, 2))


def einsum_attention(p: Parameters) -> Any:
    q, k, v = (p.new(each, 2, 4, 3) for each in "qkv")
    S = named("S", np.einsum("hid,hjd->hij", q, k) / np.sqrt(3))
    P = named("P", ag.softmax(S, axis=-1))
    o = named("o", np.einsum("hij,hjd->hid", P, v))
    return np.sum(np.sin(o))


def layer_norm(p: Parameters) -> Any:
    x = p.new("x", 4, 5)
    mu = named("mu", np.mean(x, axis=-1, keepdims=True))
    var = named("var", np.mean((x - mu) ** 2, axis=-1, keepdims=True))
    xhat = named("xhat", (x - mu) / np.sqrt(var + 1e-5))
    y = named("y", p.new("gamma", 5) * xhat + p.new("beta", 5))
    return np.sum(y * p.data("C", 4, 5))


def batch_norm(p: Parameters) -> Any:
    X = p.data("X", 3, 8)
    Z = named("Z", p.new("W", 4, 3) @ X)
    mu = named("mu", np.mean(Z, axis=1, keepdims=True))
    var = named("var", np.var(Z, axis=1, keepdims=True))
    Zhat = named("Zhat", (Z - mu) / np.sqrt(var + 1e-5))
    A = named("A", np.tanh(p.new("gamma", 4, 1) * Zhat + p.new("beta", 4, 1)))
    return np.mean(A**2 * p.data("C", 4, 8))


def _kernel(p: Parameters, x: np.ndarray) -> Any:
    ell, sigma = p.new("ell"), p.new("sigma")
    squares = (x[:, None] - x[None, :]) ** 2
    K = sigma**2 * np.exp(-squares / (2 * ell**2)) + 0.1 * np.eye(len(x))
    return named("K", K)


def gaussian_process(p: Parameters) -> Any:
    x, y = np.linspace(-1, 1, 6), np.sin(np.linspace(-2, 2, 6))
    K = _kernel(p, x)
    alpha = named("alpha", np.linalg.solve(K, y))
    logdet = named("logdet", np.linalg.slogdet(K)[1])
    return 0.5 * (y @ alpha) + 0.5 * logdet


def gaussian_process_cholesky(p: Parameters) -> Any:
    x, y = np.linspace(-1, 1, 6), np.sin(np.linspace(-2, 2, 6))
    L = named("L", np.linalg.cholesky(_kernel(p, x)))
    v = named("v", np.linalg.solve(L, y))
    return 0.5 * np.sum(v**2) + np.sum(np.log(np.diagonal(L)))


def conv1d(p: Parameters) -> Any:
    x, w = p.data("x", 10), p.new("w", 3)
    y = named("y", np.convolve(x, w, mode="valid") + p.new("b"))
    return np.sum(ag.relu(y) ** 2)


def conv1d_by_slices(p: Parameters) -> Any:
    x, w = p.new("x", 8), p.new("w", 3)
    y = named("y", x[:-2] * w[0] + x[1:-1] * w[1] + x[2:] * w[2])
    return np.sum(np.tanh(y))


def gaussian_mixture(p: Parameters) -> Any:
    x = p.data("x", 7, 1)
    pi = named("pi", ag.log_softmax(p.new("a", 3)))
    s = p.new("s", 3)
    z = named("z", (x - p.new("mu", 3)) / np.exp(s))
    logp = named("logp", pi - s - 0.5 * z**2)
    return -np.sum(ag.logsumexp(logp, axis=1))


def huber(p: Parameters) -> Any:
    X, y = p.data("X", 8, 3), p.data("y", 8)
    r = named("r", X @ p.new("w", 3) + p.new("b") - y)
    return np.mean(np.where(np.abs(r) <= 1.0, 0.5 * r**2, np.abs(r) - 0.5))


def matrix_factorisation(p: Parameters) -> Any:
    R = p.data("R", 5, 4)
    M = p.known("M", p.chosen(5, 4))
    U, V = p.new("U", 5, 2), p.new("V", 4, 2)
    E = named("E", M * (R - U @ V.T))
    return 0.5 * np.sum(E**2) + 0.05 * (np.sum(U**2) + np.sum(V**2))


def kernel_ridge(p: Parameters) -> Any:
    B = p.rng.normal(size=(5, 5))
    K, y = p.known("K", B @ B.T), p.data("y", 5)
    alpha = p.new("alpha", 5)
    r = named("r", K @ alpha - y)
    return 0.5 * r @ r + 0.05 * alpha @ K @ alpha


def least_squares(p: Parameters) -> Any:
    r = named("r", p.data("X", 6, 3) @ p.new("w", 3) - p.data("y", 6))
    return r @ r / 6


def lasso(p: Parameters) -> Any:
    w = p.new("w", 3)
    r = named("r", p.data("X", 6, 3) @ w - p.data("y", 6))
    return np.mean(r**2) + 0.1 * np.sum(np.abs(w))


def poisson_regression(p: Parameters) -> Any:
    eta = named("eta", p.data("X", 6, 3) @ p.new("w", 3))
    y = p.known("y", p.rng.poisson(3.0, size=6) * 1.0)
    return np.sum(np.exp(eta) - y * eta)


def hinge(p: Parameters) -> Any:
    w = p.new("w", 3)
    y = p.known("y", 2 * p.chosen(6) - 1)
    s = named("s", p.data("X", 6, 3) @ w + p.new("b"))
    return np.mean(np.maximum(0, 1 - y * s)) + 0.05 * w @ w


def autoencoder(p: Parameters) -> Any:
    X = p.data("X", 4, 7)
    W = p.new("W", 2, 4)
    H = named("H", np.tanh(W @ X + p.new("b", 2, 1)))
    R = named("R", W.T @ H + p.new("c", 4, 1))
    return np.sum((R - X) ** 2) / 7


def residual_block(p: Parameters) -> Any:
    X = p.new("X", 3, 5)
    H = named("H", ag.relu(p.new("W1", 4, 3) @ X))
    R = named("R", X + p.new("W2", 3, 4) @ H)
    return np.sum(R**2) / 5


def embedding(p: Parameters) -> Any:
    E = p.new("E", 5, 3)
    x = named("x", E[np.array([0, 2, 2, 4])])
    s = named("s", x @ p.new("w", 3))
    return np.sum(s**2)


def skip_gram(p: Parameters) -> Any:
    v, U = p.new("v", 3), p.new("U", 6, 3)
    s = named("s", U @ v)
    return -ag.log_softmax(s)[2]


def variational(p: Parameters) -> Any:
    mu, s = p.new("mu", 4), p.new("s", 4)
    z = named("z", mu + np.exp(s) * p.data("eps", 4))
    kl = named("kl", -0.5 * np.sum(1 + 2 * s - mu**2 - np.exp(2 * s)))
    return kl + np.sum((z - p.data("x", 4)) ** 2)


def gated_unit(p: Parameters) -> Any:
    x, h = p.data("x", 2, 1), p.new("h", 3, 1)
    r = named("r", ag.sigmoid(p.new("W_r", 3, 2) @ x + p.new("U_r", 3, 3) @ h))
    u = named("u", ag.sigmoid(p.new("W_u", 3, 2) @ x + p.new("U_u", 3, 3) @ h))
    c = named("c", np.tanh(p.new("W_c", 3, 2) @ x + p.new("U_c", 3, 3) @ (r * h)))
    n = named("n", u * h + (1 - u) * c)
    return np.sum(n**2)


def rosenbrock(p: Parameters) -> Any:
    x = p.new("x", 4)
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rayleigh_quotient(p: Parameters) -> Any:
    x, A = p.new("x", 3), p.data("A", 3, 3)
    return (x @ A @ x) / (x @ x)


def contrastive(p: Parameters) -> Any:
    X, Y = p.new("X", 4, 3), p.new("Y", 4, 3)
    U = named("U", X / np.sqrt(np.sum(X**2, axis=1, keepdims=True)))
    V = named("V", Y / np.sqrt(np.sum(Y**2, axis=1, keepdims=True)))
    S = named("S", U @ V.T / 0.5)
    return -np.mean(np.diagonal(ag.log_softmax(S, axis=1)))


def log_det(p: Parameters) -> Any:
    A = p.new("A", 3, 3)
    S = named("S", A @ A.T + 2 * np.eye(3))
    return np.linalg.slogdet(S)[1] + np.trace(np.linalg.inv(S))


def pooled(p: Parameters) -> Any:
    x = p.new("x", 4, 6)
    h = named("h", np.max(x.reshape(4, 3, 2), axis=2))
    return np.sum(h @ p.new("w", 3))


def spectrum(p: Parameters) -> Any:
    F = named("F", np.fft.rfft(p.new("x", 8)))
    return np.sum(np.abs(F) ** 2 * np.arange(5))


MODELS: dict[str, Callable[[Parameters], Any]] = {
    "a five-layer network": lambda p: layers(p, [4, 5, 4, 3, 2, 1]),
    "logistic regression": logistic,
    "logistic regression with L2": logistic_with_l2,
    "softmax regression": softmax_regression,
    "a softmax network": softmax_net,
    "attention": attention,
    "multi-head attention": multi_head_attention,
    "a recurrent net": recurrent,
    "a gated recurrent unit": gated_unit,
    "einsum of three": einsum_bilinear,
    "einsum as a trace": einsum_trace,
    "attention in einsum": einsum_attention,
    "layer norm": layer_norm,
    "batch norm": batch_norm,
    "a Gaussian process": gaussian_process,
    "a Gaussian process by Cholesky": gaussian_process_cholesky,
    "convolution": conv1d,
    "convolution by slices": conv1d_by_slices,
    "a mixture of Gaussians": gaussian_mixture,
    "Huber's loss": huber,
    "matrix factorisation": matrix_factorisation,
    "kernel ridge regression": kernel_ridge,
    "least squares": least_squares,
    "lasso": lasso,
    "Poisson regression": poisson_regression,
    "a support vector machine": hinge,
    "an autoencoder with tied weights": autoencoder,
    "a residual block": residual_block,
    "an embedding": embedding,
    "skip-gram": skip_gram,
    "a variational bound": variational,
    "Rosenbrock's function": rosenbrock,
    "Rayleigh's quotient": rayleigh_quotient,
    "a contrastive loss": contrastive,
    "determinant and inverse": log_det,
    "max pooling": pooled,
    "a power spectrum": spectrum,
}


def record(name: str, seed: int = 0) -> tuple[Any, Parameters]:
    """Return the recorded cost of a model, and its parameters."""
    parameters = Parameters(seed)
    return MODELS[name](parameters), parameters
