"""Backward that keeps gradients small: they are right if they are before that."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Study

NET = """
import numpy as np

class Net:
    def __init__(self, n_in, n_hid, n_out, lr=0.1):
        self.W1 = np.random.randn(n_in, n_hid); self.b1 = np.zeros(n_hid)
        self.W2 = np.random.randn(n_hid, n_out); self.b2 = np.zeros(n_out)
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        self.A2 = 1 / (1 + np.exp(-(self.A1 @ self.W2 + self.b2)))
        return self.A2

    def loss(self, Y):
        return -np.mean(Y * np.log(self.A2) + (1 - Y) * np.log(1 - self.A2))

    def backward(self, Y):
        d2 = (self.A2 - Y) / len(Y)
        dW2 = self.A1.T @ d2
        db2 = d2.sum(axis=0)
        d1 = d2 @ self.W2.T * (1 - self.A1 ** 2)
        dW1 = self.X.T @ d1
        db1 = d1.sum(axis=0)
        {clip}
        return dW1, db1, dW2, db2
"""

WAYS = {
    "one": "dW1 = np.clip(dW1, -0.01, 0.01)",
    "all in place": "for d in [dW1, db1, dW2]:\n            np.clip(d, -0.01, 0.01, out=d)",
    "by extremes": "dW1 = np.maximum(np.minimum(dW1, 0.02), -0.01)",
}


def studied(text: str, folder: Path) -> Study:
    """Return what is found in a file with one backward pass."""
    file = folder / "mine.py"
    file.write_text(text)
    (study,) = inspect(Request(str(file))).studies
    return study


@pytest.mark.parametrize("way", WAYS)
def test_a_gradient_that_is_clipped_is_right_if_it_was_before(way: str, tmp_path: Path) -> None:
    text = NET.replace("{clip}", WAYS[way])
    study = studied(text, tmp_path)
    assert study.ok
    row = next(row for row in study.rows if row.name == "dW1")
    assert row.verdict == "convention"
    assert row.diagnosis is not None
    assert "clips it" in row.diagnosis.message
    assert row.diagnosis.line is not None
    assert text.split("\n")[row.diagnosis.line - 1].strip() in WAYS[way]


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_gradient_is_wrong_though_it_is_clipped(way: str, tmp_path: Path) -> None:
    text = NET.replace("{clip}", WAYS[way]).replace("self.X.T @ d1", "2 * self.X.T @ d1")
    study = studied(text, tmp_path)
    row = next(row for row in study.rows if row.name == study.first_wrong)
    assert (row.name, row.line) == (
        "dW1",
        next(k for k, line in enumerate(text.split("\n"), 1) if "dW1 = 2" in line),
    )
    assert row.diagnosis is not None
    assert row.diagnosis.code == "scale"


def test_a_gradient_without_its_negative_entries_is_wrong(tmp_path: Path) -> None:
    study = studied(NET.replace("{clip}", "dW1 = np.maximum(dW1, 0)"), tmp_path)
    assert study.first_wrong == "dW1"
