"""Right gradients, in every convention that people use, are never called wrong."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag
from tests.check.planting import Net, parameters_only


def with_input_numbering(grads, L):
    """Return dA keys numbered by the layer they leave: dA1 is the gradient of A0."""
    shifted = {key: value for key, value in grads.items() if not key.startswith("dA")}
    return shifted | {f"dA{l}": grads[f"dA{l - 1}"] for l in range(1, L + 1)}


CONVENTIONS = {
    "plain": lambda g, net: g,
    "dA numbered by input": lambda g, net: with_input_numbering(g, net.L),
    "parameters only": lambda g, net: parameters_only(g),
    "summed, not averaged": lambda g, net: {key: value * net.m for key, value in g.items()},
    "ascent": lambda g, net: {key: -value for key, value in parameters_only(g).items()},
    "no dA": lambda g, net: {key: value for key, value in g.items() if key[1] != "A"},
}


def random_net(rng):
    L = int(rng.integers(1, 6))
    output = str(rng.choice(["sigmoid", "softmax", "linear"]))
    n_out = 3 if output == "softmax" else int(rng.choice([1, 3]))
    return Net(
        [int(rng.integers(2, 7)) for _ in range(L)] + [n_out],
        str(rng.choice(["relu", "tanh", "sigmoid", "leaky_relu"])),
        output,
        int(rng.choice([1, 2, 3, 7, 20, 100])),
        float(rng.choice([0, 0.7])),
        float(rng.choice([1, 0.8])),
        bool(rng.integers(2)),
        str(rng.choice(["float64", "float32"])),
        int(rng.integers(1 << 30)),
        "squared" if output == "linear" else "cross-entropy",
    )


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_no_false_alarm_on_right_gradients(convention):
    rng = np.random.default_rng(sum(map(ord, convention)))
    for _ in range(40):
        net = random_net(rng)
        grads = CONVENTIONS[convention](net.backward(early=bool(rng.integers(2))), net)
        found = ag.compare(grads, net.cost, numerical=net.m <= 3)
        assert found.ok, found
        assert all(row.verdict in ("ok", "convention") for row in found.rows), found


def test_gradients_of_the_mean_are_right_where_the_cost_is_the_sum():
    rng = np.random.default_rng(11)
    for _ in range(20):
        net = random_net(rng)
        found = ag.compare(parameters_only(net.backward()), net.m * net.cost)
        assert all(row.verdict in ("ok", "convention") for row in found.rows), found
    net = Net([4, 3, 2], "tanh", "sigmoid", 7, seed=1)
    found = ag.compare(parameters_only(net.backward()), net.m * net.cost)
    assert "of the mean over the examples, not of the sum" in found["dW2"].diagnosis.message


@pytest.mark.parametrize("cost", ["squared", "cross-entropy"])
def test_a_mean_that_is_divided_by_m_once_more_is_a_mistake(cost):
    net = Net([4, 3, 2], "tanh", "linear" if cost == "squared" else "sigmoid", 7, 0, 1, True,
              "float64", 1, cost)  # fmt: skip
    twice = {key: value / net.m for key, value in parameters_only(net.backward()).items()}
    found = ag.compare(twice, net.cost)
    assert found[found.first_wrong].diagnosis.code == "scale"
    in_dW = net.backward(early=True)
    in_dW |= {key: value / net.m for key, value in in_dW.items() if key[1] in "Wb"}
    found = ag.compare(in_dW, net.cost)
    assert found[found.first_wrong].diagnosis.code == "scale"
    assert "divided by m = 7 once more" in found[found.first_wrong].diagnosis.message


@pytest.mark.parametrize("at_kink", [0.0, 1.0, 0.5])
@pytest.mark.parametrize("written", [True, False])
def test_any_derivative_of_relu_at_zero_is_right(at_kink, written):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(3, 6))
    X[:, :2] = 0  # with zero biases all Z1 of these examples are exactly 0
    Y = np.array([[1.0, 1.0, 0.0, 1.0, 0.0, 1.0]])
    W1, W2 = rng.normal(size=(4, 3)), rng.normal(size=(1, 4))
    P = {
        name: ag.tensor(value.copy(), requires_grad=True, name=name)
        for name, value in {
            "W1": W1,
            "b1": np.zeros((4, 1)),
            "W2": W2,
            "b2": np.zeros((1, 1)),
        }.items()
    }
    Z1 = P["W1"] @ X + P["b1"]
    A1 = np.maximum(0, Z1) if written else ag.relu(Z1)
    A2 = ag.sigmoid(P["W2"] @ A1 + P["b2"])
    J = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    dZ2 = A2.numpy() - Y
    dZ1 = W2.T @ dZ2 * np.where(Z1.numpy() == 0, at_kink, Z1.numpy() > 0)
    grads = {"dW2": dZ2 @ A1.numpy().T / 6, "db2": dZ2.sum(1, keepdims=True) / 6,
             "dW1": dZ1 @ X.T / 6, "db1": dZ1.sum(1, keepdims=True) / 6}  # fmt: skip
    found = ag.compare(grads, J, numerical=True)
    assert found.ok, found
    if written and at_kink == 0.5:  # the choice of maximum for a tie, and of central differences
        assert found["db1"].diagnosis is None
    else:
        assert found["db1"].diagnosis.code == "kink"


def test_a_guard_in_the_logarithm_is_no_mistake():
    net = Net([3, 4, 1], "tanh", "sigmoid", 6, seed=5)
    P = {
        key: ag.tensor(net.v[key], requires_grad=True, name=key) for key in net.v if key[0] in "Wb"
    }
    A = net.v["A0"]
    for l, g in ((1, np.tanh), (2, ag.sigmoid)):
        A = g(P[f"W{l}"] @ A + P[f"b{l}"])
    Y = net.v["Y"]
    J = -np.sum(Y * np.log(A + 1e-3) + (1 - Y) * np.log(1 - A + 1e-3)) / 6
    found = ag.compare(parameters_only(net.backward()), J)
    assert {row.verdict for row in found.rows} == {"convention"}
    assert "0.001" in found.rows[0].diagnosis.message


def test_the_conventions_are_said():
    net = Net([4, 3, 2], "tanh", "sigmoid", 7, seed=1)
    found = ag.compare(net.backward(), net.cost)
    assert found["dZ2"].verdict == "convention"
    assert "m = 7" in found["dZ2"].diagnosis.message
    assert found["dW2"].verdict == "ok"
    shifted = ag.compare(with_input_numbering(net.backward(early=True), 2), net.cost)
    assert shifted["dA1"].verdict == "convention"
    assert shifted["dA1"].diagnosis.code == "shifted_keys"
    assert shifted["dA1"].wrt == "A0"


def test_a_convention_is_recognised_through_the_rounding_of_single_precision():
    net = Net([4, 3, 6, 3], "tanh", "sigmoid", 20, dtype="float32", seed=2)
    rng = np.random.default_rng(0)
    grads = {
        key: (value * (1 + 5e-5 * rng.uniform(-1, 1, value.shape))).astype("float32")
        for key, value in net.backward().items()
    }
    found = ag.compare(grads, net.cost)
    assert found["dZ3"].verdict == "convention"
    assert found.ok, found


def test_single_precision_is_said_to_be_that():
    net = Net([4, 3, 2], "tanh", "sigmoid", 7, dtype="float32", seed=1)
    grads = {key: value.astype("float32") for key, value in net.backward(early=True).items()}
    grads["dW1"] = grads["dW1"] * np.float32(1 + 3e-6)
    found = ag.compare(grads, net.cost)
    assert found.ok
    assert found["dW1"].diagnosis.code == "precision"
