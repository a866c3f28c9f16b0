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


METHOD = "    def zero_grad(self):\n        self.dW1[...] = 0\n        self.dW2[...] = 0\n"
LOOP = """
def train(net, X, y):
    for _ in range(100):
        {before}net.forward(X)
        net.backward(y)
"""


def test_what_nothing_calls_sets_nothing_to_zero():
    [study] = inspected(GROWING + METHOD + LOOP.replace("{before}", "")).studies
    found = next(row.diagnosis for row in study.rows if row.name == study.first_wrong)
    assert found.code == "accumulated"
    assert "zero_grad" in found.message
    assert found.fix == "call zero_grad() before each call of backward"


@pytest.mark.parametrize(
    "rest",
    [
        "",  # the training is elsewhere
        LOOP.replace("{before}", "net.zero_grad()\n        "),
        LOOP.replace("{before}", "for clear in (net.zero_grad,):\n            clear()\n        "),
        LOOP.replace("{before}", "net.dW1 = net.dW2 = 0\n        "),
        LOOP.replace("{before}", "for g in (net.dW1, net.dW2):\n            g[...] = 0\n        "),
        "\n\ndef check(net, X, y):\n    net.forward(X)\n    net.backward(y)\n    return net.dW1\n",
    ],
)
def test_what_may_be_set_to_zero_is_let_be(rest):
    assert inspected(GROWING + METHOD + rest).exit_status == 0
