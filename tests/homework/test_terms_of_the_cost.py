"""What a cost computes on the way is no value of the network, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect

DECAY = """
import numpy as np

def relu(Z):
    return np.maximum(0, Z)

def initialize(layer_dims):
    parameters = {}
    for l in range(1, len(layer_dims)):
        parameters["W" + str(l)] = np.random.randn(layer_dims[l], layer_dims[l - 1])
        parameters["b" + str(l)] = np.zeros((layer_dims[l], 1))
    return parameters

def forward(X, parameters):
    caches, A = [], X
    L = len(parameters) // 2
    for l in range(1, L + 1):
        A_prev, W = A, parameters["W" + str(l)]
        Z = W @ A_prev + parameters["b" + str(l)]
        A = relu(Z) if l < L else 1 / (1 + np.exp(-Z))
        caches.append((A_prev, W, Z))
    return A, caches

def compute_cost(AL, Y, parameters, lambd):
    m = Y.shape[1]
    {penalty}
    cross_entropy = -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m
    return cross_entropy + lambd / (2 * m) * {name}

def backward(AL, Y, caches, lambd):
    grads, m = {}, AL.shape[1]
    dA = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    for l in reversed(range(len(caches))):
        A_prev, W, Z = caches[l]
        s = 1 / (1 + np.exp(-Z))
        dZ = dA * s * (1 - s) if l == len(caches) - 1 else dA * (Z > 0)
        grads["dW" + str(l + 1)] = dZ @ A_prev.T / m + lambd / m * W
        grads["db" + str(l + 1)] = np.sum(dZ, axis=1, keepdims=True) / m
        dA = W.T @ dZ
        grads["dA" + str(l)] = dA
    return grads
