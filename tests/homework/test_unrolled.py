"""Weights that a function is handed as one vector are judged one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Study
from tests.homework.test_signs import line_of

UNROLLED = """\
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def nn_cost_function(nn_params, input_layer_size, hidden_layer_size, num_labels, X, y, lambda_):
    Theta1 = np.reshape(nn_params[:hidden_layer_size * (input_layer_size + 1)],
                        (hidden_layer_size, input_layer_size + 1))
    Theta2 = np.reshape(nn_params[hidden_layer_size * (input_layer_size + 1):],
                        (num_labels, hidden_layer_size + 1))
    m = X.shape[0]
    a1 = np.hstack((np.ones((m, 1)), X))
    z2 = a1.dot(Theta1.T)
    a2 = np.hstack((np.ones((m, 1)), sigmoid(z2)))
    h = sigmoid(a2.dot(Theta2.T))
    Y = np.eye(num_labels)[y.ravel()]
    J = -np.sum(Y * np.log(h) + (1 - Y) * np.log(1 - h)) / m
    J += lambda_ / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))
    delta3 = h - Y
    delta2 = delta3.dot(Theta2[:, 1:]) * sigmoid(z2) * (1 - sigmoid(z2))
    Theta1_grad = delta2.T.dot(a1) / m
    Theta2_grad = delta3.T.dot(a2) / m
    Theta1_grad[:, 1:] += lambda_ / m * Theta1[:, 1:]
    Theta2_grad[:, 1:] += lambda_ / m * Theta2[:, 1:]
    grad = np.concatenate([Theta1_grad.ravel(), Theta2_grad.ravel()])
    return J, grad
"""


def judged(tmp_path: Path, text: str) -> Study:
    file = tmp_path / "mine.py"
    file.write_text(text)
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    [study] = found.studies
    return study


@pytest.mark.parametrize(
    "changes",
    [
        (),
        ((".ravel(), ", '.ravel("F"), '), ('_grad.ravel()])', '_grad.ravel("F")])'),
         ("input_layer_size + 1))\n", 'input_layer_size + 1), order="F")\n'),
         ("hidden_layer_size + 1))\n    m", 'hidden_layer_size + 1), order="F")\n    m')),
        (("    grad = np.concatenate(", "    return J, np.concatenate("),
         ("    return J, grad\n", "")),
    ],
)  # fmt: skip
def test_right_gradients_are_right(tmp_path: Path, changes: tuple[tuple[str, str], ...]) -> None:
    text = UNROLLED
    for change in changes:
        text = text.replace(*change)
    study = judged(tmp_path, text)
    assert {row.name: row.verdict for row in study.rows} == {
        "Theta1_grad": "ok",
        "Theta2_grad": "ok",
    }


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        (" * sigmoid(z2) * (1 - sigmoid(z2))", "  # no slope", "missing_activation_derivative"),
        ("lambda_ / m * Theta2[:, 1:]", "lambda_ * Theta2[:, 1:]", "regularization_scale"),
        ("delta3.T.dot(a2) / m", "delta3.T.dot(a2)  # sum", "scale"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, right: str, wrong: str, code: str) -> None:
    study = judged(tmp_path, UNROLLED.replace(right, wrong))
    [row] = [row for row in study.rows if row.verdict == "wrong"]
    assert row.diagnosis is not None
    assert row.diagnosis.code == code


def test_the_step_behind_a_gradient_that_is_changed_in_place_is_named(tmp_path: Path) -> None:
    text = UNROLLED.replace(" * sigmoid(z2) * (1 - sigmoid(z2))", "  # no slope")
    [row] = [row for row in judged(tmp_path, text).rows if row.verdict == "wrong"]
    assert row.diagnosis is not None
    assert row.diagnosis.line == line_of(text, "# no slope")


def test_gradients_that_are_joined_in_another_order_are_wrong(tmp_path: Path) -> None:
    study = judged(
        tmp_path,
        UNROLLED.replace(
            "[Theta1_grad.ravel(), Theta2_grad.ravel()]",
            "[Theta2_grad.ravel(), Theta1_grad.ravel()]",
        ),
    )
    assert {row.verdict for row in study.rows} == {"wrong"}
