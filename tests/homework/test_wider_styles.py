"""Right code in styles of assignments and lectures: not one false alarm, and mistakes are seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination

SVM = """
import numpy as np

def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW
"""

TRAINED = """
import numpy as np

inputs, outputs = 2, 2

def forward(model, X):
    a1 = np.tanh(X.dot(model['W1']) + model['b1'])
    scores = np.exp(a1.dot(model['W2']) + model['b2'])
    return a1, scores / np.sum(scores, axis=1, keepdims=True)

def loss(model, X, y):
    a1, probs = forward(model, X)
    return -np.mean(np.log(probs[range(len(X)), y]))

def backward(model, X, y, a1, probs):
    delta = probs.copy()
    delta[range(len(X)), y] -= 1
    delta /= len(X)
    dW2 = a1.T.dot(delta)
    db2 = np.sum(delta, axis=0, keepdims=True)
    delta = delta.dot(model['W2'].T) * (1 - a1 ** 2)
    dW1 = X.T.dot(delta)
    db1 = np.sum(delta, axis=0, keepdims=True)
    return dW1, db1, dW2, db2

def build_model(n_hidden, passes=1000):
    model = {'W1': np.random.randn(inputs, n_hidden), 'b1': np.zeros((1, n_hidden)),
             'W2': np.random.randn(n_hidden, outputs), 'b2': np.zeros((1, outputs))}
    for i in range(passes):
        a1, probs = forward(model, X)
        dW1, db1, dW2, db2 = backward(model, X, y, a1, probs)
        model['W1'] -= 0.1 * dW1
        model['b1'] -= 0.1 * db1
        model['W2'] -= 0.1 * dW2
        model['b2'] -= 0.1 * db2
    return model
"""

VECTOR = """
import numpy as np

class LinearRegression:
    def __init__(self, n_features):
        self.w = np.zeros(n_features)
        self.b = 0

    def predict(self, X):
        return X @ self.w + self.b

    def loss(self, X, y):
        return np.mean((self.predict(X) - y) ** 2)

    def gradient(self, X, y):
        err = self.predict(X) - y
        dw = 2 * X.T @ err / len(y)
        db = 2 * err.mean()
        return dw, db
"""

NUMBER = """
import numpy as np

class Regressor:
    def __init__(self, d, h):
        self.W1 = np.random.randn(d, h)
        self.b1 = np.zeros((1, h))
        self.w2 = np.random.randn(h, 1)
        self.b2 = 0.0

    def forward(self, X):
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        self.yhat = self.A1 @ self.w2 + self.b2
        return self.yhat

    def cost(self, X, y):
        return np.mean((self.forward(X) - y) ** 2) / 2

    def gradients(self, X, y):
        e = (self.yhat - y) / X.shape[0]
        dw2 = self.A1.T @ e
        db2 = e.sum()
        dZ1 = e @ self.w2.T * (1 - self.A1 ** 2)
        dW1 = X.T @ dZ1
        db1 = dZ1.sum(axis=0, keepdims=True)
        return {'W1': dW1, 'b1': db1, 'w2': dw2, 'b2': db2}
"""

LETTERS = """
import numpy as np

class Autoencoder:
    def __init__(self, n_visible, n_hidden):
        self.W = np.random.randn(n_visible, n_hidden)
        self.b = np.zeros(n_hidden)
        self.V = np.random.randn(n_hidden, n_visible)
        self.c = np.zeros(n_visible)

    def forward(self, X):
        self.H = np.tanh(X @ self.W + self.b)
        self.X_hat = self.H @ self.V + self.c
        return self.X_hat

    def loss(self, X):
        return 0.5 * np.mean(np.sum((self.forward(X) - X) ** 2, axis=1))

    def backward(self, X):
        d_out = (self.X_hat - X) / len(X)
        self.dV = self.H.T @ d_out
        self.dc = d_out.sum(axis=0)
        dz = d_out @ self.V.T * (1 - self.H ** 2)
        self.dW = X.T @ dz
        self.db = dz.sum(axis=0)
"""

ADAM = """
import numpy as np

