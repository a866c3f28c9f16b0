"""Modules that are not there are stood in for, or the one that is needed is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect

LOGISTIC = """
def propagate(w, b, X, Y):
    m = X.shape[1]
    A = sigmoid(np.dot(w.T, X) + b)
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dw = np.dot(X, (A - Y).T) / m
    db = np.sum(A - Y) / m
    return {"dw": dw, "db": db}, cost
"""

NET = """
class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {}
        self.params['W1'] = np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

    def predict(self, x):
        a1 = np.dot(x, self.params['W1']) + self.params['b1']
        z1 = sigmoid(a1)
        return softmax(np.dot(z1, self.params['W2']) + self.params['b2'])

    def loss(self, x, t):
        return cross_entropy_error(self.predict(x), t)

    def gradient(self, x, t):
        grads = {}
        a1 = np.dot(x, self.params['W1']) + self.params['b1']
        z1 = sigmoid(a1)
        y = softmax(np.dot(z1, self.params['W2']) + self.params['b2'])
        dy = (y - t) / x.shape[0]
        grads['W2'] = np.dot(z1.T, dy)
        grads['b2'] = np.sum(dy, axis=0)
        da1 = sigmoid_grad(a1) * np.dot(dy, self.params['W2'].T)
        grads['W1'] = np.dot(x.T, da1)
        grads['b1'] = np.sum(da1, axis=0)
        return grads
"""


@pytest.mark.parametrize(
    "imports",
    [
        "import numpy as np\nfrom sigmoid import sigmoid",
        "import numpy as np\nfrom .activations import *",
        "import numpy as np\nfrom planar_utils import *",
        "import numpy as np\nimport matplotlib.pyplot as plt\nfrom testCases_v2 import *",
    ],
)
def test_a_sigmoid_from_a_file_that_is_not_there_is_the_usual_one(
    imports: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(imports + LOGISTIC)
    found = inspect(Request(str(file)))
    assert found.failure is None
    assert [row.verdict for row in found.studies[0].rows] == ["ok", "ok"]


def test_functions_of_a_book_that_are_not_there_are_the_books(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import numpy as np\nfrom common.functions import *\n" + NET)
    (study,) = inspect(Request(str(file))).studies
    assert study.ok
    assert any("cross_entropy_error" in note for note in study.notes)


def test_a_module_beside_the_file_or_one_folder_up_is_read(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "functions.py").write_text(
        "import numpy as np\n"
        "def sigmoid(x): return 1 / (1 + np.exp(-x))\n"
        "def sigmoid_grad(x): return sigmoid(x)\n"  # their mistake
        "def softmax(x):\n"
        "    e = np.exp(x - x.max(axis=1, keepdims=True))\n"
        "    return e / e.sum(axis=1, keepdims=True)\n"
        "def cross_entropy_error(y, t): return -np.sum(t * np.log(y)) / y.shape[0]\n"
    )
    (tmp_path / "ch04").mkdir()
    file = tmp_path / "ch04" / "mine.py"
    file.write_text("import numpy as np\nfrom common.functions import *\n" + NET)
    (study,) = inspect(Request(str(file))).studies
    wrong = [row for row in study.rows if row.verdict == "wrong"]
    assert wrong[0].diagnosis is not None
    assert wrong[0].diagnosis.code == "wrong_activation_derivative"
    assert {row.name for row in wrong} == {"da1", "grads['W1']", "grads['b1']"}
    assert [row.name for row in study.rows].count("da1") == 1


def test_what_nobody_can_stand_in_for_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = LOGISTIC.replace("sigmoid(", "squash(")
    file.write_text("import numpy as np\nfrom squashing import squash\n" + text)
    failure = inspect(Request(str(file))).failure
    assert failure is not None
    assert not failure.theirs
    assert "squashing.squash is needed" in failure.message


REGULARIZED = """
def compute_cost_with_regularization(A3, Y, parameters, lambd):
    m = Y.shape[1]
    squares = sum(np.sum(np.square(parameters[k])) for k in ("W1", "W2", "W3"))
    return reg_utils.compute_cost(A3, Y) + lambd * squares / (2 * m)

def backward_propagation_with_regularization(X, Y, cache, lambd):
    return backward(X, Y, cache, lambd, [1, 1, 1])

