"""A mean over something else than the examples is the mistake of the line that counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.homework.test_signs import line_of
from tests.homework.test_where_it_is_made import DEEP, root

COUNTED = "m = A_prev.shape[1]"


@pytest.mark.parametrize("wrong", ["m = A_prev.shape[0]", "m = len(A_prev)", "m = A_prev.size"])
@pytest.mark.slow
def test_the_line_that_counts_is_shown_and_what_to_write_there(tmp_path: Path, wrong: str) -> None:
    text = DEEP.replace(COUNTED, wrong)
    study, row = root(tmp_path, text)
    assert row.diagnosis.line == line_of(text, wrong)
    assert row.diagnosis.fix == COUNTED
    assert "`m` is not the number of examples" in row.diagnosis.message
    wrong_rows = [each for each in study.rows if each.verdict == "wrong"]
    assert {each.diagnosis.line for each in wrong_rows if not each.inherited} == {
        line_of(text, wrong)
    }


@pytest.mark.slow
def test_a_line_that_says_the_same_is_not_offered(tmp_path: Path) -> None:
    text = DEEP.replace(COUNTED, "m = 3")
    study, _ = root(tmp_path, text)
    found = [each.diagnosis for each in study.rows if each.verdict == "wrong"]
    assert not any(each.fix.startswith(("dW =", "db =")) for each in found)


CLASS = """\
import numpy as np
class LogisticRegression:
    def __init__(self, lr=0.01):
        self.lr = lr
    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for _ in range(100):
            y_pred = 1 / (1 + np.exp(-(np.dot(X, self.weights) + self.bias)))
            dw = (1 / n_features) * np.dot(X.T, (y_pred - y))
            db = (1 / n_samples) * np.sum(y_pred - y)
            self.weights -= self.lr * dw
            self.bias -= self.lr * db
"""


def test_another_count_than_that_of_the_examples_is_replaced_in_the_line(tmp_path: Path) -> None:
    _, row = root(tmp_path, CLASS)
    assert row.diagnosis.line == line_of(CLASS, "1 / n_features")
    assert row.diagnosis.fix == "dw = 1 / n_samples * np.dot(X.T, y_pred - y)"
