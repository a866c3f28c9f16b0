"""Gradients that backward leaves out, and gradients of what forward leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.report.words import headline
from nets.homework.results import Study

TWO_LAYERS = """
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def forward(X, W1, b1, W2, b2):
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    Z2 = A1 @ W2 + b2
    return A1, sigmoid(Z2)

def cost(A2, Y):
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))

def backward(X, Y, W1, W2, A1, A2):
    dZ2 = (A2 - Y) / X.shape[0]
    dW2 = A1.T @ dZ2
    db2 = dZ2.sum(axis=0)
    dZ1 = dZ2 @ W2.T * (1 - A1 ** 2)
    dW1 = X.T @ dZ1
    db1 = dZ1.sum(axis=0)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""

LISTS = """
import numpy as np

class Net:
    def __init__(self, sizes):
        self.weights = [np.random.randn(a, b) for a, b in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.zeros((1, b)) for b in sizes[1:]]

    def forward(self, X):
        acts = [X]
        for i, (w, b) in enumerate(zip(self.weights, self.biases)):
            z = acts[-1] @ w + b
            acts.append(np.tanh(z) if i < len(self.weights) - 1 else z)
        return acts

    def loss(self, acts, y):
        return 0.5 * np.mean(np.sum((acts[-1] - y) ** 2, axis=1))

    def backward(self, acts, y):
        grads_w = [None] * len(self.weights)
        grads_b = [None] * len(self.biases)
        delta = (acts[-1] - y) / len(y)
        for i in reversed(range({start}len(self.weights))):
            grads_w[i] = acts[i].T @ delta
            grads_b[i] = delta.sum(axis=0, keepdims=True)
            delta = delta @ self.weights[i].T * (1 - acts[i] ** 2)
        return grads_w, grads_b
"""

TRAINED = """
def train(X, Y, W1, b1, W2, b2, lr=0.1):
    for _ in range(100):
        A1, A2 = forward(X, W1, b1, W2, b2)
        grads = backward(X, Y, W1, W2, A1, A2)
        {updates}
    return W1, b1, W2, b2
"""


def studied(text: str, folder: Path) -> Study:
    """Return what is found in a file with one backward pass."""
    file = folder / "mine.py"
    file.write_text(text)
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    (study,) = found.studies
    return study


def said_first(study: Study) -> tuple[str | None, int | None, str]:
    """Return name, line and message of the first wrong gradient."""
    row = next(row for row in study.rows if row.name == study.first_wrong)
    assert row.diagnosis is not None
    return row.name, row.line, row.diagnosis.message


def line_of(part: str, text: str) -> int:
    return next(k for k, line in enumerate(text.split("\n"), 1) if part in line)


@pytest.mark.parametrize(
    ("right", "wrong", "at", "said"),
    [
        (', "db2": db2', "", "return {", "db2 of line 19 is not returned"),
        ('"db2": db2', '"db2": 0', "return {", "It is zero everywhere"),
        ("db2 = dZ2.sum(axis=0)", "db2 = None", "db2 = None", "db2 is None when backward ends"),
        (
            "db2 = dZ2.sum(axis=0)",
            "db2 = np.zeros_like(b2)",
            "db2 = np",
            "It is zero everywhere",
        ),
    ],
)
def test_a_gradient_that_is_left_out_is_a_mistake(
    right: str, wrong: str, at: str, said: str, tmp_path: Path
) -> None:
    text = TWO_LAYERS.replace(right, wrong).replace("X, Y, W1, W2, A1", "X, Y, W1, W2, b2, A1")
    name, line, message = said_first(studied(text, tmp_path))
    assert (name, line) == ("db2", line_of(at, text))
    assert said in message


def test_a_gradient_that_is_not_made_at_all_is_a_mistake(tmp_path: Path) -> None:
    text = TWO_LAYERS.replace(', "db1": db1', "").replace("    db1 = dZ1.sum(axis=0)\n", "")
    study = studied(text, tmp_path)
    assert said_first(study) == (
        "db1",
        line_of("return {", text),
        "Backward gives no gradient of b1, which the cost depends on.",
    )


def test_a_loop_that_stops_before_the_first_layer_is_a_mistake(tmp_path: Path) -> None:
    assert studied(LISTS.replace("{start}", ""), tmp_path).ok
    text = LISTS.replace("{start}", "1, ")
    study = studied(text, tmp_path)
    name, line, message = said_first(study)
    assert name in ("grads_w[0]", "grads_b[0]")
    assert line == line_of("for i in reversed", text)
    assert "is None when backward ends" in message


