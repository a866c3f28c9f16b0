"""The line that is marked is the one to change, and what is offered for it does."""

import ast
from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from tests.homework.test_common_factors import LAYERS
from tests.homework.test_one_example import RECURRENT
from tests.homework.test_signs import IAMTRASK, NIELSEN, line_of

DEEP = """\
import numpy as np
def initialize(layer_dims):
    p = {}
    for l in range(1, len(layer_dims)):
        p["W" + str(l)] = np.random.randn(layer_dims[l], layer_dims[l-1])
        p["b" + str(l)] = np.zeros((layer_dims[l], 1))
    return p
def linear_forward(A, W, b): return W@A+b, (A, W, b)
def relu(Z): return np.maximum(0, Z), Z
def sigmoid(Z): return 1/(1+np.exp(-Z)), Z
def linear_activation_forward(A_prev, W, b, activation):
    Z, lc = linear_forward(A_prev, W, b)
    A, ac = sigmoid(Z) if activation == "sigmoid" else relu(Z)
    return A, (lc, ac)
def L_model_forward(X, parameters):
    caches = []; A = X; L = len(parameters)//2
    for l in range(1, L):
        A, c = linear_activation_forward(
            A, parameters["W"+str(l)], parameters["b"+str(l)], "relu")
        caches.append(c)
    AL, c = linear_activation_forward(A, parameters["W"+str(L)], parameters["b"+str(L)], "sigmoid")
    caches.append(c)
    return AL, caches
def compute_cost(AL, Y):
    m = Y.shape[1]
    return float(np.squeeze(-np.sum(Y*np.log(AL)+(1-Y)*np.log(1-AL))/m))
def linear_backward(dZ, cache):
    A_prev, W, b = cache; m = A_prev.shape[1]
    dW = 1/m*dZ@A_prev.T
    db = 1/m*np.sum(dZ, axis=1, keepdims=True)
    dA_prev = W.T@dZ
    return dA_prev, dW, db
def relu_backward(dA, Z):
    dZ = np.array(dA, copy=True); dZ[Z<0] = 0
    return dZ
def sigmoid_backward(dA, Z):
    s = 1/(1+np.exp(-Z)); return dA*s*(1-s)
def linear_activation_backward(dA, cache, activation):
    lc, ac = cache
    dZ = relu_backward(dA, ac) if activation == "relu" else sigmoid_backward(dA, ac)
    return linear_backward(dZ, lc)
def L_model_backward(AL, Y, caches):
    grads = {}; L = len(caches)
    dAL = -(np.divide(Y, AL)-np.divide(1-Y, 1-AL))
    a, b, c = linear_activation_backward(dAL, caches[L-1], "sigmoid")
    grads["dA"+str(L-1)], grads["dW"+str(L)], grads["db"+str(L)] = a, b, c
    for l in reversed(range(L-1)):
        a, b, c = linear_activation_backward(grads["dA"+str(l+1)], caches[l], "relu")
        grads["dA"+str(l)] = a; grads["dW"+str(l+1)] = b; grads["db"+str(l+1)] = c
    return grads
"""


def root(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text)
    [study] = inspect(Request(str(path))).studies
    wrong = [row for row in study.rows if row.verdict == "wrong" and not row.inherited]
    return study, wrong[0]


@pytest.mark.parametrize(
    ("right", "wrong", "fix"),
    [
        ("dW = 1/m*dZ@A_prev.T", "dW = dZ@A_prev.T", "dW = dZ @ A_prev.T / m"),
        ("dAL = -(np.divide(Y, AL)-np", "dAL = -(np.divide(Y, AL)+np", "dAL = -(Y / AL"),
        ("dA_prev = W.T@dZ", "dA_prev = 2*W.T@dZ", "dA_prev = W.T @ dZ"),
    ],
)
def test_a_line_is_offered_in_the_names_of_its_function(tmp_path, right, wrong, fix):
    text = DEEP.replace(right, wrong)
    _, row = root(tmp_path, text)
    assert row.diagnosis.line == line_of(text, wrong)
    assert row.diagnosis.fix.startswith(fix)
    lines = text.split("\n")
    before = lines[row.diagnosis.line - 1]
    indent = before[: len(before) - len(before.lstrip())]
    lines[row.diagnosis.line - 1] = indent + row.diagnosis.fix
    path = tmp_path / "mended.py"
    path.write_text("\n".join(lines))
    assert inspect(Request(str(path))).exit_status == 0


