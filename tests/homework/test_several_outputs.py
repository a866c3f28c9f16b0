"""Networks of one output and of several: what is wrong only for several is not overlooked."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination

SQUARED = """\
import numpy as np
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.b1 = np.zeros((1, n_hidden))
        self.W2 = np.random.randn(n_hidden, n_out)
        self.b2 = np.zeros((1, n_out))
    def forward(self, X):
        self.X = X
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        self.out = self.A1 @ self.W2 + self.b2
        return self.out
    def loss(self, Y):
        return np.sum((self.out - Y) ** 2) / (2 * len(Y))
    def backward(self, Y):
        m = len(Y)
        dZ2 = (self.out - Y) / m
        self.dW2 = self.A1.T @ dZ2
        self.db2 = np.sum(dZ2, axis=0, keepdims=True)
        dZ1 = dZ2 @ self.W2.T * (1 - self.A1 ** 2)
        self.dW1 = self.X.T @ dZ1
        self.db1 = np.sum(dZ1, axis=0, keepdims=True)
"""
COURSE = """\
import numpy as np
def sigmoid(z): return 1 / (1 + np.exp(-z))
def initialize_parameters(n_x, n_h, n_y):
    return {"W1": np.random.randn(n_h, n_x), "b1": np.zeros((n_h, 1)),
            "W2": np.random.randn(n_y, n_h), "b2": np.zeros((n_y, 1))}
def forward_propagation(X, parameters):
    A1 = np.tanh(parameters["W1"] @ X + parameters["b1"])
    A2 = sigmoid(parameters["W2"] @ A1 + parameters["b2"])
    return A2, {"A1": A1, "A2": A2}
def compute_cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = parameters["W2"].T @ dZ2 * (1 - A1 ** 2)
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""
OF_ALL = ("np.sum(dZ2, axis=1, keepdims=True) / m", "np.sum(dZ2) / m")
THREE = """
if __name__ == "__main__":
    X = np.random.randn(5, 60); Y = (np.random.rand(3, 60) > 0.5) * 1.0
    parameters = initialize_parameters(X.shape[0], 4, Y.shape[0])
"""
ONE = """
X = np.random.randn(5, 60)
Y = (X[:1] > 0).astype(float)
parameters = initialize_parameters(5, 4, 1)
"""


def examined(tmp_path: Path, text: str) -> Examination:
    file = tmp_path / "mine.py"
    file.write_text(text)
    return inspect(Request(str(file)))


@pytest.mark.parametrize(
    ("right", "wrong", "shows"),
    [
        ("np.sum(dZ2, axis=0, keepdims=True)", "np.sum(dZ2, keepdims=True)", "self.db2"),
        ("np.sum(dZ2, axis=0, keepdims=True)", "np.sum(dZ2)", "self.db2"),
        ("np.sum(dZ2, axis=0, keepdims=True)", "np.sum(dZ2[:, :1], axis=0)", "self.db2"),
        ("self.A1.T @ dZ2", "np.sum(self.A1 * dZ2[:, :1], axis=0).reshape(-1, 1)", "self.dW2"),
        ("dZ2 @ self.W2.T", "dZ2.sum(axis=1, keepdims=True) * self.W2.sum(axis=1)", "self.dW1"),
    ],
)
@pytest.mark.parametrize("ending", ["", "net = Net(4, 16, 3)\n"])
def test_what_is_wrong_for_several_outputs_only_is_found(
    tmp_path: Path, right: str, wrong: str, shows: str, ending: str
) -> None:
    [study] = examined(tmp_path, SQUARED + ending).studies
    assert {row.verdict for row in study.rows} == {"ok"}
    [study] = examined(tmp_path, SQUARED.replace(right, wrong) + ending).studies
    assert shows in {row.name for row in study.rows if row.verdict == "wrong"}


def test_yes_or_no_is_one_output_unless_the_file_has_several(tmp_path: Path) -> None:
    wrong = COURSE.replace(*OF_ALL)
    [study] = examined(tmp_path, wrong + THREE).studies
    assert [row.name for row in study.rows if row.verdict == "wrong"] == ["db2"]
    [study] = examined(tmp_path, wrong + ONE).studies
    assert study.ok
    assert not study.notes
    [study] = examined(tmp_path, wrong).studies
    assert study.ok
    [note] = study.notes
    assert note == "right for one output; with 4 outputs, db2 (line 18) would be wrong"


