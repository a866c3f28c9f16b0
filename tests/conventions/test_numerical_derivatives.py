"""No false alarm; kinks are reported, not judged; the worst entry of a tensor is named."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag


def saturated_cost(Z, Y):
    A = 1 / (1 + np.exp(-Z))
    return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))


def relative(a, b):
    return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))


def test_a_cost_with_a_logarithm_raises_no_false_alarm():
    """A step of 1e-7 gives errors above 1e-7 on such costs, and so accuses the innocent."""
    rng = np.random.default_rng(0)
    Z, Y = rng.normal(size=(1, 20)) * 3, rng.integers(0, 2, (1, 20)) * 1.0
    exact = ag.grad(saturated_cost)(Z, Y).numpy()
    assert relative(ag.numerical_grad(saturated_cost, Z, Y).numpy(), exact) < 1e-9
    step, naive = 1e-7, np.zeros_like(Z)
    for k in np.ndindex(Z.shape):
        d = np.zeros_like(Z)
        d[k] = step
        naive[k] = (saturated_cost(Z + d, Y) - saturated_cost(Z - d, Y)) / (2 * step)
    assert relative(naive, exact) > 1e-9
    assert ag.gradcheck(lambda Z: saturated_cost(Z, Y), Z)


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3, 1e6])
def test_the_step_grows_with_the_entry(scale):
    x = np.array([1.0, -2.0, 0.5]) * scale
    got = ag.numerical_grad(lambda x: np.sum(x * x), x).numpy()
    np.testing.assert_allclose(got, 2 * x, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", ["central", "complex", "richardson"])
def test_every_method_is_as_good_as_it_says(method):
    x = np.array([0.3, 0.7, 1.9])
    exact = np.exp(x) * (np.sin(x) + np.cos(x))
    got = ag.numerical_grad(lambda x: np.sum(np.exp(x) * np.sin(x)), x, method=method).numpy()
    bound = {"central": 1e-8, "complex": 1e-15, "richardson": 1e-10}[method]
    assert np.max(np.abs(got - exact)) < bound * np.max(np.abs(exact))


@pytest.mark.parametrize(
    ("f", "at"),
    [(ag.relu, 0.0), (np.abs, 0.0), (np.abs, 1e-7), (lambda x: np.maximum(x, 1.0), 1.0),
     (lambda x: np.clip(x, 0, 1), 1.0)],
)  # fmt: skip
def test_a_kink_inside_of_the_step_is_reported_and_not_judged(f, at):
    x = np.array([at, at + 0.5])
    _, kinks = ag.numerical_grad(lambda x: np.sum(f(x)), x, return_kinks=True)
    assert np.asarray(kinks).tolist() == [True, False]
    assert ag.gradcheck(f, x)


def test_a_smooth_function_has_no_kink_however_curved():
    x = np.array([-2.0, 0.0, 1e-3, 0.5])
    for f in (np.exp, np.tanh, lambda x: x**2, lambda x: x**4, lambda x: np.sin(20 * x)):
        _, kinks = ag.numerical_grad(lambda x, f=f: np.sum(f(x)), x, return_kinks=True)
        assert not np.any(kinks)


def wrong_sine():
    @ag.primitive
    def f(x):
        return np.sin(x)

    def vjp(g, out, x):
        slope = np.cos(x)
        return g * np.where(x > 1.5, slope * 1.1, slope)

    f.defvjp(vjp)
    f.defjvp(lambda t, out, x: t * np.cos(x))
    return f


def test_the_worst_entry_of_the_wrong_tensor_is_named():
    f = wrong_sine()

    def cost(params):
        return np.sum(params["good"] ** 2) + np.sum(f(params["bad"]))

    params = {"good": np.array([1.0, 2.0]), "bad": np.array([[0.5, 1.0], [2.0, 0.1]])}
    with pytest.raises(ag.GradcheckError) as caught:
        ag.gradcheck(cost, params, modes=("reverse",))
    text = str(caught.value)
    assert "bad" in text
    assert "good" not in text
    assert "(1, 0)" in text or "[1, 0]" in text
    assert ag.gradcheck(cost, params, modes=("forward",))


def test_tensors_are_judged_one_by_one_so_a_large_one_hides_no_small_one():
    f = wrong_sine()

    def cost(params):
        return 1e2 * np.sum(params["large"] ** 2) + 1e-3 * np.sum(f(params["small"]))

    with pytest.raises(ag.GradcheckError, match="small"):
        ag.gradcheck(cost, {"large": np.full(3, 5.0), "small": np.array([2.0])}, modes=("reverse",))


def exactly(params):
    return np.sum(params["W"] ** 3) / 3


def row(manual, W, **options):
    T = ag.tensor(W, requires_grad=True, name="W")
    J = np.sum(T**3) / 3
    (found,) = ag.compare({"dW": manual}, J, **options).rows
    return found


def test_the_bands_of_agreement():
    W = np.array([1.0, 2.0, -1.5])
    assert row(W**2, W).verdict == "ok"
    assert row(W**2 * (1 + 5e-10), W).verdict == "ok"
    for off in (1e-6, 0.01):
        assert row(W**2 * (1 + off), W).verdict == "wrong"
    single = W.astype(np.float32)
    found = row((single**2).astype(np.float32) * np.float32(1 + 1e-6), single)
    assert found.verdict == "ok"
    assert row((single**2) * np.float32(1.05), single).verdict == "wrong"