def backward(X, Y, cache, lambd, masks):
    Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3 = cache
    m, grads = X.shape[1], {}
    dZ = A3 - Y
    for l, A, W in ((3, A2, W3), (2, A1, W2), (1, X, W1)):
        grads["dW%d" % l] = np.dot(dZ, A.T) / m + lambd * W / m
        grads["db%d" % l] = np.sum(dZ, axis=1, keepdims=True) / m
        dZ = np.dot(W.T, dZ) * (A > 0)
    return grads
"""


def test_functions_reached_through_a_course_module_are_the_courses(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = REGULARIZED + "\ntrain = lambda X, p: reg_utils.forward_propagation(X, p)\n"
    text = text.replace("def backward(", "def _back(").replace("return backward(", "return _back(")
    file.write_text("import numpy as np\nimport reg_utils\n" + text)
    (study,) = inspect(Request(str(file))).studies
    assert study.backward == "backward_propagation_with_regularization"
    assert study.ok, [(row.name, row.verdict) for row in study.rows]


def test_a_cost_with_an_l2_term_is_not_that_of_dropout(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = REGULARIZED.replace("def backward(", "def _back(").replace(
        "return backward(", "return _back("
    )
    file.write_text(
        "import numpy as np\nimport reg_utils\n"
        + text
        + """
def forward_propagation_with_dropout(X, parameters, keep_prob):
    A, cache = X, []
    for l in (1, 2):
        Z = np.dot(parameters["W%d" % l], A) + parameters["b%d" % l]
        D = np.random.rand(*Z.shape) < keep_prob
        cache += [A, D, Z, parameters["W%d" % l]]
        A = reg_utils.relu(Z) * D / keep_prob
    A3 = reg_utils.sigmoid(np.dot(parameters["W3"], A) + parameters["b3"])
    cache += [A, parameters["W3"], A3]
    return A3, cache

def backward_propagation_with_dropout(X, Y, cache, keep_prob):
    A0, D1, Z1, W1, A1, D2, Z2, W2, A2, W3, A3 = cache
    m = X.shape[1]
    dZ3 = A3 - Y
    dZ2 = np.dot(W3.T, dZ3) * D2 / keep_prob * (Z2 > 0)
    dZ1 = np.dot(W2.T, dZ2) * D1 / keep_prob * (Z1 > 0)
    return {"dW1": np.dot(dZ1, X.T) / m, "dW2": np.dot(dZ2, A1.T) / m, "dW3": np.dot(dZ3, A2.T) / m}
"""
    )
    studies = {study.backward: study for study in inspect(Request(str(file))).studies}
    dropout = studies["backward_propagation_with_dropout"]
    assert dropout.ok, [(row.name, row.verdict) for row in dropout.rows]
    assert "assumed" in dropout.cost


ALONE = """
import numpy as np

def backward_propagation(X, Y, cache):
    (z1, a1, W1, b1, z2, a2, W2, b2, z3, a3, W3, b3) = cache
    grads = {"dz3": (a3 - Y) / X.shape[1]}
    grads["dz2"] = np.dot(W3.T, grads["dz3"]) * (a2 > 0)
    grads["dz1"] = np.dot(W2.T, grads["dz2"]) * (a1 > 0)
    for l, a in ((1, X), (2, a1), (3, a2)):
        grads["dW%d" % l] = np.dot(grads["dz%d" % l], a.T)
        grads["db%d" % l] = np.sum(grads["dz%d" % l], axis=1, keepdims=True)
    return grads
"""


def test_a_backward_pass_alone_is_that_of_the_network_its_cache_is_of(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(ALONE)
    (study,) = inspect(Request(str(file))).studies
    assert study.ok, [(row.name, row.verdict) for row in study.rows]
    assert study.cost == "assumed: binary cross-entropy, mean over m"
    assert any("forward_propagation" in note for note in study.notes)
    file.write_text(ALONE.replace("(a1 > 0)", "a1"))
    (study,) = inspect(Request(str(file))).studies
    row = next(row for row in study.rows if row.name == study.first_wrong)
    assert row.diagnosis is not None
    assert row.diagnosis.code == "wrong_activation_derivative"
