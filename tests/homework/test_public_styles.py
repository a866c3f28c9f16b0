"""How public files build networks, store keys and add decay: written as our own small files."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Study
from tests.homework.handwriting import CORPUS

HIDDEN_SIZES = """
import numpy as np

class Regressor:
    def __init__(self, {name}, rate=0.01):
        self.{name} = {name}
        self.rate = rate
        self.Ws, self.bs = [], []

    def _init_weights(self, n_features):
        sizes = {sizes}
        for before, after in zip(sizes[:-1], sizes[1:]):
            self.Ws.append(np.random.randn(before, after) * 0.1)
            self.bs.append(np.zeros((1, after)))

    def _forward(self, X):
        self.activations = [X]
        a = X
        for i, (W, b) in enumerate(zip(self.Ws, self.bs)):
            z = a @ W + b
            a = np.tanh(z) if i < len(self.Ws) - 1 else z
            self.activations.append(a)
        return a

    def _backward(self, X, y):
        delta = (self.activations[-1] - y) / len(X)
        for i in reversed(range(len(self.Ws))):
            dW = self.activations[i].T @ delta
            db = delta.sum(axis=0, keepdims=True)
            if i > 0:
                delta = delta @ self.Ws[i].T * (1 - self.activations[i] ** 2)
            self.Ws[i] -= self.rate * dW
            self.bs[i] -= self.rate * db

    def fit(self, X, y):
        self._init_weights(X.shape[1])
        for _ in range(100):
            self._forward(X)
            self._backward(X, y)
"""

DECAY = """
import numpy as np

class Net:
    def __init__(self, sizes, wd=1e-2):
        self.wd = wd
        self.Ws = [np.random.randn(a, b) for a, b in zip(sizes[:-1], sizes[1:])]
        self.bs = [np.zeros(b) for b in sizes[1:]]

    def forward(self, X):
        acts = [X]
        for i, (W, b) in enumerate(zip(self.Ws, self.bs)):
            z = acts[-1] @ W + b
            acts.append(np.tanh(z) if i < len(self.Ws) - 1 else z)
        return acts

    def backward(self, X, y, acts):
        delta = (acts[-1] - y) * 2.0 / len(X)
        gradsW, gradsb = [None] * len(self.Ws), [None] * len(self.bs)
        for i in range(len(self.Ws) - 1, -1, -1):
            gradsW[i] = acts[i].T @ delta + self.wd * self.Ws[i]
            gradsb[i] = delta.sum(0)
            if i > 0:
                delta = (delta @ self.Ws[i].T) * (1 - acts[i] ** 2)
        return gradsW, gradsb
"""

SAME_KEY_TWICE = """
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def forward(X, params):
    return sigmoid(np.tanh(X @ params["W1"] + params["b1"]) @ params["W2"] + params["b2"])

def loss(y, t):
    return -np.sum(t * np.log(y) + (1 - t) * np.log(1 - y)) / t.shape[0]

def backward(X, t, params):
    grads = {}
    h = np.tanh(X @ params["W1"] + params["b1"])
    dy = (sigmoid(h @ params["W2"] + params["b2"]) - t) / t.shape[0]
    grads["W2"] = h.T @ dy
    grads["b2"] = np.sum(dy, axis=0)
    dh = dy @ params["W2"].T * (1 - h ** 2)
    grads["W1"] = X.T @ dh
    grads["b2"] = np.sum(dh, axis=0)
    return grads
"""


def studied(text: str, folder: Path) -> Study:
    """Return what is found in a file with one backward pass."""
    file = folder / "mine.py"
    file.write_text(text)
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    (study,) = found.studies
    return study


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("layer_sizes", "[n_features] + self.layer_sizes + [1]"),
        ("hidden_layers", "(n_features,) + tuple(self.hidden_layers) + (1,)"),
        ("layers", "[n_features, *self.layers, 1]"),
        ("layer_dims", "[n_features] + self.layer_dims"),
    ],
)
def test_sizes_that_the_file_completes_are_those_of_hidden_layers(
    name: str, sizes: str, tmp_path: Path
) -> None:
    study = studied(HIDDEN_SIZES.format(name=name, sizes=sizes), tmp_path)
    assert study.ok
    assert {row.verdict for row in study.rows} <= {"ok", "convention"}
    shapes = {row.wrt: row.shape for row in study.rows}
    assert shapes["W1"][0] > 1
    assert len([wrt for wrt in shapes if wrt.startswith("W")]) == 3


def test_weights_called_ws_are_weights(tmp_path: Path) -> None:
    study = studied(DECAY.replace(" + self.wd * self.Ws[i]", ""), tmp_path)
    assert study.ok
    assert {row.verdict for row in study.rows} == {"ok"}


def test_weight_decay_is_meant_where_the_cost_is_assumed(tmp_path: Path) -> None:
    study = studied(DECAY, tmp_path)
    assert study.ok
    assert study.cost == "assumed: mean squared error, and 0.01 / 2 times the squared weights"
    once = DECAY.replace("self.wd * self.Ws[i]", "self.wd * self.Ws[i] * (i > 0)")
    wrong = studied(once, tmp_path)
    assert wrong.first_wrong == "gradsW[0]"
    row = next(row for row in wrong.rows if row.name == wrong.first_wrong)
    assert row.diagnosis is not None
    assert row.diagnosis.code == "missing_regularization"


def test_a_key_that_is_stored_twice_is_wrong_the_second_time(tmp_path: Path) -> None:
    study = studied(SAME_KEY_TWICE, tmp_path)
    row = next(row for row in study.rows if row.name == study.first_wrong)
    assert row.diagnosis is not None
    assert row.diagnosis.code == "shifted_keys"
    line = 1 + SAME_KEY_TWICE.split("\n").index('    grads["b2"] = np.sum(dh, axis=0)')
    assert row.diagnosis.line == line
    assert row.diagnosis.fix == 'grads["b1"] = np.sum(dh, axis=0)'


def test_layers_wired_in_the_training_loop_are_a_network(tmp_path: Path) -> None:
    text = (CORPUS / "dvalues.py").read_text()
    right = "self.dinputs = np.dot(dvalues, self.weights.T)"
    assert right in text
    study = studied(text, tmp_path)
    assert study.ok
    assert {row.name for row in study.rows} == {
        f"dense{k}.{kind}" for k in (1, 2) for kind in ("dweights", "dbiases")
    }
    wrong = studied(text.replace(right, right.replace("np.dot", "2 * np.dot")), tmp_path)
    row = next(row for row in wrong.rows if row.verdict == "wrong" and not row.inherited)
    assert (row.name, row.line) == ("self.dinputs", 16)
    assert row.diagnosis is not None
    assert row.diagnosis.code == "scale"
    assert row.diagnosis.fix == "self.dinputs = dvalues @ self.weights.T"


def test_gradients_that_layers_hand_back_are_steps(tmp_path: Path) -> None:
    text = (CORPUS / "layers_in_main.py").read_text()
    wrong = studied(text.replace("grad * (1 - self.y ** 2)", "grad"), tmp_path)
    row = next(row for row in wrong.rows if row.verdict == "wrong" and not row.inherited)
    line = 1 + text.split("\n").index("        return grad * (1 - self.y ** 2)")
    assert (row.name, row.line) == ("grad", line)
    assert row.diagnosis is not None
    assert row.diagnosis.code == "missing_activation_derivative"
