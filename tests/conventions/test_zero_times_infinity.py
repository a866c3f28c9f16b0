"""Where nothing flows, a singular derivative makes nothing of it, in any order."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops.rules import times


@pytest.fixture(autouse=True)
def _quiet():
    with np.errstate(all="ignore"):
        yield


def guarded_sqrt(x):
    return np.sum(np.where(x > 0, np.sqrt(x), 0))


def test_a_branch_not_taken_gives_0_not_nan():
    np.testing.assert_array_equal(ag.grad(guarded_sqrt)(np.array([0.0, 4.0])).numpy(), [0, 0.25])


def test_second_derivatives_hold_too():
    second = ag.grad(lambda x: np.sum(ag.grad(guarded_sqrt)(x)))
    np.testing.assert_array_equal(second(np.array([0.0, 4.0])).numpy(), [0, -1 / 32])
    hvp = ag.hvp(guarded_sqrt, (np.array([0.0, 4.0]),), (np.ones(2),))
    np.testing.assert_array_equal(hvp[0].numpy(), [0, -1 / 32])


def test_forward_mode_agrees():
    _, t = ag.jvp(guarded_sqrt, (np.array([0.0, 4.0]),), (np.ones(2),))
    assert t.item() == 0.25


def test_third_derivatives_hold_too():
    def second(x):
        return np.sum(ag.grad(lambda x: np.sum(ag.grad(guarded_sqrt)(x)))(x))

    np.testing.assert_allclose(ag.grad(second)(np.array([0.0, 4.0])).numpy(), [0, 3 / 256])


@pytest.mark.parametrize(
    ("f", "bad", "good"),
    [
        (np.log, 0.0, 2.0), (np.log, -1.0, 2.0), (np.exp, 1000.0, 2.0), (np.exp2, 2000.0, 2.0),
        (np.expm1, 1000.0, 2.0), (np.sinh, 1000.0, 2.0), (np.cosh, -1000.0, 2.0),
        (lambda x: np.log1p(np.exp(x)), 1000.0, 2.0),
        (np.log2, 0.0, 2.0), (np.log10, 0.0, 2.0),
        (np.log1p, -1.0, 2.0), (np.sqrt, 0.0, 2.0), (np.sqrt, -1.0, 2.0), (np.cbrt, 0.0, 2.0),
        (np.reciprocal, 0.0, 2.0), (lambda x: 1 / x, 0.0, 2.0), (lambda x: x**-1, 0.0, 2.0),
        (lambda x: x**-1.5, 0.0, 2.0), (lambda x: x**0.5, 0.0, 2.0), (np.arcsin, 1.0, 0.5),
        (np.arcsin, 2.0, 0.5), (np.arccos, -1.0, 0.5), (np.arccosh, 1.0, 2.0),
        (np.arccosh, 0.0, 2.0), (np.arctanh, 1.0, 0.5), (np.arctanh, -1.0, 0.5),
        (lambda x: np.log(x) / x, 0.0, 2.0), (lambda x: np.log(np.sqrt(x)), 0.0, 2.0),
        (lambda x: (-2.0) ** x, 0.5, 2.0 + 0j), (lambda x: np.power(x, 0.3), 0.0, 2.0),
    ],
)  # fmt: skip
def test_every_singular_function_can_be_guarded_by_where(f, bad, good):
    mask = np.array([False, True])
    x = np.array([bad, good])

    def cost(x):
        return np.real(np.sum(np.where(mask, f(x), 0)))

    expected = ag.grad(lambda x: np.real(f(x)))(good).item()
    np.testing.assert_allclose(ag.grad(cost)(x).numpy(), [0, expected])
    curved = ag.grad(lambda x: np.real(np.sum(ag.grad(cost)(x))))(x).numpy()
    bend = ag.grad(lambda x: np.real(ag.grad(lambda x: np.real(f(x)))(x)))(good).item()
    np.testing.assert_allclose(curved, [0, bend])


def test_zero_alone_is_not_enough_or_a_second_derivative_would_lose_a_term():
    """d/dx of g * (1/x) at g = 0 with finite 1/x keeps the term of g."""
    f = ag.grad(lambda x: (x - 2.0) ** 2 * np.log(x))
    assert ag.grad(f)(2.0).item() == pytest.approx(2 * np.log(2.0))


def test_a_real_singularity_is_not_hidden():
    assert np.isnan(ag.grad(lambda x: np.log(x**2))(0.0).item())


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sqrt(np.where(x > 0, x, 0.0)),
        lambda x: np.sqrt(np.maximum(x, 0.0)),
        lambda x: np.sqrt(ag.relu(x)),
        lambda x: np.sqrt(np.clip(x, 0.0, 9.0)),
        lambda x: np.sqrt(-np.minimum(-x, 0.0)),
    ],
)
def test_an_operand_that_was_not_chosen_gets_0_even_from_an_infinite_gradient(f):
    g = ag.grad(lambda x: np.sum(f(x)))(np.array([-1.0, 4.0])).numpy()
    np.testing.assert_array_equal(g, [0, 0.25])
    _, t = ag.jvp(f, (np.array([-1.0, 4.0]),), (np.ones(2),))
    np.testing.assert_array_equal(t.numpy()[1:], [0.25])


COMPILED = {
    "value": lambda x: np.where(x > 0, np.log(x), 0.0),
    "guarded": ag.grad(guarded_sqrt),
    "maximum": ag.grad(lambda x: np.sum(np.sqrt(np.maximum(x, 0.0)))),
    "relu": ag.grad(lambda x: np.sum(np.sqrt(ag.relu(x)))),
    "second": ag.grad(lambda x: np.sum(ag.grad(guarded_sqrt)(x))),
}


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_programs_keep_these_rules_for_values_they_were_not_recorded_with(name):
    step = ag.compile(COMPILED[name])
    for x in np.array([[1.0, 4.0], [0.0, 4.0], [-1.0, 4.0], [2.0, 3.0]]):
        expected = COMPILED[name](x)
        np.testing.assert_array_equal(
            step(x).numpy(), getattr(expected, "numpy", lambda e=expected: e)()
        )


def test_entries_that_are_not_the_largest_get_0_even_from_an_infinite_gradient():
    g = ag.grad(lambda x: np.sqrt(np.max(x)))(np.array([0.0, -1.0])).numpy()
    np.testing.assert_array_equal(g, [np.inf, 0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64, np.complex128])
@pytest.mark.parametrize("shape", [(), (1,), (7,), (64,), (3, 33), (1000,)])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_one_product_of_0_and_what_is_not_finite_is_0_wherever_it_stands(bad, shape, dtype):
    size = int(np.prod(shape))
    for k in {0, size // 3, size // 2, size - 1}:
        for others in (1.0, -2.0, np.inf):
            g, d = np.full(shape, -3, dtype), np.full(shape, others, dtype)
            g.reshape(-1)[k], d.reshape(-1)[k] = 0, bad
            if g.dtype.kind == "c" and not np.isinf(others):
                d.imag = 2.0
            wanted = g * np.where(g == 0, 0, d)
            made = times(g, d)
            assert made.dtype == dtype
            np.testing.assert_array_equal(made, wanted)
            assert np.isnan(times(g + 1, np.full(shape, np.nan, dtype))).all()


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_products_of_nothing(shape):
    assert times(np.ones(shape), np.ones(shape)).shape == shape