@pytest.mark.parametrize(
    ("updates", "ok"),
    [
        ("W1 -= lr * grads['dW1']; W2 -= lr * grads['dW2']; b2 -= lr * grads['db2']", True),
        ("b1 -= lr * grads['db1']; W2 -= lr * grads['dW2']; b2 -= lr * grads['db2']", False),
    ],
)
def test_what_no_update_changes_may_be_left_out(updates: str, ok: bool, tmp_path: Path) -> None:
    text = TWO_LAYERS.replace(', "db1": db1', "") + TRAINED.replace("{updates}", updates)
    study = studied(text, tmp_path)
    assert study.ok == ok
    if ok:
        row = next(row for row in study.rows if row.name == "db1")
        assert row.verdict == "unchecked"


def test_weights_without_biases_are_not_told_to_be_all(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(TWO_LAYERS.replace(', "db1": db1', "").replace(', "db2": db2', ""))
    found = inspect(Request(str(file)))
    assert found.exit_status == 0
    assert headline(found).startswith("The 2 gradients that were given are right")
    assert headline(found).endswith("There is no gradient of b1 or b2.") or headline(
        found
    ).endswith("There is no gradient of b2 or b1.")


def test_a_gradient_that_backward_uses_itself_is_not_missing(tmp_path: Path) -> None:
    text = LISTS.replace("{start}", "").replace(
        "            grads_b[i] = delta.sum(axis=0, keepdims=True)\n",
        "            self.biases[i] -= 0.1 * delta.sum(axis=0, keepdims=True)\n",
    )
    assert studied(text, tmp_path).ok


@pytest.mark.parametrize(("bias", "at"), [("b1", "Z1 = X"), ("b2", "Z2 = A1")])
def test_a_gradient_of_what_forward_leaves_out_is_a_mistake_of_forward(
    bias: str, at: str, tmp_path: Path
) -> None:
    text = TWO_LAYERS.replace(f" + {bias}\n", "\n")
    study = studied(text, tmp_path)
    assert study.first_wrong == f"d{bias}"
    found = next(row.diagnosis for row in study.rows if row.name == f"d{bias}")
    assert found is not None
    assert found.code == "forward_bug"
    assert found.line == line_of(at, text)
    assert found.fix == TWO_LAYERS.split("\n")[line_of(at, text) - 1].strip()


def test_a_zero_gradient_of_what_forward_leaves_out_is_right(tmp_path: Path) -> None:
    text = TWO_LAYERS.replace(" + b2\n", "\n").replace(
        "db2 = dZ2.sum(axis=0)", "db2 = np.zeros(dZ2.shape[1])"
    )
    assert studied(text, tmp_path).ok


def test_a_layer_that_is_left_as_it_was_drawn_is_no_mistake(tmp_path: Path) -> None:
    text = TWO_LAYERS.replace('"dW1": dW1, "db1": db1, ', "")
    assert studied(text, tmp_path).ok
    updates = "W2 -= lr * grads['dW2']; b2 -= lr * grads['db2']"
    assert studied(text + TRAINED.replace("{updates}", updates), tmp_path).ok
    updates += "; W1 -= lr * grads['dW1']; b1 -= lr * grads['db1']"
    assert not studied(text + TRAINED.replace("{updates}", updates), tmp_path).ok


RETURNED = '    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}\n'


@pytest.mark.parametrize(
    "ending",
    [
        "    return\n",
        "",
        '    grads = {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}\n',
        '    grads = {}\n    grads["dW1"], grads["db1"] = dW1, db1\n    return\n',
    ],
)
def test_gradients_are_lost_where_backward_returns_nothing(ending: str, tmp_path: Path) -> None:
    study = studied(TWO_LAYERS.replace(RETURNED, ending), tmp_path)
    assert {row.verdict for row in study.rows} == {"wrong"}
    assert all(row.diagnosis and "returns nothing" in row.diagnosis.message for row in study.rows)


@pytest.mark.parametrize(
    "ending",
    [
        "    W1 -= 0.1 * dW1\n    W2 -= 0.1 * dW2\n",
        "    for p, g in zip((W1, W2), (dW1, dW2)):\n        p -= 0.1 * g\n",
        "    k = kept\n    k['dW1'], k['db1'], k['dW2'], k['db2'] = dW1, db1, dW2, db2\n",
        "    update(dW1, db1, dW2, db2)\n",
        "    kept['dW1'], kept['db1'], kept['dW2'], kept['db2'] = dW1, db1, dW2, db2\n",
    ],
)
def test_gradients_are_not_lost_where_backward_uses_them(ending: str, tmp_path: Path) -> None:
    text = TWO_LAYERS.replace(RETURNED, ending)
    study = studied("kept = {}\ndef update(*gradients):\n    pass\n" + text, tmp_path)
    assert study.ok, study.rows


LAYERS = """
import numpy as np

def forward(X, parameters):
    A, caches = X, []
    L = len(parameters) // 2
    for l in range(1, L + 1):
        A_prev, W, b = A, parameters["W" + str(l)], parameters["b" + str(l)]
        Z = np.dot(W, A_prev) + b
        A = np.tanh(Z) if l < L else 1 / (1 + np.exp(-Z))
        caches.append((A_prev, W, b, Z))
    return A, caches

def cost(AL, Y):
    return -np.mean(Y * np.log(AL) + (1 - Y) * np.log(1 - AL))

def backward(AL, Y, caches):
    grads, L, m = {}, len(caches), Y.shape[1]
    dZ = AL - Y
    for l in reversed(range(STOP)):
        A_prev, W, b, Z = caches[l]
        grads["dW" + str(l + 1)] = np.dot(dZ, A_prev.T) / m
        grads["db" + str(l + 1)] = np.sum(dZ, axis=1, keepdims=True) / m
        dZ = np.dot(W.T, dZ) * (1 - A_prev ** 2)
    return grads

def update_parameters(parameters, grads, learning_rate):
    L = len(parameters) // 2
    for l in range(FIRST):
        parameters[WEIGHT] -= learning_rate * grads["dW" + str(l + 1)]
        parameters["b" + str(l + 1)] -= learning_rate * grads["db" + str(l + 1)]
    return parameters
"""


@pytest.mark.parametrize("key", ['"W" + str(l + 1)', 'f"W{l + 1}"'])
@pytest.mark.parametrize(
    ("stop", "first", "wrong"),
    [
        ("L", "L", set()),
        ("1, L", "L", {"dW1", "db1"}),
        ("1, L", "0, L", {"dW1", "db1"}),
        ("1, L", "1, L", set()),
        ("1, L", "start, L", set()),
    ],
)
def test_a_layer_that_the_loop_of_the_update_wants_must_have_gradients(
    stop: str, first: str, wrong: set[str], key: str, tmp_path: Path
) -> None:
    text = LAYERS.replace("STOP", stop).replace("FIRST", first).replace("WEIGHT", key)
    study = studied(text, tmp_path)
    assert {row.name for row in study.rows if row.verdict == "wrong"} == wrong


ADAM = """\
import numpy as np
class Net:
    def __init__(self, sizes):
        self.sizes = sizes
        self.params, self.m, self.s = {}, {}, {}
        for i in range(1, len(sizes)):
            self.params[f"W{i}"] = np.random.randn(sizes[i - 1], sizes[i])
            self.params[f"b{i}"] = np.zeros((1, sizes[i]))
    def forward(self, X):
        self.A = {0: X}
        for i in range(1, len(self.sizes)):
            Z = self.A[i - 1] @ self.params[f"W{i}"] + self.params[f"b{i}"]
            self.A[i] = np.tanh(Z)
        return self.A[i]
    def loss(self, out, Y):
        return 0.5 * np.sum((out - Y) ** 2)
    def backward(self, out, Y):
        grads = {}
        d = out - Y
        for i in range(len(self.sizes) - 1, 0, -1):
            d = d * (1 - self.A[i] ** 2)
            grads[f"W{i}"] = self.A[i - 1].T @ d
            grads[f"b{i}"] = d.sum(axis=0, keepdims=True)
            d = d @ self.params[f"W{i}"].T
        return grads
    def step(self, grads):
        for k in self.params:
            self.m[k] = 0.9 * self.m[k] + 0.1 * grads[k]
            m_hat = self.m[k] / (1 - 0.9 ** self.t)
            self.params[k] -= self.lr * m_hat
"""


def test_a_layer_that_the_loop_leaves_out_is_missed_by_an_update_by_way_of_moments(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(ADAM)
    assert inspect(Request(str(path))).exit_status == 0
    path.write_text(ADAM.replace("- 1, 0, -1)", "- 1, 1, -1)"))
    [study] = inspect(Request(str(path))).studies
    wrong = {row.wrt for row in study.rows if row.verdict == "wrong"}
    assert wrong == {"W1", "b1"}


@pytest.mark.parametrize("weight", ["W1", "W2"])
def test_a_parameter_in_the_place_of_its_gradient_is_none(tmp_path: Path, weight: str) -> None:
    returned = "dW1, db1, dW2, db2".replace(f"d{weight}", weight)
    start, _, _ = TWO_LAYERS.partition("    return {")
    file = tmp_path / "homework.py"
    file.write_text(f"{start}    return {returned}\n")
    [study] = inspect(Request(str(file))).studies
    assert study.first_wrong == f"d{weight}"