def test_a_line_that_is_offered_for_a_step_does_not_repeat_a_product(tmp_path):
    wrong = "l1_error = l2_delta.dot(syn1.T) * 2"
    text = IAMTRASK.replace("l1_error = l2_delta.dot(syn1.T)", wrong)
    study, row = root(tmp_path, text)
    assert row.diagnosis.code == "scale"
    assert row.diagnosis.line == line_of(text, wrong)
    assert row.diagnosis.fix == "l1_error = l2_delta @ syn1.T"
    assert not any(
        "14" in (each.diagnosis.message if each.diagnosis else "") for each in study.rows
    )


def test_names_that_the_function_does_not_have_are_not_offered(tmp_path):
    text = IAMTRASK.replace("syn1 += l1.T.dot(l2_delta)", "syn1 += l1.T.dot(l2_error)")
    _, row = root(tmp_path, text)
    fix = row.diagnosis.fix
    if not fix.startswith("what is due"):
        names = {node.id for node in ast.walk(ast.parse(fix)) if isinstance(node, ast.Name)}
        assert names <= {"syn1", "l1", "l2_delta", "np"}


def test_a_step_that_no_row_is_about_is_looked_up_behind_the_line_that_shows_it(tmp_path):
    text = NIELSEN.replace("delta) * sp", "delta)")
    _, row = root(tmp_path, text)
    assert row.diagnosis.code == "missing_activation_derivative"
    assert row.diagnosis.line == line_of(text, "delta = np.dot(self.weights")
    shown = line_of(text, "nabla_w[-l] = ")
    assert f"shows in line {shown}; look at what makes `delta`" in row.diagnosis.message


SHORT_NAMES = """\
import numpy as np
class Net:
    def __init__(self, n_in, n_h, n_out):
        self.W1 = np.random.randn(n_in, n_h)
        self.b1 = np.zeros((1, n_h))
        self.W2 = np.random.randn(n_h, n_out)
        self.b2 = np.zeros((1, n_out))
    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.tanh(self.z1)
        self.out = 1 / (1 + np.exp(-(self.a1 @ self.W2 + self.b2)))
        return self.out
    def loss(self, y):
        return -np.mean(y * np.log(self.out) + (1 - y) * np.log(1 - self.out))
    def backward(self, X, y, lr):
        d2 = (self.out - y) / y.shape[0]
        dW2, db2 = self.a1.T @ d2, np.sum(d2, axis=0, keepdims=True)
        d1 = d2 @ self.W2.T * (1 - self.a1**2)
        dW1 = X.T @ d1
        db1 = np.sum(d1, axis=0, keepdims=True)
        self.W1 -= lr * dW1
        self.b1 -= lr * db1
        self.W2 -= lr * dW2
        self.b2 -= lr * db2
"""


@pytest.mark.parametrize("name", ["d1", "d_hidden", "err1"])
def test_a_step_of_any_usual_name_is_looked_up(tmp_path, name):
    text = SHORT_NAMES.replace("self.a1**2", "self.z1**2").replace("d1 =", f"{name} =")
    text = text.replace("X.T @ d1", f"X.T @ {name}").replace("sum(d1", f"sum({name}")
    _, row = root(tmp_path, text)
    assert row.diagnosis.code == "wrong_activation_derivative"
    assert row.diagnosis.line == line_of(text, "self.z1**2")


def test_a_helper_that_is_right_elsewhere_is_not_to_blame_for_how_it_is_called(tmp_path):
    text = DEEP.replace('caches[l], "relu")', 'caches[l], "sigmoid")')
    _, row = root(tmp_path, text)
    assert row.diagnosis.line == line_of(text, 'caches[l], "sigmoid")')
    assert "is right for another layer" in row.diagnosis.message


def test_a_helper_that_is_wrong_is_to_blame(tmp_path):
    text = DEEP.replace("dA*s*(1-s)", "dA*s*(1+s)")
    _, row = root(tmp_path, text)
    assert row.diagnosis.line == line_of(text, "dA*s*(1+s)")


@pytest.mark.parametrize("wrong", ["np.sum(dZ, axis=1)", "np.sum(dZ)"])
def test_that_a_sum_is_right_for_one_unit_does_not_clear_its_line(tmp_path, wrong):
    text = DEEP.replace("np.sum(dZ, axis=1, keepdims=True)", wrong)
    _, row = root(tmp_path, text)
    assert row.diagnosis.line == line_of(text, wrong)
    assert "np.sum(dZ, axis=1, keepdims=True)" in row.diagnosis.fix


TWICE = """
import numpy as np

def forward(X, W1, b1, W2, b2):
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    Z2 = A1 @ W2 + b2
    return A1, 1 / (1 + np.exp(-Z2))

def cost(A2, Y):
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))

def backward(X, Y, A1, A2, W2):
    dZ2 = (A2 - Y) / len(Y)
    dW2 = A1.T @ dZ2
    db2 = np.sum(dZ2, axis=0)
    dZ1 = dZ2 @ W2.T * (1 - A1**2)
    dW1 = X.T @ dZ1
    db1 = np.sum(dZ2, axis=0)
    return {returned}
"""


