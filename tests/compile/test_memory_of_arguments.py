"""Arguments are updated where they lie, whatever their layout in memory."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag


def columns_scaled(a: Any, b: Any) -> Any:
    h = (a * b + np.square(b)).sum(axis=1, keepdims=True)
    b *= 0.5
    return h


def columns_moved(a: Any, b: Any) -> Any:
    h = np.tanh(a * b) + np.square(b).sum(axis=0)
    b *= 0.5
    return h


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "a column of a table": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "every other row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "stored by columns": np.asfortranarray,
    "backwards": lambda x: x[::-1].copy()[::-1],
    "in one block": np.array,
}


@pytest.mark.parametrize("width", [1, 100])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("f", [columns_scaled, columns_moved])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_an_update_reaches_the_argument(backend: str, f: Any, layout: str, width: int) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(200, 100)), rng.normal(size=(200, width))
    compiled, given, expected = ag.compile(f, backend=backend), LAYOUTS[layout](b), b.copy()
    for _ in range(3):
        found, wanted = compiled(LAYOUTS[layout](a), given), f(a, expected)
        assert np.allclose(found.numpy(), wanted, rtol=1e-13, atol=1e-13)
        assert np.allclose(given, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("part", [slice(None), slice(2, None)])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_an_argument_that_the_function_also_reads_around_it(backend: str, part: slice) -> None:
    around = np.ones(5)

    def f(p: Any, x: Any) -> Any:
        p -= x
        return np.sum(around * 2) + np.sum(p)

    compiled = ag.compile(f, backend=backend)
    x = np.full(around[part].size, 0.25)
    for given in (np.ones(x.size), around[part], around[part], np.ones(x.size), around[part]):
        before, copy = around.copy(), given.copy()
        wanted, after = f(given, x), (given.copy(), around.copy())
        given[...], around[...] = copy, before
        assert compiled(given, x).item() == wanted
        assert (given == after[0]).all()
        assert (around == after[1]).all()


@pytest.mark.parametrize("count", [2, 8, 9])
def test_one_array_given_for_two_of_few_or_many(count: int) -> None:
    def f(first: Any, *rest: Any) -> Any:
        first -= 0.5 * rest[-1]
        return np.sum(first * rest[0]) + sum(np.sum(each) for each in rest)

    compiled = ag.compile(f)
    for twice in (None, 0, count - 1, 0, None):
        ours, theirs = ([np.arange(3.0) + k for k in range(count)] for _ in range(2))
        for given in (ours, theirs):
            if twice is not None:
                given[(twice + 1) % count] = given[twice]
        assert compiled(*ours).item() == pytest.approx(f(*theirs), rel=1e-14)
        np.testing.assert_array_equal(ours, theirs)


def test_an_array_that_has_come_to_be_another_since_the_last_call() -> None:
    """Whatever can be changed about an array in place is looked at in each call."""
    compiled = ag.compile(lambda x: np.sum(x, axis=0) * x.shape[0])
    x = np.arange(6.0)
    assert compiled(x).item() == 90.0
    x.resize((2, 3), refcheck=False)
    np.testing.assert_array_equal(compiled(x), [6.0, 10.0, 14.0])
    x.resize((3, 2), refcheck=False)
    np.testing.assert_array_equal(compiled(x), [18.0, 27.0])
    x.resize((1, 6), refcheck=False)
    np.testing.assert_array_equal(compiled(x), np.arange(6.0))


@ag.primitive
def positive(x: Any) -> Any:
    if np.any(x <= 0):
        raise ValueError("not positive")
    return x * 1


positive.defvjp(lambda g, _out, _x: g)

RAISING: dict[str, tuple[Callable[[Any], Any], Any, Any]] = {
    "index": (lambda i: ag.tensor(np.arange(5.0))[i], np.array([1, 4]), np.array([1, 5])),
    "matrix": (np.linalg.cholesky, np.eye(2), -np.eye(2)),
    "singular": (lambda A: np.linalg.solve(A, np.ones(2)), np.eye(2), np.zeros((2, 2))),
    "operation": (positive, np.ones(2), np.zeros(2)),
}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("name", RAISING)
def test_arguments_are_what_they_were_if_something_raises(name: str, backend: str) -> None:
    checked, good, bad = RAISING[name]

    def f(p: Any, q: Any, z: Any) -> Any:
        report = np.sum(checked(z))
        p -= np.tanh(p)
        q *= 0.5
        return report

    compiled = ag.compile(f, backend=backend)
    p, q = np.full(3, 2.0), np.full(2, 3.0)
    compiled(p, q, good)
    before = p.copy(), q.copy()
    for _ in range(2):
        with pytest.raises((IndexError, ValueError)):  # LinAlgError is a ValueError
            compiled(p, q, bad)
        assert (p == before[0]).all()
        assert (q == before[1]).all()
    expected = [each.copy() for each in before]
    assert compiled(p, q, good).item() == f(*expected, good)
    assert np.allclose(p, expected[0], rtol=1e-15)
    assert (q == expected[1]).all()


class Factored:
    """Changes arrays, of whose new values something may raise."""

    def __init__(self) -> None:
        self.W, self.b, self.L = np.full(2, 9.0), np.zeros(2), np.eye(2)

    def step(self, A: Any) -> Any:
        self.W -= 1
        self.L = np.linalg.cholesky(A * self.W[0])
        self.b = self.b + 1
        self.W *= 2
        return self.W


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("calls", [0, 1, 3])
def test_an_object_is_what_it_was_if_its_new_values_raise(calls: int, backend: str) -> None:
    plain, own = Factored(), Factored()
    step = ag.compile(own.step, backend=backend)
    W = own.W
    for _ in range(calls):
        np.testing.assert_array_equal(step(np.eye(2)).numpy(), plain.step(np.eye(2)))
    before = own.W.copy(), own.b, own.L
    with pytest.raises(np.linalg.LinAlgError):
        step(-np.eye(2))
    np.testing.assert_array_equal(own.W, before[0])
    assert own.W is W
    assert own.b is before[1]
    assert own.L is before[2]
    np.testing.assert_array_equal(step(np.eye(2)).numpy(), plain.step(np.eye(2)))
    np.testing.assert_array_equal(own.W, plain.W)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_what_an_operation_hands_through_is_no_argument_in_another_order(backend):
    @ag.compile(backend=backend)
    def f(x):
        return np.real(x), np.exp(x) * x + 1

    for _ in range(2):
        x = np.asfortranarray(np.random.default_rng(0).normal(size=(3, 2)))
        same, _ = f(x)
        assert not np.shares_memory(same.numpy(), x)
        np.testing.assert_array_equal(same.numpy(), x)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_what_an_operation_hands_through_keeps_its_values_when_the_argument_is_updated(backend):
    def step(p):
        def cost(x):
            return np.sum(np.exp(x) * x), np.real(x)

        (total, same), gradient = ag.value_and_grad(cost, has_aux=True)(p["x"])
        p["x"] -= 0.1 * gradient
        return total, same

    compiled = ag.compile(step, backend=backend)
    for order in "FCF":
        x = np.array(np.random.default_rng(0).normal(size=(3, 2)), order=order)
        ours, expected = {"x": x.copy(order)}, {"x": x.copy(order)}
        found, wanted = compiled(ours), step(expected)
        np.testing.assert_allclose(found[0].numpy(), wanted[0].numpy(), rtol=1e-12)
        np.testing.assert_array_equal(found[1].numpy(), wanted[1].numpy())
        np.testing.assert_allclose(ours["x"], expected["x"], rtol=1e-12)


class Overlapping:
    """Has a view of an array that it changes, so that the method itself runs."""

    def __init__(self) -> None:
        self.flat = np.arange(4.0)
        self.W = self.flat.reshape(2, 2)

    def step(self) -> Any:
        self.flat -= 1
        return self.W


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_results_are_the_callers_also_where_the_function_itself_runs(backend: str) -> None:
    @ag.compile(backend=backend)
    def step(p: dict[str, Any], x: Any) -> Any:
        for name in p:
            p[name] -= x
        return p["enc"], {"dec": p["dec"].T}

    W = np.ones(2)
    tied = {"enc": W, "dec": W}
    of_method = ag.compile(Overlapping().step, backend=backend)
    for call in (lambda: step(tied, np.ones(2)), lambda: (of_method(), {})):
        first, _ = call()
        kept = first.numpy().copy()
        for _ in range(2):
            call()
            np.testing.assert_array_equal(first.numpy(), kept)


def test_a_result_that_is_recorded_stays_in_its_graph() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    np.sum(ag.compile(lambda t: t * 3)(x)).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [3, 3])
    assert ag.compile(lambda t: t)(x) is x
