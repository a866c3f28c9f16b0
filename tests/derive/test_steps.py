"""Each step of a derivation says by which rule it came about, and why."""

from __future__ import annotations

import re

import numpy as np
import pytest

import autograd_mini as ag
from tests.derive.models import MODELS, record


def steps(cost: ag.Tensor) -> dict[str, object]:
    return {step.name: step for step in ag.derive(cost).steps}


def network() -> ag.Tensor:
    rng = np.random.default_rng(0)
    W = ag.tensor(rng.standard_normal((4, 3)), requires_grad=True, name="W")
    b = ag.tensor(np.zeros((4, 1)), requires_grad=True, name="b")
    Z = W @ ag.tensor(rng.standard_normal((3, 5)), name="X") + b
    Z.name = "Z"
    A = np.tanh(Z)
    A.name = "A"
    return np.sum(A * A)


def test_every_gradient_has_a_rule_and_a_reason() -> None:
    for step in steps(network()).values():
        assert step.rule
        assert step.reason


def test_a_matrix_product_comes_back_transposed() -> None:
    step = steps(network())["dW"]
    assert step.rule == "product rule of matrices"
    assert step.local == "in C = A B,  dA = dC Bᵀ"
    assert step.shape == (4, 3)


def test_a_bias_is_summed_because_it_was_repeated() -> None:
    assert steps(network())["db"].reason.endswith(
        "summed over the 5 columns, because it was repeated to fit"
    )


def test_a_number_is_summed_over_all_entries() -> None:
    b = ag.tensor(0.5, requires_grad=True, name="b")
    step = steps(np.sum((np.ones((2, 3)) + b) ** 2))["db"]
    assert step.reason.endswith("summed over all entries, because it was repeated for each of them")


def test_the_error_of_logits_is_explained_as_one_step() -> None:
    J, parameters = record("softmax regression")
    step = ag.derive(J, wrt=list(parameters.values())).steps[0]
    assert (step.name, step.local) == ("dZ", "A − Y")
    assert step.rule == "cross-entropy and the last activation together"


def test_what_an_activation_was_applied_to_has_reasons_too() -> None:
    J, parameters = record("a recurrent net")
    made = {step.name: step for step in ag.derive(J, wrt=list(parameters.values())).steps}
    assert made["dz3"].local == "1 − tanh² x"


def test_an_activation_states_its_derivative() -> None:
    assert steps(network())["dZ"].local == "1 − tanh² x"


def test_what_is_used_twice_is_a_sum_over_paths() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True, name="x")
    y = np.sin(x)
    y.name = "y"
    step = steps(np.sum(y * np.exp(y)))["dy"]
    first, *others = step.rule.split("; ")
    assert first == "sum over paths"
    assert set(others) == {"product rule", "chain rule, entry by entry"}


@pytest.mark.parametrize(
    ("name", "step", "rule"),
    [
        ("einsum of three", "dB", "product rule, index by index"),
        ("a Gaussian process", "dK", "Jacobi's formula"),
        ("a Gaussian process", "dK", "implicit differentiation"),
        ("a mixture of Gaussians", "dlogp", "chain rule, all entries together"),
        ("batch norm", "dZ", "a mean of squares"),
    ],
)
def test_rules_have_the_names_that_textbooks_give_them(name: str, step: str, rule: str) -> None:
    J, parameters = record(name)
    made = {each.name: each for each in ag.derive(J, wrt=list(parameters.values())).steps}
    assert rule in made[step].rule
    assert made[step].reason


def test_no_step_of_a_model_goes_by_a_rule_without_a_name() -> None:
    for name in MODELS:
        J, parameters = record(name)
        for step in ag.derive(J, wrt=list(parameters.values())).steps:
            assert not re.search(r"(^|; )rule of ", step.rule), (name, step)