@pytest.mark.parametrize(
    "returned",
    [
        "dW1, db1, dW2, db2",
        '{"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}',
        '{"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}',
        "[dW1, dW2], [db1, db2]",
    ],
)
def test_of_two_lines_that_make_the_same_the_wrong_one_is_named(
    returned: str, tmp_path: Path
) -> None:
    text = TWICE.replace("{returned}", returned)
    file = tmp_path / "mine.py"
    file.write_text(text)
    (study,) = inspect(Request(str(file))).studies
    row = next(row for row in study.rows if row.name == study.first_wrong)
    assert row.line is not None
    assert text.split("\n")[row.line - 1].strip().startswith("db1 =")


def test_what_broadcasting_has_blown_up_is_told_where_that_happens(tmp_path: Path) -> None:
    text = TWICE.replace("A2 - Y)", "A2 - Y.ravel())").replace("{returned}", "dW1, db1, dW2, db2")
    file = tmp_path / "mine.py"
    file.write_text(text)
    failure = inspect(Request(str(file))).failure
    assert failure is not None
    found = failure.diagnosis
    assert found is not None
    assert found.code == "wrong_shape"
    assert found.message == "dZ2 has shape (7, 7), and A2 (7, 1)."
    assert found.line is not None
    assert text.split("\n")[found.line - 1].strip().startswith("dZ2 =")


def test_a_key_is_not_put_right_where_the_parameters_are_made(tmp_path: Path) -> None:
    text = LAYERS.replace("self.affine2.dW, self.affine2.db", "self.affine2.dW, self.affine1.db")
    file = tmp_path / "mine.py"
    file.write_text(text)
    (study,) = inspect(Request(str(file))).studies
    found = next(row.diagnosis for row in study.rows if row.name == study.first_wrong)
    assert found is not None
    assert found.code == "shifted_keys"
    assert "np.zeros" not in found.fix
    assert found.line is not None
    assert "np.zeros" not in text.split("\n")[found.line - 1]


def test_what_a_layer_is_handed_is_made_elsewhere(tmp_path: Path) -> None:
    text = LAYERS.replace("(1.0 - self.out) * self.out", "(1.0 - self.out)")
    file = tmp_path / "mine.py"
    file.write_text(text)
    (study,) = inspect(Request(str(file))).studies
    found = next(row.diagnosis for row in study.rows if row.name == study.first_wrong)
    assert found is not None
    assert found.line is not None
    assert text.split("\n")[found.line - 1].strip().startswith("return dout * (1.0")


ACCUMULATED = """\
import numpy as np
def compute_cost(x, y, w, b):
    m = x.shape[0]
    cost = 0
    for i in range(m):
        cost = cost + (w * x[i] + b - y[i]) ** 2
    return cost / (2 * m)
def compute_gradient(x, y, w, b):
    m = x.shape[0]
    dj_dw = 0
    dj_db = 0
    for i in range(m):
        error = w * x[i] + b - y[i]
        dj_dw += error * x[i]
        dj_db += error
    dj_dw = dj_dw / m
    dj_db = 1 / m * dj_db
    return dj_dw, dj_db
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("dj_dw += error * x[i]", "dj_dw += error"), ("dj_db += error", "dj_db = error")],
)
def test_a_line_that_only_divides_is_not_blamed_for_what_it_is_given(tmp_path, right, wrong):
    text = ACCUMULATED.replace(right, f"{wrong}  # wrong")
    _, row = root(tmp_path, text)
    assert row.diagnosis.line == line_of(text, "# wrong")


def test_a_line_that_only_divides_is_blamed_for_the_factor(tmp_path):
    wrong = "dj_dw = dj_dw / (2 * m)"
    text = ACCUMULATED.replace("dj_dw = dj_dw / m", wrong)
    _, row = root(tmp_path, text)
    assert (row.diagnosis.code, row.diagnosis.line) == ("scale", line_of(text, wrong))


def test_a_step_without_a_name_in_the_graph_is_looked_up_behind_its_line(tmp_path):
    text = RECURRENT.replace("* (1 - self.hs[t + 1] ** 2)", "# no slope")
    text = text.replace("(self.Wy.T @ dy + dh_next)", "self.Wy.T @ dy + dh_next")
    _, row = root(tmp_path, text)
    assert row.diagnosis.code == "missing_activation_derivative"
    assert row.diagnosis.line == line_of(text, "# no slope")
    assert "the gradient of" not in row.diagnosis.fix
