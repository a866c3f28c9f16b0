"""What is said of a mistake fits the style that it was made in: its line, its names, its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination, GradientRow
from tests.homework.handwriting import written
from tests.homework.plant import Plant
from tests.homework.planting import plants

PLANTS = {str(each): each for each in plants()}


def planted(style: str, mistake: str, number: int = 0) -> Plant:
    """Return one of the places where a mistake can stand in a style."""
    return [p for p in PLANTS.values() if p.style == style and p.mistake == mistake][number]


def examined(plant: Plant, folder: Path) -> Examination:
    file = folder / plant.style
    file.write_text(written(plant.style, plant.text))
    return inspect(Request(str(file)))


def root(plant: Plant, folder: Path) -> GradientRow:
    rows = [row for study in examined(plant, folder).studies for row in study.rows]
    return next(row for row in rows if row.verdict == "wrong" and not row.inherited)


@pytest.mark.parametrize(
    ("style", "mistake", "fix"),
    [
        ("dropout.py", "mask missing", "dA2 = dA2 * D2"),
        ("dropout.py", "keep_prob missing", "dA2 = dA2 / keep_prob"),
        ("dropout.py", "Z for A in forward", "Z2 = np.dot(W2, A1) + b2"),
        (
            "dropout.py",
            "L2 missing",
            "dW3 = 1.0 / m * np.dot(dZ3, A2.T) + lambd / m * W3",
        ),
        (
            "mini_batches.py",
            "L2 missing",
            "self.dW3 = np.dot(self.A2.T, dZ3) + self.l2_lambda / m * self.W3",
        ),
        ("rows_dict_grads.py", "L2 halved", "grads['W2'] = … + 2 * reg * W2"),
        ("spiral_two_layers.py", "L2 doubled", "dW2 += reg * W2"),
    ],
)
def test_a_remedy_is_in_the_persons_own_names(
    style: str, mistake: str, fix: str, tmp_path: Path
) -> None:
    found = root(planted(style, mistake), tmp_path).diagnosis
    assert found is not None
    assert found.fix == fix


@pytest.mark.parametrize(
    ("style", "mistake", "name"),
    [
        ("dense_framework.py", "relu' missing", "grad"),
        ("layers_ordered_dict.py", "relu' missing", "dx"),
        ("layers_added.py", "1 + A**2", "error"),
        ("nn_architecture.py", "relu' missing", "dZ_curr"),
        ("course_deep.py", "mask of the gradient", "dZ"),
        ("course_deep.py", "plus in dAL", "dAL"),
        ("loop_in_function.py", "1 - A", "delta2"),
        ("list_of_dicts.py", "2 * dW", "grads[2]['W']"),
        ("leaky.py", "2 * dA", "dl_wrt_A1"),
    ],
)
def test_the_first_wrong_gradient_is_a_step_of_the_persons(
    style: str, mistake: str, name: str, tmp_path: Path
) -> None:
    assert root(planted(style, mistake), tmp_path).name == name


@pytest.mark.parametrize(
    ("style", "mistake", "line"),
    [
        ("nn_architecture.py", "sigmoid' missing", "return dA"),
        ("course_deep.py", "mask of the gradient", "dZ[dZ <= 0] = 0"),
        ("layers_added.py", "2 * dW", "weights_error = 2 * (np.dot(self.input.T, output_error))"),
        ("dense_framework.py", "db not summed", "self.db = grad"),
    ],
)
def test_the_line_is_where_the_numbers_are_made(
    style: str, mistake: str, line: str, tmp_path: Path
) -> None:
    plant = planted(style, mistake)
    number = root(plant, tmp_path).line
    assert number is not None
    assert plant.text.split("\n")[number - 1].strip() == line


@pytest.mark.parametrize(
    ("style", "mistake", "code"),
    [
        ("eps_in_log.py", "dW transposed", "transpose"),
        ("course_deep.py", "db without keepdims", "wrong_shape"),
        ("leaky.py", "db over the wrong axis", "wrong_shape"),
        ("one_layer_eleven_lines.py", "g' at another layer", "wrong_shape"),
    ],
)
def test_a_crash_is_blamed_on_the_gradient_that_does_not_fit(
    style: str, mistake: str, code: str, tmp_path: Path
) -> None:
    plant = planted(style, mistake, -1)
    failure = examined(plant, tmp_path).failure
    assert failure is not None
    assert failure.theirs
    assert failure.diagnosis is not None
    assert (failure.diagnosis.code, failure.diagnosis.line) == (code, plant.line)


@pytest.mark.slow
def test_a_forward_pass_inside_the_cost_that_differs_is_told(tmp_path: Path) -> None:
    found = root(planted("loop_in_function.py", "no bias in forward"), tmp_path).diagnosis
    assert found is not None
    assert found.code == "forward_bug"
    assert "another forward pass" in found.message


def test_softmax_over_the_examples_is_a_mistake_of_the_forward_pass(tmp_path: Path) -> None:
    found = root(planted("mini_batches.py", "softmax over the wrong axis"), tmp_path).diagnosis
    assert found is not None
    assert found.code == "forward_bug"
    assert "sums to 1 over axis 0, along which the examples are" in found.message


MOMENTUM = """
import numpy as np

