"""What a file hands to its own network by choice is examined, beside what is so by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Study

CHOICE = """\
import numpy as np
class Net:
    def __init__(self, n_x, n_h, activation="relu"):
        self.W1 = np.random.randn(n_h, n_x)
        self.b1 = np.zeros((n_h, 1))
        self.W2 = np.random.randn(1, n_h)
        self.b2 = np.zeros((1, 1))
        self.activation = activation
    def forward(self, X):
        self.X = X
        self.Z1 = self.W1 @ X + self.b1
        if self.activation == "tanh":
            self.A1 = np.tanh(self.Z1)
        elif self.activation == "sigmoid":
            self.A1 = 1 / (1 + np.exp(-self.Z1))
        else:
            self.A1 = np.maximum(0, self.Z1)
        self.A2 = 1 / (1 + np.exp(-(self.W2 @ self.A1 + self.b2)))
        return self.A2
    def backward(self, Y):
        m = Y.shape[1]
        dZ2 = self.A2 - Y
        self.dW2 = dZ2 @ self.A1.T / m
        self.db2 = dZ2.sum(axis=1, keepdims=True) / m
        dA1 = self.W2.T @ dZ2
        if self.activation == "tanh":
            dZ1 = dA1 * (1 - self.A1 ** 2)
        elif self.activation == "sigmoid":
            dZ1 = dA1 * self.A1 * (1 - self.A1)
        else:
            dZ1 = dA1 * (self.Z1 > 0)
        self.dW1 = dZ1 @ self.X.T / m
        self.db1 = dZ1.sum(axis=1, keepdims=True) / m
"""

DROPOUT = """\
import numpy as np
class Net:
    def __init__(self, n_in, n_out, dropout=0.0, l1=0.0, mode="train"):
        self.W = np.random.randn(n_in, n_out)
        self.dropout, self.l1, self.mode = dropout, l1, mode
    def forward(self, X):
        kept = np.random.rand(*X.shape) >= self.dropout
        self.D = X * kept / (1 - self.dropout)
        self.A = 1 / (1 + np.exp(-(self.D @ self.W)))
        return self.A
    def loss(self, Y):
        fit = -np.mean(Y * np.log(self.A) + (1 - Y) * np.log(1 - self.A))
        return fit + self.l1 * np.abs(self.W).sum()
    def backward(self, Y):
        d = (self.A - Y) / len(Y)
        self.dW = self.D.T @ d + self.l1 * np.sign(self.W)
"""


def judged(tmp_path: Path, text: str) -> Study:
    file = tmp_path / "mine.py"
    file.write_text(text)
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    [study] = found.studies
    return study


@pytest.mark.parametrize(
    "call",
    [
        'net = Net(2, 8, activation="tanh")\n',
        'if __name__ == "__main__":\n    net = Net(2, 8, "tanh")\n',
        'def main():\n    return Net(2, 8, activation="tanh")\n',
    ],
)
def test_a_network_is_examined_as_its_own_file_calls_it(tmp_path: Path, call: str) -> None:
    right = judged(tmp_path, CHOICE + call)
    assert right.ok
    wrong = judged(tmp_path, CHOICE.replace("1 - self.A1 ** 2", "1 - self.Z1 ** 2") + call)
    assert wrong.first_wrong == "dZ1"
    assert any("judged with activation='tanh' (line" in note for note in wrong.notes)


@pytest.mark.slow
def test_what_is_wrong_by_default_is_wrong_beside_a_call_that_is_right(tmp_path: Path) -> None:
    text = CHOICE.replace("(self.Z1 > 0)", "self.Z1")
    study = judged(tmp_path, text + 'net = Net(2, 8, activation="tanh")\n')
    assert study.first_wrong == "dZ1"


def test_branches_that_no_call_chooses_are_named(tmp_path: Path) -> None:
    study = judged(tmp_path, CHOICE + 'net = Net(2, 8, activation="tanh")\n')
    assert study.notes == ("not examined: what is done where activation == 'sigmoid' (line 14)",)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (" + self.l1 * np.sign(self.W)", ""),
        ("self.l1 * np.sign(self.W)", "self.l1 * self.W"),
        ("self.D.T @ d", "self.D.T @ d / (1 - self.dropout)"),
    ],
)
def test_fractions_that_a_call_hands_over_count(tmp_path: Path, right: str, wrong: str) -> None:
    call = "net = Net(3, 1, dropout=0.5, l1=1e-3)\n"
    assert judged(tmp_path, DROPOUT + call).ok
    assert not judged(tmp_path, DROPOUT.replace(right, wrong) + call).ok


def test_switches_between_training_and_prediction_are_not_turned(tmp_path: Path) -> None:
    switch = "        if self.mode == 'test': kept = 0.7\n        self.D = X"
    text = DROPOUT.replace("        self.D = X", switch)
    study = judged(tmp_path, text + 'net = Net(3, 1, mode="test")\n')
    assert study.ok
    assert not any("judged with" in note for note in study.notes)


def test_a_call_on_which_the_network_does_not_run_is_told_of(tmp_path: Path) -> None:
    text = CHOICE.replace("dA1 * (1 - self.A1 ** 2)", "dA1 * (1 - self.A1[:1, :3] ** 2)")
    study = judged(tmp_path, text + 'net = Net(2, 8, activation="tanh")\n')
    assert study.ok
    assert any("with activation='tanh' (line 34) it was not" in note for note in study.notes)
