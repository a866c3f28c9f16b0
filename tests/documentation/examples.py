"""A mistake for every diagnosis: small files as people write them, with one line changed."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CALLS", "EXAMPLES", "Call", "Example"]

NETWORK = """\
import numpy as np


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def forward_propagation(X, parameters):
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)
    cache = {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
    return A2, cache


def compute_cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m


def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    W2 = parameters["W2"]
    Z1, A1, A2 = cache["Z1"], cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dA1 = np.dot(W2.T, dZ2)
    dZ1 = dA1 * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""

DECAY = """\
import numpy as np


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def forward_propagation(X, parameters):
    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = np.maximum(0, Z1)
    Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
    A2 = sigmoid(Z2)
    return A2, (Z1, A1, A2, parameters["W1"], parameters["W2"])


def compute_cost_with_regularization(A2, Y, parameters, lambd):
    m = Y.shape[1]
    squares = np.sum(parameters["W1"] ** 2) + np.sum(parameters["W2"] ** 2)
    losses = -(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    return np.sum(losses) / m + lambd / (2 * m) * squares


def backward_propagation_with_regularization(X, Y, cache, lambd):
    m = X.shape[1]
    Z1, A1, A2, W1, W2 = cache
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m + lambd / m * W2
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (Z1 > 0)
    dW1 = np.dot(dZ1, X.T) / m + lambd / m * W1
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""

DROPOUT = """\
import numpy as np


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def forward_propagation_with_dropout(X, parameters, keep_prob=0.7):
    np.random.seed(1)
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    Z1 = np.dot(W1, X) + b1
    A1 = np.maximum(0, Z1)
    D1 = np.random.rand(A1.shape[0], A1.shape[1]) < keep_prob
    A1 = A1 * D1
    A1 = A1 / keep_prob
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)
    return A2, (Z1, D1, A1, W1, b1, Z2, A2, W2, b2)


def compute_cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m


def backward_propagation_with_dropout(X, Y, cache, keep_prob):
    m = X.shape[1]
    Z1, D1, A1, W1, b1, Z2, A2, W2, b2 = cache
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dA1 = np.dot(W2.T, dZ2)
    dA1 = dA1 * D1
    dA1 = dA1 / keep_prob
    dZ1 = dA1 * (Z1 > 0)
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""

CLASS = """\
import numpy as np


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden) * 0.5
        self.b1 = np.random.randn(1, n_hidden) * 0.5
        self.W2 = np.random.randn(n_hidden, n_out) * 0.5
        self.b2 = np.random.randn(1, n_out) * 0.5
        self.dW1 = np.zeros_like(self.W1)
        self.db1 = np.zeros_like(self.b1)
        self.dW2 = np.zeros_like(self.W2)
        self.db2 = np.zeros_like(self.b2)

    def forward(self, X):
        self.X = X
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.maximum(0, self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        self.a2 = 1 / (1 + np.exp(-self.z2))
        return self.a2

    def loss(self, y_pred, y):
        return -np.mean(y * np.log(y_pred) + (1 - y) * np.log(1 - y_pred))

    def backward(self, y):
        m = y.shape[0]
        dz2 = (self.a2 - y) / m
        self.dW2 = self.a1.T @ dz2
        self.db2 = np.sum(dz2, axis=0, keepdims=True)
        da1 = dz2 @ self.W2.T
        dz1 = da1 * (self.z1 > 0)
        self.dW1 = self.X.T @ dz1
        self.db1 = np.sum(dz1, axis=0, keepdims=True)
"""

UPDATING = """\
import numpy as np


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_hidden, n_in) * 0.5
        self.b1 = np.random.randn(n_hidden, 1) * 0.5
        self.W2 = np.random.randn(n_out, n_hidden) * 0.5
        self.b2 = np.random.randn(n_out, 1) * 0.5

    def forward(self, X):
        self.Z1 = self.W1 @ X + self.b1
        self.A1 = np.tanh(self.Z1)
        self.Z2 = self.W2 @ self.A1 + self.b2
        self.A2 = 1 / (1 + np.exp(-self.Z2))
        return self.A2

    def cost(self, A2, Y):
        return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))

    def backward(self, X, Y, learning_rate=0.1):
        m = X.shape[1]
        dZ2 = self.A2 - Y
        dW2 = dZ2 @ self.A1.T / m
        db2 = np.sum(dZ2, axis=1, keepdims=True) / m
        dA1 = self.W2.T @ dZ2
        dZ1 = dA1 * (1 - self.A1**2)
        dW1 = dZ1 @ X.T / m
        db1 = np.sum(dZ1, axis=1, keepdims=True) / m
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1
"""


