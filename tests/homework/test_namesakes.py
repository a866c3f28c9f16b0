"""Steps of backward are judged by the value they are called after, whatever that is called."""

import pytest

from nets.homework.inspecting import Request, inspect
from tests.homework.test_signs import line_of

TWO_LAYERS = """\
import numpy as np

N, D_in, H, D_out = 64, 1000, 100, 10
x = np.random.randn(N, D_in)
y = np.random.randn(N, D_out)
w1 = np.random.randn(D_in, H)
w2 = np.random.randn(H, D_out)
for t in range(500):
    h = x.dot(w1)
    h_relu = np.maximum(h, 0)
    y_pred = h_relu.dot(w2)
    loss = np.square(y_pred - y).sum()
    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h_relu.T.dot(grad_y_pred)
    grad_h_relu = grad_y_pred.dot(w2.T)
    grad_h = grad_h_relu * (h > 0)
    grad_w1 = x.T.dot(grad_h)
    w1 -= 1e-6 * grad_w1
    w2 -= 1e-6 * grad_w2
"""

NORMALISED = """\
import numpy as np
class Net:
    def __init__(self, D, H, C):
        self.W1 = 0.1 * np.random.randn(D, H)
        self.gamma = np.ones(H)
        self.beta = np.zeros(H)
        self.W2 = 0.1 * np.random.randn(H, C)
    def forward(self, X):
        self.X = X
        self.Z1 = X @ self.W1
        self.mu = self.Z1.mean(axis=0)
        self.std = np.sqrt(self.Z1.var(axis=0) + 1e-5)
        self.Zhat = (self.Z1 - self.mu) / self.std
        self.Zt = self.gamma * self.Zhat + self.beta
        self.A1 = np.maximum(0, self.Zt)
        self.Z2 = self.A1 @ self.W2
        e = np.exp(self.Z2)
        self.P = e / e.sum(axis=1, keepdims=True)
        return self.P
    def loss(self, Y):
        return -np.sum(Y * np.log(self.P)) / Y.shape[0]
    def backward(self, Y):
        N = Y.shape[0]
        self.dZ2 = (self.P - Y) / N
        self.dW2 = self.A1.T @ self.dZ2
        self.dA1 = self.dZ2 @ self.W2.T
        self.dZt = self.dA1 * (self.Zt > 0)
        self.dgamma = np.sum(self.dZt * self.Zhat, axis=0)
        self.dbeta = np.sum(self.dZt, axis=0)
        d = self.dZt * self.gamma
        own = np.sum(d * self.Zhat, axis=0)
        self.dZ1 = (N * d - d.sum(axis=0) - self.Zhat * own) / (N * self.std)
        self.dW1 = self.X.T @ self.dZ1
"""


def examined(text, tmp_path):
    file = tmp_path / "homework.py"
    file.write_text(text)
    (study,) = inspect(Request(str(file))).studies
    return study


def first_wrong(study):
    return next(row for row in study.rows if row.name == study.first_wrong)


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("grad_y_pred.dot(w2.T)", "0.5 * grad_y_pred.dot(w2.T)", "scale"),
        ("grad_h_relu * (h > 0)", "grad_h_relu.copy()", "missing_activation_derivative"),
        ("grad_h_relu * (h > 0)", "-grad_h_relu * (h > 0)", "sign"),
    ],
)
def test_a_wrong_step_is_the_first_wrong_by_its_own_name(tmp_path, right, wrong, code):
    text = TWO_LAYERS.replace(right, wrong)
    line = line_of(text, wrong)
    row = first_wrong(examined(text, tmp_path))
    assert row.name == text.split("\n")[line - 1].split("=")[0].strip()
    assert (row.line, row.diagnosis.line, row.diagnosis.code) == (line, line, code)


def test_what_is_made_from_a_wrong_step_is_not_accused(tmp_path):
    text = NORMALISED.replace("(self.Zt > 0)", "(self.Z1 > 0)")
    row = first_wrong(examined(text, tmp_path))
    assert (row.name, row.line) == ("self.dZt", line_of(text, "self.dZt ="))


@pytest.mark.parametrize("text", [TWO_LAYERS, NORMALISED])
def test_right_steps_are_right(tmp_path, text):
    assert examined(text, tmp_path).ok


def test_a_step_called_after_the_value_behind_its_own_is_no_mistake(tmp_path):
    """``grad_h_relu`` is here what others call ``grad_h``; the wrong line is another one."""
    text = TWO_LAYERS.replace("grad_h_relu = grad_y", "above = grad_y").replace(
        "grad_h = grad_h_relu * (h > 0)", "grad_h_relu = above * (h > 0)"
    )
    text = text.replace("x.T.dot(grad_h)", "3 * x.T.dot(grad_h_relu)")
    row = first_wrong(examined(text, tmp_path))
    assert (row.name, row.diagnosis.code) == ("grad_w1", "scale")


def test_a_step_is_told_by_its_own_name(tmp_path):
    text = TWO_LAYERS.replace("grad_h_relu * (h > 0)", "grad_h_relu.copy()")
    found = first_wrong(examined(text, tmp_path)).diagnosis
    assert "missing in grad_h:" in found.message
    assert "dh" not in f"{found.message} {found.fix}"


MASKED = (
    TWO_LAYERS.replace("h = x.dot(w1)\n    h_relu = np.maximum(h, 0)", "h = np.maximum(x @ w1, 0)")
    .replace("h_relu", "h")
    .replace("grad_h = grad_h * (h > 0)", "grad_h[h <= 0] = 0")
)


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("grad_y_pred.dot(w2.T)", "-grad_y_pred.dot(w2.T)", "sign"),
        ("grad_y_pred.dot(w2.T)", "0.5 * grad_y_pred.dot(w2.T)", "scale"),
    ],
)
def test_what_is_changed_in_place_is_judged_as_it_was_made(tmp_path, right, wrong, code):
    assert examined(MASKED, tmp_path).ok
    text = MASKED.replace(right, wrong)
    row = first_wrong(examined(text, tmp_path))
    assert (row.name, row.line, row.diagnosis.code) == ("grad_h", line_of(text, wrong), code)
