"""What forward does not take of what is made up for it is no error of the person's."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination

PAIRS = """\
import numpy as np
def {init}:
    return [(np.random.randn(o, i), np.zeros((o, 1))) for i, o in zip(sizes, sizes[1:])]
def forward(params, X):
    A = X
    store = []
    for i, (W, b) in enumerate(params):
        Z = W @ A + b
        store.append(A)
        A = np.tanh(Z) if i < len(params) - 1 else 1 / (1 + np.exp(-Z))
    return A, store
def cost(A, Y):
    return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
def backward(params, A, Y, store):
    grads = []
    dZ = (A - Y) / Y.shape[1]
    for i in reversed(range(len(params))):
        W, b = params[i]
        grads.insert(0, (dZ @ store[i].T, dZ.sum(axis=1, keepdims=True)))
        dZ = (W.T @ dZ) * (1 - store[i] ** 2)
    return grads
"""
SEQUENCES = """\
import numpy as np
class RNN:
    def __init__(self, n_in, n_hid):
        self.Wx = np.random.randn(n_in, n_hid)
        self.Wh = np.random.randn(n_hid, n_hid)
    def forward(self, X):
        N, T, D = X.shape
        h = np.zeros((N, self.Wh.shape[0]))
        for t in range(T):
            h = np.tanh(X[:, t] @ self.Wx + h @ self.Wh)
        self.out = h
        return h
    def loss(self, Y):
        return np.mean(np.sum((self.out - Y) ** 2, axis=1))
    def backward(self, Y):
        self.dWh = np.zeros_like(self.Wh)
        self.dWx = np.zeros_like(self.Wx)
"""
IMAGES = SEQUENCES.replace("N, T, D = X.shape", "N, T = len(X), X[0, 0, :].size")
CONCATENATED = """\
import numpy as np
class Cell:
    def __init__(self, input_dim, hidden_dim):
        z = input_dim + hidden_dim
        self.H = hidden_dim
        self.W = np.random.randn(hidden_dim, z)
    def forward(self, xs):
        h = np.zeros((self.H, 1))
        for x in xs:
            h = np.tanh(self.W @ np.vstack((h, x)))
        self.h = h
        return h
    def loss(self, y):
        return 0.5 * np.sum((self.h - y) ** 2)
    def backward(self, y):
        self.dW = np.zeros_like(self.W)
"""


def examined(tmp_path: Path, text: str) -> Examination:
    file = tmp_path / "mine.py"
    file.write_text(text)
    return inspect(Request(str(file)))


@pytest.mark.parametrize("text", [SEQUENCES, IMAGES, CONCATENATED])
def test_data_of_other_axes_are_asked_for(tmp_path: Path, text: str) -> None:
    found = examined(tmp_path, text)
    assert found.exit_status == 2
    assert found.failure is not None
    assert found.failure.line is None
    assert "the inputs that were made up for it" in found.failure.message
    assert "--data FILE.npz" in found.failure.message


def test_parameters_of_another_structure_are_asked_for(tmp_path: Path) -> None:
    found = examined(tmp_path, PAIRS.format(init="make_layers(sizes, scale)"))
    assert found.exit_status == 2
    assert found.failure is not None
    assert "--init NAME" in found.failure.message


def test_a_function_that_takes_all_sizes_makes_the_parameters(tmp_path: Path) -> None:
    text = PAIRS.format(init="init_params(sizes)")
    [study] = examined(tmp_path, text).studies
    assert study.ok
    [study] = examined(tmp_path, text.replace("1 - store[i] ** 2", "1 - store[i]")).studies
    assert not study.ok


def test_what_backward_raises_stays_the_persons(tmp_path: Path) -> None:
    text = PAIRS.format(init="init_params(sizes)").replace("dZ @ store[i].T", "dZ[:, :, 0]")
    found = examined(tmp_path, text)
    assert found.exit_status == 1
    assert found.failure is not None
    assert found.failure.type == "IndexError"