class Net:
    def __init__(self, n_in, n_h, n_out):
        self.W1, self.b1 = np.random.randn(n_in, n_h), np.zeros((1, n_h))
        self.W2, self.b2 = np.random.randn(n_h, n_out), np.zeros((1, n_out))

    def forward(self, X):
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        self.A2 = 1 / (1 + np.exp(-(self.A1 @ self.W2 + self.b2)))
        return self.A2

    def loss(self, y):
        return -np.mean(y * np.log(self.A2) + (1 - y) * np.log(1 - self.A2))

    def backward(self, X, y):
        d_out = (self.A2 - y) / len(X)
        dW2 = self.A1.T @ d_out
        db2 = d_out.sum(axis=0, keepdims=True)
        dZ1 = d_out @ self.W2.T * (1 - self.A1 ** 2)
        dW1 = X.T @ dZ1
        db1 = dZ1.sum(axis=0, keepdims=True)
        return dW1, db1, dW2, db2
"""

LOGISTIC = """
import numpy as np

def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = 1 / m * np.dot(X, (A - Y).T)
    db = 1 / m * np.sum(A - Y)
    return {"dw": dw, "db": db}, cost
"""


@pytest.mark.parametrize(
    ("text", "right", "wrong", "fix"),
    [
        (MOMENTUM, " * (1 - self.A1 ** 2)", "", "dZ1 = (d_out @ self.W2.T) * (1 - self.A1**2)"),
        (LOGISTIC, "1 / m * np.dot(X", "np.dot(X", "dw = np.dot(X, (A - Y).T) / m"),
        (LOGISTIC, "(A - Y).T", "(Y - A).T", "dw = 1 / m * np.dot(X, (A - Y).T)"),
        (LOGISTIC, "(A - Y).T)", "(A - Y).T) / m", "dw = 1 / m * np.dot(X, (A - Y).T)"),
    ],
)
def test_the_line_to_write_instead_is_the_persons_own_as_far_as_it_is_right(
    text: str, right: str, wrong: str, fix: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text.replace(right, wrong))
    rows = [row for study in inspect(Request(str(file))).studies for row in study.rows]
    found = next(row.diagnosis for row in rows if row.verdict == "wrong" and not row.inherited)
    assert found is not None
    assert found.fix == fix


def test_operands_that_do_not_fit_entry_by_entry_are_not_called_transposed(
    tmp_path: Path,
) -> None:
    file = tmp_path / "mine.py"
    deeper = LOGISTIC.replace("(A - Y).T)", "((A - Y) * (w.T @ w @ Y)[:, :3]).T)")
    file.write_text(deeper)
    failure = inspect(Request(str(file))).failure
    assert failure is not None
    assert failure.diagnosis is not None
    assert failure.diagnosis.code == "wrong_shape"
    assert "another layer's values" in failure.diagnosis.message