class Net:
    def __init__(self, dims):
        self.params, self.grads, self.v, self.s = {}, {}, {}, {}
        for l in (1, 2):
            self.params[f'W{l}'] = np.random.randn(dims[l], dims[l - 1])
            self.params[f'b{l}'] = np.zeros((dims[l], 1))
        for key in self.params:
            self.v[key] = np.zeros_like(self.params[key])
            self.s[key] = np.zeros_like(self.params[key])

    def forward(self, X):
        p = self.params
        self.A1 = np.tanh(p['W1'] @ X + p['b1'])
        self.A2 = 1 / (1 + np.exp(-(p['W2'] @ self.A1 + p['b2'])))
        return self.A2

    def cost(self, A2, Y):
        return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))

    def backward(self, X, Y):
        dZ = (self.A2 - Y) / Y.shape[1]
        self.grads['W2'] = dZ @ self.A1.T
        self.grads['b2'] = dZ.sum(axis=1, keepdims=True)
        dZ = self.params['W2'].T @ dZ * (1 - self.A1 ** 2)
        self.grads['W1'] = dZ @ X.T
        self.grads['b1'] = dZ.sum(axis=1, keepdims=True)
"""

NESTED = """
import numpy as np
import pandas as pd

def main():
    data = np.array(pd.read_csv('train.csv'))
    Y, X = data[:, 0], data[:, 1:].T
    m = Y.size

    def forward(W1, b1, W2, b2, X):
        A1 = np.tanh(W1.dot(X) + b1)
        scores = np.exp(W2.dot(A1) + b2)
        return A1, scores / sum(scores)

    def one_hot(Y):
        hot = np.zeros((Y.size, Y.max() + 1))
        hot[np.arange(Y.size), Y] = 1
        return hot.T

    def backward(A1, A2, W1, W2, X, Y):
        dZ2 = (A2 - one_hot(Y)) / m
        dW2 = dZ2.dot(A1.T)
        db2 = np.sum(dZ2, axis=1, keepdims=True)
        dZ1 = W2.T.dot(dZ2) * (1 - A1 ** 2)
        dW1 = dZ1.dot(X.T)
        db1 = np.sum(dZ1, axis=1, keepdims=True)
        return dW1, db1, dW2, db2

    W1, b1, W2, b2 = [np.random.rand(10, n) - 0.5 for n in (784, 1, 10, 1)]
    for i in range(500):
        A1, A2 = forward(W1, b1, W2, b2, X)
        dW1, db1, dW2, db2 = backward(A1, A2, W1, W2, X, Y)

main()
"""

RIGHT = {
    "functions inside another": NESTED,
    "what an optimizer keeps beside the parameters": ADAM,
    "svm in loops": SVM,
    "a model that is trained where it is made": TRAINED,
    "an object with a vector of weights": VECTOR,
    "a bias that is a number": NUMBER,
    "parameters of other letters": LETTERS,
}


def examined(text: str, folder: Path) -> Examination:
    file = folder / "mine.py"
    file.write_text(text)
    return inspect(Request(str(file)))


def wrong(text: str, folder: Path) -> list[str]:
    """Return the gradients of a file that are called wrong."""
    found = examined(text, folder)
    assert found.failure is None, found.failure
    return [row.name for study in found.studies for row in study.rows if row.verdict == "wrong"]


@pytest.mark.parametrize("style", RIGHT)
def test_right_code_is_right(style: str, tmp_path: Path) -> None:
    found = examined(RIGHT[style], tmp_path)
    assert found.failure is None
    assert [study.ok for study in found.studies] == [True]
    assert [row.name for row in found.studies[0].rows if row.verdict == "unchecked"] == []


def test_a_loss_in_loops_is_examined_on_many_examples(tmp_path: Path) -> None:
    assert wrong(SVM.replace("    dW /= num_train\n", ""), tmp_path) == ["dW"]
    found = examined(SVM.replace("2 * reg * W", "reg * W"), tmp_path)
    row = found.studies[0].rows[0]
    assert row.diagnosis is not None
    assert row.diagnosis.code == "regularization_scale"
    assert row.diagnosis.fix == "dW += 2 * reg * W"


@pytest.mark.parametrize(
    ("text", "right", "mistaken", "gradient"),
    [
        (VECTOR, "2 * err.mean()", "err.mean()", "db"),
        (NUMBER, "e.sum()", "e.mean()", "grads['b2']"),
        (NESTED, "dZ2.dot(A1.T)", "dZ2.dot(A1.T) / m", "dW2"),
        (LETTERS, "d_out.sum(axis=0)", "d_out.mean(axis=0)", "self.dc"),
    ],
)
def test_every_parameter_is_examined(
    text: str, right: str, mistaken: str, gradient: str, tmp_path: Path
) -> None:
    assert wrong(text.replace(right, mistaken), tmp_path) == [gradient]
