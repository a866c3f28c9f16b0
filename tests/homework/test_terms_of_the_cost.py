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
