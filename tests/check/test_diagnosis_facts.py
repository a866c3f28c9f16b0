"""A diagnosis has as data what its message says in words."""

import numpy as np

import autograd_mini as ag

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(3, 5)), rng.normal(size=(1, 5))


def recorded(activated):
    W1, W2 = (
        ag.tensor(rng.normal(size=size), requires_grad=True, name=name)
        for name, size in (("W1", (4, 3)), ("W2", (1, 4)))
    )
    Z1 = W1 @ X
    Z1.name = "Z1"
    A1 = np.tanh(Z1)
    A1.name = "A1"
    Z2 = W2 @ (A1 if activated else Z1)
    Z2.name = "Z2"
    return W1.numpy(), W2.numpy(), np.mean((Z2 - Y) ** 2)


def by_hand(W1, W2, activated):
    """Return what backward makes that takes tanh for granted."""
    Z1 = W1 @ X
    A1 = np.tanh(Z1)
    dZ2 = 2 * (W2 @ (A1 if activated else Z1) - Y) / 5
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {"dW2": dZ2 @ A1.T, "dW1": dZ1 @ X.T}


def test_what_forward_feeds_and_what_is_due():
    W1, W2, J = recorded(activated=False)
    found = ag.compare(by_hand(W1, W2, activated=False), J).rows[0].diagnosis
    assert found.code == "forward_bug"
    assert (found.facts.forward, found.facts.fed, found.facts.due) == ("Z2", "Z1", "A1")


def test_whose_gradient_a_key_holds():
    W1, W2, J = recorded(activated=True)
    right = by_hand(W1, W2, activated=True)
    found = ag.compare({"dW1": right["dW2"], "dW2": right["dW1"]}, J)
    assert {row.name: row.diagnosis.facts.holds for row in found.rows} == {"dW1": "W2", "dW2": "W1"}


def test_the_factor_of_a_convention():
    W1, W2, J = recorded(activated=True)
    right = by_hand(W1, W2, activated=True)
    found = ag.compare({name: 5 * each for name, each in right.items()}, J)
    assert {row.diagnosis.facts.factor for row in found.rows} == {5.0}