@pytest.mark.parametrize(
    ("right", "other"),
    [
        ("-np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m",
         "-(np.dot(Y, np.log(A2).T) + np.dot(1 - Y, np.log(1 - A2).T)) / m"),
        ("-np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m",
         "-np.sum(np.dot(Y, np.log(A2).T) + np.dot(1 - Y, np.log(1 - A2).T)) / m"),
        ('(n_y, 1))}', '(1, 1))}'),
        ('np.random.randn(n_y, n_h)', 'np.random.randn(1, n_h)'),
        ("    m = X.shape[1]\n", "    m = X.shape[1]\n    Y = Y.reshape(1, m)\n"),
        ("-np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m",
         "-np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["", ONE])
def test_files_for_one_output_stay_right(
    tmp_path: Path, right: str, other: str, ending: str
) -> None:
    assert right in COURSE
    for text in (COURSE, COURSE.replace(*OF_ALL)):
        found = examined(tmp_path, text.replace(right, other) + ending)
        assert found.failure is None
        assert [study.ok for study in found.studies] == [True]


@pytest.mark.parametrize(
    ("right", "other"),
    [
        ("np.sum((self.out - Y) ** 2) / (2 * len(Y))", "np.mean((self.out - Y) ** 2) / 2"),
        ("np.sum((self.out - Y) ** 2) / (2 * len(Y))",
         "(self.out - Y).T @ (self.out - Y) / (2 * len(Y))"),
        ("        m = len(Y)\n", "        m = len(Y)\n        Y = Y.reshape(-1, 1)\n"),
        ("np.zeros((1, n_out))", "np.zeros((1, 1))"),
    ],
)  # fmt: skip
def test_squared_errors_of_one_output_stay_right(tmp_path: Path, right: str, other: str) -> None:
    assert right in SQUARED
    for ending in ("", "net = Net(4, 16, 1)\n"):
        found = examined(tmp_path, SQUARED.replace(right, other) + ending)
        assert found.failure is None
        assert [study.ok for study in found.studies] == [True]


@pytest.mark.parametrize(
    ("ending", "wrong"),
    [
        ("Y = np.random.randn(100, 1)\n", set()),
        ("Y = np.array([[0, 1, 1, 0]])\n", set()),
        ("n_y = 1\n", set()),
        ("layers_dims = [5, 4, 1]\n", set()),
        ("c = 3\n", set()),
        ("Y = np.array([[0, 1], [1, 0], [1, 1]])\n", {"db2"}),
        ("Y = np.zeros((3, 60))\n", {"db2"}),
        ("n_y = 3\n", {"db2"}),
        ("layers_dims = [5, 4, 3]\n", {"db2"}),
        ("parameters = initialize_parameters(n_x=5, n_h=4, n_y=2)\n", {"db2"}),
    ],
)
def test_a_file_says_how_many_outputs_it_means(
    tmp_path: Path, ending: str, wrong: set[str]
) -> None:
    [study] = examined(tmp_path, COURSE.replace(*OF_ALL) + ending).studies
    assert {row.name for row in study.rows if row.verdict == "wrong"} == wrong


ASSUMED = """\
import numpy as np
class LogisticRegression:
    def __init__(self, lr=0.001, n_iters=1000):
        self.lr, self.n_iters = lr, n_iters
    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for _ in range(self.n_iters):
            linear_pred = np.dot(X, self.weights) + self.bias
            predictions = 1 / (1 + np.exp(-linear_pred))
            dw = (1 / n_samples) * np.dot(X.T, (linear_pred - y))
            db = (1 / n_samples) * np.sum(predictions - y)
            self.weights = self.weights - self.lr * dw
            self.bias = self.bias - self.lr * db
"""


def test_beside_a_wrong_gradient_what_is_right_for_one_output_is_not_accused(tmp_path):
    file = tmp_path / "homework.py"
    file.write_text(ASSUMED)
    (study,) = inspect(Request(str(file))).studies
    assert {row.name: row.verdict for row in study.rows} == {"dw": "wrong", "db": "ok"}


DESCRIBED = (
    SQUARED.replace("self.W1", "self.weights_input_hidden")
    .replace("self.W2", "self.weights_hidden_output")
    .replace("self.dW1", "self.d_weights_input_hidden")
    .replace("self.dW2", "self.d_weights_hidden_output")
)


def test_a_network_whose_depth_only_running_it_tells_has_several_outputs_too(
    tmp_path: Path,
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(DESCRIBED)
    assert inspect(Request(str(file))).exit_status == 0
    file.write_text(
        DESCRIBED.replace("db2 = np.sum(dZ2, axis=0, keepdims=True)", "db2 = dZ2.sum()")
    )
    [study] = inspect(Request(str(file))).studies
    assert [row.name for row in study.rows if row.verdict == "wrong"] == ["self.db2"]
