"""Gradients that grow with every call of backward."""

import pytest

from tests.documentation.diagnoses import inspected
from tests.documentation.examples import CLASS, EXAMPLES, NETWORK

GROWING = EXAMPLES["accumulated"].source

ZEROED = {
    "by a method": "    def zero_grad(self):\n        self.dW1 *= 0\n",
    "before training": (
        "\n\ndef train(net, X, y):\n    for _ in range(9):\n        net.dW1 = np.zeros(3)\n"
        "        net.forward(X)\n        net.backward(y)\n"
    ),
}


def test_every_gradient_that_grows_is_named():
    [study] = inspected(GROWING).studies
    assert not study.ok
    assert [row.diagnosis.code for row in study.rows] == ["accumulated"] * 4
    for row in study.rows:
        assert row.max_abs_error > 0
        assert "+=" not in row.diagnosis.fix
        assert row.diagnosis.line == row.line


def test_one_that_grows_among_others():
    source = CLASS.replace("self.dW1 = self.X.T @ dz1", "self.dW1 = self.dW1 + self.X.T @ dz1")
    [study] = inspected(source).studies
    assert study.first_wrong == "self.dW1"
    assert [row.name for row in study.rows if row.verdict == "wrong"] == ["self.dW1"]


@pytest.mark.parametrize("how", ZEROED)
def test_what_is_set_to_zero_elsewhere_is_meant_to_grow(how):
    assert inspected(GROWING + ZEROED[how]).exit_status == 0


def test_sums_within_one_call_are_right():
    source = NETWORK.replace(
        "dW1 = np.dot(dZ1, X.T) / m",
        "dW1 = 0\n    for i in range(m):\n        dW1 += np.outer(dZ1[:, i], X[:, i]) / m",
    )
    assert inspected(source).exit_status == 0