@dataclass(frozen=True)
class Example:
    """A file with one mistake.

    Attributes
    ----------
    base : str
        The right file.
    changes : tuple of (str, str)
        Lines and what stands there instead.
    how : str
        How one comes to make it, and what is special about it.
    """

    base: str
    changes: tuple[tuple[str, str], ...]
    how: str

    @property
    def source(self) -> str:
        """The file with the mistake."""
        made = self.base
        for old, new in self.changes:
            if made.count(old) != 1:
                raise ValueError(f"{old!r} stands {made.count(old)} times in the example")
            made = made.replace(old, new)
        return made


EXAMPLES = {
    "scale": Example(
        NETWORK,
        (("dW1 = np.dot(dZ1, X.T) / m", "dW1 = np.dot(dZ1, X.T)"),),
        "The mean over the examples is forgotten in one place, taken twice, or a stray 2 or 1/2 "
        "comes in. Training still works, more slowly or less steadily: nothing else tells.",
    ),
    "sign": Example(
        NETWORK,
        (("dW2 = np.dot(dZ2, A1.T) / m", "dW2 = -np.dot(dZ2, A1.T) / m"),),
        "A minus too many, such as `Y - A2` for `A2 - Y`. Where all gradients have the other sign, "
        "the update in the file decides: if it subtracts them, they are wrong; if it adds them, "
        "that is ascent, and a convention.",
    ),
    "transpose": Example(
        NETWORK,
        (("dW2 = np.dot(dZ2, A1.T) / m", "dW2 = np.dot(A1, dZ2.T) / m"),),
        "With square matrices nothing complains; this is why the data here have layers of all "
        "different sizes.",
    ),
    "missing_activation_derivative": Example(
        NETWORK,
        (("dZ1 = dA1 * (1 - np.power(A1, 2))", "dZ1 = dA1"),),
        "The chain rule stops at the activation.",
    ),
    "missing_incoming_gradient": Example(
        NETWORK,
        (("dZ1 = dA1 * (1 - np.power(A1, 2))", "dZ1 = 1 - np.power(A1, 2)"),),
        "The chain rule is a product, and the gradient of what comes later is not in it.",
    ),
    "wrong_activation_derivative": Example(
        NETWORK,
        (("dZ1 = dA1 * (1 - np.power(A1, 2))", "dZ1 = dA1 * (1 - np.power(Z1, 2))"),),
        "The derivative of another function, or the right one at the wrong place: that of tanh is "
        "1 - A², not 1 - Z².",
    ),
    "wrong_axis": Example(
        NETWORK,
        ((
            "db1 = np.sum(dZ1, axis=1, keepdims=True) / m",
            "db1 = np.sum(dZ1, axis=0, keepdims=True) / m",
        ),),
        "Summed over the units where the examples are meant.",
    ),
    "wrong_shape": Example(
        NETWORK,
        (("db1 = np.sum(dZ1, axis=1, keepdims=True) / m", "db1 = np.sum(dZ1, axis=1) / m"),),
        "Without keepdims the bias becomes a row, and broadcasting makes a matrix of it at the "
        "next update.",
    ),
    "wrong_cache": Example(
        NETWORK,
        (("dW2 = np.dot(dZ2, A1.T) / m", "dW2 = np.dot(dZ2, Z1.T) / m"),),
        "The values of another layer, or those before the activation.",
    ),
    "shifted_keys": Example(
        NETWORK,
        ((
            'return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}',
            'return {"dW1": dW2, "db1": db2, "dW2": dW1, "db2": db1}',
        ),),
        "Every number is right, under the name of another layer. Keys dA that are numbered by the "
        "layer they leave are usual, and no mistake.",
    ),
    "stale_parameters": Example(
        UPDATING,
        (
            ("        self.W2 -= learning_rate * dW2\n", ""),
            (
                "        dA1 = self.W2.T @ dZ2\n",
                "        self.W2 -= learning_rate * dW2\n        dA1 = self.W2.T @ dZ2\n",
            ),
        ),
        "Backward updates the weights itself, and uses them afterwards: W2 is the new one already.",
    ),
    "overwritten_in_place": Example(
        NETWORK,
        (
            (
                "    dZ1 = dA1 * (1 - np.power(A1, 2))\n",
                "    dZ1 = dA1\n    dZ1 *= 1 - np.power(A1, 2)\n",
            ),
            ('return {"dW1": dW1,', 'return {"dA1": dA1, "dW1": dW1,'),
        ),
        "Two names for one array: what is written into dZ1 is written into dA1.",
    ),
    "wrong_output_gradient": Example(
        NETWORK,
        (("dZ2 = A2 - Y", "dZ2 = (A2 - Y) * A2 * (1 - A2)"),),
        "The derivative of the sigmoid times A - Y belongs to the squared error. With "
        "cross-entropy it cancels.",
    ),
    "missing_regularization": Example(
        DECAY,
        (("dW1 = np.dot(dZ1, X.T) / m + lambd / m * W1", "dW1 = np.dot(dZ1, X.T) / m"),),
        "The cost has a term with the squared weights, the gradient has not.",
    ),
    "regularization_scale": Example(
        DECAY,
        ((
            "dW1 = np.dot(dZ1, X.T) / m + lambd / m * W1",
            "dW1 = np.dot(dZ1, X.T) / m + lambd * W1",
        ),),
        "The term is there, with another factor than the cost's.",
    ),
    "dropout_mask": Example(
        DROPOUT,
        (("    dA1 = dA1 * D1\n", ""), ("    dA1 = dA1 / keep_prob\n", "")),
        "Units that were switched off forward must be switched off backward, and what was divided "
        "by keep_prob must be divided again.",
    ),
    "accumulated": Example(
        CLASS,
        (
            ("self.dW1 = self.X.T @ dz1", "self.dW1 += self.X.T @ dz1"),
            ("self.dW2 = self.a1.T @ dz2", "self.dW2 += self.a1.T @ dz2"),
            ("self.db1 = np.sum(dz1", "self.db1 += np.sum(dz1"),
            ("self.db2 = np.sum(dz2", "self.db2 += np.sum(dz2"),
        ),
        "Gradients are added to what earlier calls left, and nothing sets them to zero.",
    ),
    "forward_bug": Example(
        NETWORK,
        (("Z2 = np.dot(W2, A1) + b2", "Z2 = np.dot(W2, Z1) + b2"),),
        "Backward is right, for the network that was meant. The forward pass computes another: one "
        "that leaves out a bias, for instance, of which backward gives a gradient.",
    ),
    "convention": Example(
        NETWORK,
        (
            ("dW2 = np.dot(dZ2, A1.T) / m", "dW2 = np.dot(dZ2, A1.T)"),
            ("db2 = np.sum(dZ2, axis=1, keepdims=True) / m",
             "db2 = np.sum(dZ2, axis=1, keepdims=True)"),
            ("dW1 = np.dot(dZ1, X.T) / m", "dW1 = np.dot(dZ1, X.T)"),
            ("db1 = np.sum(dZ1, axis=1, keepdims=True) / m",
             "db1 = np.sum(dZ1, axis=1, keepdims=True)"),
        ),
        "All gradients share a factor: they are those of the sum of the losses where the cost is "
        "their mean, or of minus the cost. Right, if the learning rate allows for it, and if the "
        "update adds what has the other sign. Only factors that people choose count: the number "
        "of examples or of outputs, 2, 1/2, a sign. Outputs for examples is a mistake, and so is "
        "another 1 / m where the cost is a mean already. "
        "What backward clips is compared as it was before that.",
    ),
    "other": Example(
        NETWORK,
        (("dW1 = np.dot(dZ1, X.T) / m", "dW1 = np.dot(dZ1**2, X.T) / m"),),
        "No guess is made. The first wrong step is named, with its worst entry, or the one change "
        "of a line with which everything is right, where there is one. A gradient that "
        "backward leaves out, or leaves None, has this code too, where the other gradients or the "
        "update show that it is meant to be there.",
    ),
}  # fmt: skip
"""Files, for the codes that one wrong line leads to."""


@dataclass(frozen=True)
class Call:
    """A call of ``ag.compare``, for what a file examined with random data does not show.

    Attributes
    ----------
    source : str
        Its last line is the call.
    how : str
    """

    source: str
    how: str


CALLS = {
    "precision": Call(
        """\
rng = np.random.default_rng(0)
X = rng.normal(size=(3, 40))
W = ag.tensor(rng.normal(size=(2, 3)), requires_grad=True, name="W")
J = np.sum(np.tanh(W @ X))
dZ = 1 - np.tanh(np.float32(W.numpy()) @ np.float32(X)) ** 2
dW = dZ @ np.float32(X).T
ag.compare({"dW": dW}, J)
""",
        "Computed in float32, which has seven digits. Not a mistake.",
    ),
    "kink": Call(
        """\
W = ag.tensor(np.zeros((1, 2)), requires_grad=True, name="W")
X = np.array([[1.0, 2.0], [3.0, 4.0]])
J = np.sum(np.maximum(0, W @ X))
dW = np.ones((1, 2)) @ X.T  # takes 1 for the derivative of relu at 0
ag.compare({"dW": dW}, J)
""",
        "All weights are zero, so every Z is. Either value is a subgradient.",
    ),
}
"""Calls, for the other codes."""
