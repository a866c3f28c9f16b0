"""Weights may be called after where they stand: ``hidden_weights``, ``output_bias``."""

import pytest

from tests.homework.test_namesakes import examined, first_wrong
from tests.homework.test_signs import line_of

XOR = """\
import numpy as np
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def sigmoid_derivative(x):
    return x * (1 - x)
inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
expected_output = np.array([[0], [1], [1], [0]])
lr = 0.1
hidden_weights = np.random.uniform(size=(2, 2))
hidden_bias = np.random.uniform(size=(1, 2))
output_weights = np.random.uniform(size=(2, 1))
output_bias = np.random.uniform(size=(1, 1))
for _ in range(10000):
    hidden_layer_activation = np.dot(inputs, hidden_weights)
    hidden_layer_activation += hidden_bias
    hidden_layer_output = sigmoid(hidden_layer_activation)
    output_layer_activation = np.dot(hidden_layer_output, output_weights)
    output_layer_activation += output_bias
    predicted_output = sigmoid(output_layer_activation)
    error = expected_output - predicted_output
    d_predicted_output = error * sigmoid_derivative(predicted_output)
    error_hidden_layer = d_predicted_output.dot(output_weights.T)
    d_hidden_layer = error_hidden_layer * sigmoid_derivative(hidden_layer_output)
    output_weights += hidden_layer_output.T.dot(d_predicted_output) * lr
    output_bias += np.sum(d_predicted_output, axis=0, keepdims=True) * lr
    hidden_weights += inputs.T.dot(d_hidden_layer) * lr
    hidden_bias += np.sum(d_hidden_layer, axis=0, keepdims=True) * lr
"""


def test_a_right_loop_is_right(tmp_path):
    study = examined(XOR, tmp_path)
    assert study.ok
    assert {row.wrt for row in study.rows} == {
        "hidden_weights", "hidden_bias", "output_weights", "output_bias"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "code", "name"),
    [
        ("output_weights += hidden", "output_weights -= hidden", "sign", "output_weights"),
        ("inputs.T.dot(d_hidden_layer) * lr", "inputs.T.dot(d_hidden_layer) * lr / 4", "scale",
         "hidden_weights"),
        ("hidden_layer_output.T.dot", "hidden_layer_activation.T.dot", "wrong_cache",
         "output_weights"),
    ],
)  # fmt: skip
def test_a_wrong_update_is_found(tmp_path, right, wrong, code, name):
    text = XOR.replace(right, wrong)
    row = first_wrong(examined(text, tmp_path))
    assert (row.name, row.diagnosis.code) == (f"update of {name}", code)
    assert row.diagnosis.line == line_of(text, wrong)


def test_a_step_behind_a_wrong_update_is_named(tmp_path):
    line = "    d_hidden_layer = error_hidden_layer * sigmoid_derivative(hidden_layer_output)\n"
    text = XOR.replace(line, "    d_hidden_layer = error_hidden_layer\n")
    found = first_wrong(examined(text, tmp_path)).diagnosis
    assert found.code == "missing_activation_derivative"
    assert found.line == line_of(text, "d_hidden_layer = error")


@pytest.mark.slow
def test_most_tell_whether_an_assumed_cost_is_a_sum_or_a_mean(tmp_path):
    wrong = "np.mean(d_hidden_layer, axis=0, keepdims=True)"
    text = XOR.replace("np.sum(d_hidden_layer, axis=0, keepdims=True)", wrong)
    study = examined(text, tmp_path)
    assert [row.name for row in study.rows if row.verdict == "wrong"] == ["update of hidden_bias"]
    assert first_wrong(study).diagnosis.line == line_of(text, wrong)