"""

IN_A_LOOP = """{name} = 0
    for l in range(1, len(parameters) // 2 + 1):
        {name} += np.sum(np.square(parameters["W" + str(l)]))"""
OF_TWO_LAYERS = """squares = np.square(parameters["W1"])
    {name} = np.sum(squares)
    {name} = {name} + np.sum(np.square(parameters["W2"]))"""


@pytest.mark.parametrize("name", ["l2", "l1", "layer_2", "a1", "Z1", "reg"])
def test_a_penalty_is_no_activation(name: str, tmp_path: Path) -> None:
    text = DECAY.replace("{penalty}", IN_A_LOOP).replace("{name}", name)
    file = tmp_path / "decay.py"
    file.write_text(text)
    found = inspect(Request(str(file), layers=(5, 4, 3, 1)))
    assert found.exit_status == 0, found
    (study,) = found.studies
    assert name not in {row.wrt for row in study.rows}


def test_a_matrix_that_goes_into_a_penalty_is_no_activation(tmp_path: Path) -> None:
    matrix = IN_A_LOOP.replace("{name} += np.sum(np.square(", "l2 = np.square(").replace(
        '"W" + str(l)]))', '"W" + str(l)])\n        {name} += np.sum(l2)'
    )
    file = tmp_path / "decay.py"
    file.write_text(DECAY.replace("{penalty}", matrix).replace("{name}", "penalty"))
    found = inspect(Request(str(file), layers=(5, 4, 3, 1)))
    assert found.exit_status == 0, found


ELEVEN_LINES = """
import numpy as np

def nonlin(x):
    return 1 / (1 + np.exp(-x))

def forward(X, W1, W2):
    l1 = nonlin(np.dot(X, W1))
    l2 = nonlin(np.dot(l1, W2))
    return l1, l2

def cost(X, y, W1, W2):
    l1 = nonlin(np.dot(X, W1))
    l2 = nonlin(np.dot(l1, W2))
    return np.sum((y - l2) ** 2) / 2

def backward(X, y, l1, l2, W2):
    l2_delta = (l2 - y) * l2 * (1 - l2)
    l1_error = l2_delta.dot(W2.T)
    l1_delta = l1_error * l1
    dW1, dW2 = X.T.dot(l1_delta), l1.T.dot(l2_delta)
    return dW1, dW2
"""


def test_activations_that_a_cost_computes_once_more_are_known(tmp_path: Path) -> None:
    file = tmp_path / "cost.py"
    file.write_text(ELEVEN_LINES)
    (study,) = inspect(Request(str(file))).studies
    assert study.first_wrong == "dW1"
    assert {row.name: row.verdict for row in study.rows}["l1_error"] == "ok"


LOOPS = """\
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def compute_cost(X, y, w, b, lambda_=1):
    m, n = X.shape
    cost = 0.0
    for i in range(m):
        f = sigmoid(np.dot(X[i], w) + b)
        cost += -y[i] * np.log(f) - (1 - y[i]) * np.log(1 - f)
    cost = cost / m
    reg = 0
    for j in range(n):
        reg += w[j] ** 2
    return cost + lambda_ / (2 * m) * reg
def compute_gradient(X, y, w, b, lambda_=1):
    m, n = X.shape
    dj_dw, dj_db = np.zeros(n), 0.0
    for i in range(m):
        err = sigmoid(np.dot(X[i], w) + b) - y[i]
        for j in range(n):
            dj_dw[j] = dj_dw[j] + err * X[i, j]
        dj_db = dj_db + err
    dj_dw, dj_db = dj_dw / m, dj_db / m
    for j in range(n):
        dj_dw[j] = dj_dw[j] + lambda_ / m * w[j]
    return dj_db, dj_dw
"""


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("pass", "missing_regularization"),
        ("dj_dw[j] = dj_dw[j] + lambda_ * w[j]", "regularization_scale"),
    ],
)
def test_a_term_that_is_summed_in_a_loop_is_known(tmp_path, wrong, code):
    file = tmp_path / "homework.py"
    file.write_text(LOOPS.replace("dj_dw[j] = dj_dw[j] + lambda_ / m * w[j]", wrong))
    (study,) = inspect(Request(str(file))).studies
    found = next(row.diagnosis for row in study.rows if row.name == study.first_wrong)
    assert found.code == code
    assert "it has none" not in found.message


MODEL_TRAINED_IN_ONE = """\
import numpy as np
reg_lambda = 0.01
def calculate_loss(model, X, y):
    m = len(X)
    W1, b1, W2, b2 = model['W1'], model['b1'], model['W2'], model['b2']
    a1 = np.tanh(X.dot(W1) + b1)
    scores = np.exp(a1.dot(W2) + b2)
    probs = scores / np.sum(scores, axis=1, keepdims=True)
    loss = np.sum(-np.log(probs[range(m), y]))
    loss += reg_lambda / 2 * (np.sum(np.square(W1)) + np.sum(np.square(W2)))
    return 1. / m * loss
def build_model(X, y, nn_hdim, num_passes=20000):
    m = len(X)
    W1, b1 = np.random.randn(2, nn_hdim), np.zeros((1, nn_hdim))
    W2, b2 = np.random.randn(nn_hdim, 2), np.zeros((1, 2))
    for i in range(num_passes):
        z1 = X.dot(W1) + b1
        a1 = np.tanh(z1)
        z2 = a1.dot(W2) + b2
        scores = np.exp(z2)
        probs = scores / np.sum(scores, axis=1, keepdims=True)
        delta3 = probs
        delta3[range(m), y] -= 1
        dW2 = a1.T.dot(delta3)
        db2 = np.sum(delta3, axis=0, keepdims=True)
        delta2 = delta3.dot(W2.T) * (1 - np.power(a1, 2))
        dW1 = np.dot(X.T, delta2)
        db1 = np.sum(delta2, axis=0)
        dW2 += reg_lambda * W2
        dW1 += reg_lambda * W1
        W1 += -0.01 * dW1
        b1 += -0.01 * db1
        W2 += -0.01 * dW2
        b2 += -0.01 * db2
    return {'W1': W1, 'b1': b1, 'W2': W2, 'b2': b2}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("dW2 += reg_lambda * W2", "pass", "missing_regularization"),
        ("dW2 += reg_lambda * W2", "dW2 -= reg_lambda * W2", "regularization_scale"),
        ("dW1 += reg_lambda * W1", "dW1 += reg_lambda * W1 / m", "regularization_scale"),
    ],
)
def test_the_term_is_judged_beside_a_factor_common_to_all(tmp_path, right, wrong, code):
    """The gradients are those of the sum over the examples; the cost is their mean."""
    file = tmp_path / "homework.py"
    file.write_text(MODEL_TRAINED_IN_ONE)
    (study,) = inspect(Request(str(file))).studies
    assert (study.ok, study.cost) == (True, "calculate_loss")
    file.write_text(MODEL_TRAINED_IN_ONE.replace(right, wrong))
    (study,) = inspect(Request(str(file))).studies
    row = next(row for row in study.rows if row.name == study.first_wrong)
    assert (row.name, row.diagnosis.code) == (right[:3], code)


@pytest.mark.parametrize(
    ("term", "due"),
    [
        ("0.1 * np.sum(w**2)", "np.dot(X, (A - Y).T) / m + 0.2 * w"),
        ("0.1 / (2 * m) * np.sum(w**2)", "np.dot(X, (A - Y).T) / m + 0.1 / m * w"),
    ],
)
def test_a_term_with_a_number_in_the_cost_has_that_number_in_the_gradient(tmp_path, term, due):
    file = tmp_path / "homework.py"
    file.write_text(
        "import numpy as np\n"
        "def propagate(w, b, X, Y):\n"
        "    m = X.shape[1]\n"
        "    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))\n"
        f"    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m + {term}\n"
        "    dw = np.dot(X, (A - Y).T) / m\n"
        "    db = np.sum(A - Y) / m\n"
        "    return {'dw': dw, 'db': db}, cost\n"
    )
    (study,) = inspect(Request(str(file))).studies
    row = next(row for row in study.rows if row.name == study.first_wrong)
    assert row.diagnosis.fix == f"dw = {due}"
