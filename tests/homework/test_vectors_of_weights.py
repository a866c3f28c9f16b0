"""One output may have its weights in a vector: ``weights = np.zeros(n_features)``."""

import pytest

from tests.homework.test_namesakes import examined, first_wrong

REGRESSION = """\
import numpy as np
class LinearRegression:
    def __init__(self, learning_rate=0.01, n_iters=1000):
        self.lr = learning_rate
        self.n_iters = n_iters
        self.weights = None
        self.bias = None
    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for _ in range(self.n_iters):
            y_pred = np.dot(X, self.weights) + self.bias
            dw = (2 / n_samples) * np.dot(X.T, (y_pred - y))
            db = (2 / n_samples) * np.sum(y_pred - y)
            self.weights -= self.lr * dw
            self.bias -= self.lr * db
    def predict(self, X):
        return np.dot(X, self.weights) + self.bias
"""
VECTORS = [
    "np.zeros(n_features)", "np.zeros((n_features,))", "np.zeros(X.shape[1])",
    "np.random.randn(n_features)", "np.random.normal(0, 0.1, n_features)",
    "np.random.uniform(size=n_features)",
]  # fmt: skip


@pytest.mark.parametrize("made", VECTORS)
def test_right_gradients_of_a_vector_are_right(tmp_path, made):
    study = examined(REGRESSION.replace("np.zeros(n_features)", made), tmp_path)
    assert [(row.verdict, len(row.shape)) for row in study.rows] == [("ok", 0), ("ok", 1)]


def test_weights_in_a_column_stay_a_column(tmp_path):
    text = REGRESSION.replace("np.zeros(n_features)", "np.zeros((n_features, 1))")
    study = examined(text, tmp_path)
    assert [len(row.shape) for row in study.rows if row.name == "dw"] == [2]


@pytest.mark.parametrize(
    ("right", "wrong", "name", "code"),
    [
        ("db = (2 / n_samples) * np.sum", "db = (2 / n_samples) * np.mean", "db", "scale"),
        ("db = (2", "db = -(2", "db", "sign"),
    ],
)
def test_a_mistake_in_one_of_them_is_named(tmp_path, right, wrong, name, code):
    row = first_wrong(examined(REGRESSION.replace(right, wrong), tmp_path))
    assert (row.name, row.diagnosis.code) == (name, code)
