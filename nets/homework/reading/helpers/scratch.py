"""What books that build networks from scratch keep in ``common.functions`` and ``common.layers``.

Examples stand in rows; labels are one-hot or integers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "Affine",
    "Relu",
    "Sigmoid",
    "SoftmaxWithLoss",
    "compute_cost_logistic",
    "cross_entropy_error",
    "identity_function",
    "mean_squared_error",
    "relu_grad",
    "sigmoid_grad",
    "softmax",
    "sum_squared_error",
]


def softmax(x: Any) -> Any:
    """Return the softmax along the last axis."""
    E = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return E / np.sum(E, axis=-1, keepdims=True)


def identity_function(x: Any) -> Any:
    """Return x."""
    return x


def sigmoid_grad(x: Any) -> Any:
    """Return the derivative of the logistic function at x."""
    s = 1 / (1 + np.exp(-x))
    return s * (1 - s)


def relu_grad(x: Any) -> Any:
    """Return the derivative of the positive part at x."""
    return np.where(x >= 0, 1.0, 0.0)


def sum_squared_error(y: Any, t: Any) -> Any:
    """Return half the sum of squares."""
    return 0.5 * np.sum((y - t) ** 2)


def mean_squared_error(y: Any, t: Any) -> Any:
    """Return half the sum of squares, as the first book calls it."""
    return 0.5 * np.sum((y - t) ** 2)


def compute_cost_logistic(X: Any, y: Any, w: Any, b: Any) -> Any:
    """Return the mean cross-entropy of a logistic regression."""
    f = 1 / (1 + np.exp(-(np.dot(X, w) + b)))
    return -np.mean(y * np.log(f) + (1 - y) * np.log(1 - f))


def cross_entropy_error(y: Any, t: Any) -> Any:
    """Return the mean cross-entropy of outputs in rows and labels, one-hot or integers."""
    if y.ndim == 1:
        y, t = y.reshape(1, y.size), t.reshape(1, t.size)
    labels = t.argmax(axis=1) if t.size == y.size else t.reshape(-1)
    n = y.shape[0]
    return -np.sum(np.log(y[np.arange(n), labels] + 1e-7)) / n


class Relu:
    """The positive part as a layer."""

    def forward(self, x: Any) -> Any:
        """Return the positive part, and remember where it is."""
        self.mask = x <= 0
        return np.where(self.mask, 0, x)

    def backward(self, dout: Any) -> Any:
        """Return the gradient of what forward was given."""
        return np.where(self.mask, 0, dout)


class Sigmoid:
    """The logistic function as a layer."""

    def forward(self, x: Any) -> Any:
        """Return the logistic function."""
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout: Any) -> Any:
        """Return the gradient of what forward was given."""
        return dout * (1.0 - self.out) * self.out


class Affine:
    """A product with weights, plus a bias, as a layer."""

    def __init__(self, W: Any, b: Any) -> None:
        self.W, self.b = W, b

    def forward(self, x: Any) -> Any:
        """Return ``x @ W + b``."""
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout: Any) -> Any:
        """Return the gradient of x, and keep those of W and b."""
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return np.dot(dout, self.W.T)


class SoftmaxWithLoss:
    """The softmax of scores and its cross-entropy as a layer."""

    def forward(self, x: Any, t: Any) -> Any:
        """Return the mean cross-entropy."""
        self.t, self.y = t, softmax(x)
        self.loss = cross_entropy_error(self.y, t)
        return self.loss

    def backward(self, dout: Any = 1) -> Any:
        """Return the gradient of the scores."""
        n = self.t.shape[0]
        hot = self.t if self.t.size == self.y.size else np.eye(self.y.shape[1])[self.t]
        return dout * (self.y - hot) / n
