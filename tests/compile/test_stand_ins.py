"""While a function is recorded, what makes arrays of others does not look at values."""

from __future__ import annotations

import contextlib
import io
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy import array

import autograd_mini as ag
from tests.compile.varied import data


def relu_backward_of_the_course(dA: Any, Z: Any) -> Any:
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ


def cost_of_the_course(AL: Any, Y: Any) -> Any:
    logprobs = np.multiply(np.log(np.abs(AL)), Y)
    return np.squeeze(np.array(-np.sum(logprobs) / Y.shape[1]))


def entries(x: Any, y: Any) -> Any:
    rows = np.array([[x[0, 0], 1], [2.5, y[0, 0]]])
    return rows, np.array((x[0], y[0]), dtype=np.float32), np.array(x, int), np.asarray([y, x])


def more_axes(x: Any, y: Any) -> Any:
    return np.array(x[0], ndmin=3) * np.asarray(y)


def written_into_copies(x: Any, y: Any) -> Any:
    a, b = np.array(x), np.asarray(y, dtype=np.float32)
    a[0] = 5
    b[0] = 6
    return a, b, x * 1, y * 1


def written_into_what_is_shared(x: Any, y: Any) -> Any:
    a, b = np.asarray(x), np.asarray(y.T, dtype=float)
    a[0] = 5
    b[0] *= 2
    return x * 1, y * 1


def written_into_numbers(x: Any, y: Any) -> Any:
    a, b = np.array(x[0, 0]), np.asarray(y[0, 0])
    first, second = a, b
    a += 1
    b += 1
    return first, second, x * 1, y * 1


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize(
    "f",
    [
        relu_backward_of_the_course,
        cost_of_the_course,
        entries,
        more_axes,
        written_into_copies,
        written_into_what_is_shared,
        written_into_numbers,
    ],
)
def test_arrays_are_made_of_the_values_of_each_call(f: Callable[..., Any], backend: str) -> None:
    compiled = ag.compile(f, backend=backend)
    for seed in range(2):
        mine, theirs = (list(data(2, 3, 4, seed=seed)) for _ in range(2))
        found, expected = compiled(*mine), f(*theirs)
        for one, other in zip(as_tuple(found), as_tuple(expected), strict=True):
            assert (one.shape, one.dtype) == (other.shape, other.dtype)
            np.testing.assert_allclose(one, other, rtol=1e-12)
        np.testing.assert_array_equal(mine, theirs)


def as_tuple(result: Any) -> Any:
    return result if isinstance(result, tuple) else (result,)


def test_gradients_flow_through_arrays_that_are_made() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.array([x[0] * x[1], np.asarray(x[1])]) ** 2)

    np.testing.assert_array_equal(ag.compile(ag.grad(f))(np.array([1.0, 2.0])), [8, 8])


def test_a_tensor_may_ask_for_one_like_itself() -> None:
    def f(x: Any) -> Any:
        return np.array([1.0, x[0]], like=x), np.asarray([2.0], like=x), array([x[1], 1], like=x)

    for x in (np.array([1.0, 2.0]), np.array([3.0, 4.0])):
        for one, other in zip(ag.compile(f)(x), f(x), strict=True):
            np.testing.assert_array_equal(one, other)


def by_its_own_name(x: Any) -> Any:
    return array(x) * 2, array([x[0], 1.0])


def by_a_name_of_the_function(x: Any, make: Any = np.asarray) -> Any:
    own = np.array
    return make(x) + own([x[1], x[0]])


class Making:
    make = np.array

    def __call__(self, x: Any) -> Any:
        return self.make(x, dtype=np.float32)


@pytest.mark.parametrize("f", [by_its_own_name, by_a_name_of_the_function, Making()])
def test_what_makes_arrays_may_have_another_name(f: Callable[..., Any]) -> None:
    compiled = ag.compile(f)
    for x in (np.array([1.0, 2.0]), np.array([3.0, 4.0])):
        for one, other in zip(as_tuple(compiled(x)), as_tuple(f(x)), strict=True):
            np.testing.assert_array_equal(one, other, strict=True)
    assert array is np.array
    assert Making.make is np.array


def test_a_function_of_numpy_may_be_an_argument() -> None:
    compiled = ag.compile(lambda x, make: make([x[0], x[1] * 2]))
    for x in (np.array([1.0, 2.0]), np.array([3.0, 4.0])):
        np.testing.assert_array_equal(compiled(x, np.array), [x[0], x[1] * 2])


def test_other_threads_may_record_functions_that_know_numpys_by_the_same_name() -> None:
    def f(x: Any) -> Any:
        return np.sum(array(x) * 2)

    steps = [ag.compile(lambda x, k=k: f(x) + k) for k in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for n in range(1, 9):
            found = pool.map(lambda step, n=n: step(np.ones(n)).item(), steps)
            assert [*found] == [2 * n + k for k in range(8)]


def test_arrays_are_filled_with_the_values_of_each_call() -> None:
    compiled = ag.compile(lambda x: np.full((2, 3), np.max(x)) + np.full(3, fill_value=x[0]))
    for x in (np.array([1.0, 2.0]), np.array([3.0, 4.0])):
        np.testing.assert_array_equal(compiled(x), np.full((2, 3), x[0] + x[1]))


def test_entries_of_an_array_are_taken_where_each_call_says() -> None:
    def f(y: Any) -> Any:
        table = np.arange(6.0).reshape(3, 2)
        return np.take(table, y, axis=0), np.take(table, indices=y), np.take([1, 2, 3], y)

    compiled = ag.compile(f)
    for y in (np.array([0, 2]), np.array([1, 1])):
        for one, other in zip(compiled(y), f(y), strict=True):
            np.testing.assert_array_equal(one, other, strict=True)


def test_plain_arrays_are_plain_while_a_function_is_recorded() -> None:
    def f(x: Any) -> Any:
        assert type(np.array([1.0])) is type(np.asarray(ag.tensor([1.0]))) is np.ndarray
        return x * 1

    before = np.array, np.asarray
    ag.compile(f)(np.ones(2))
    assert (np.array, np.asarray) == before


def test_a_function_runs_once_to_be_refused() -> None:
    def looks(x: Any) -> Any:
        sys.stdout.write("called")
        return x if x[0] > 0 else -x

    with contextlib.redirect_stdout(io.StringIO()) as said, pytest.raises(ag.DataDependentError):
        ag.compile(looks)(np.ones(2))
    assert said.getvalue() == "called"


def test_modules_of_numpy_may_be_imported_while_a_function_is_recorded() -> None:
    code = (
        "import numpy as np, autograd_mini as ag\n"
        "def f(x):\n"
        "    return x * np.ma.getdata(np.ma.zeros(2)).size\n"
        "print(ag.compile(f)(np.ones(2)).tolist(), np.ma.empty(3).size)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout == "[2.0, 2.0] 3\n", ran.stderr


class Frozen(dict[str, Any]):
    def __setitem__(self, key: str, value: Any) -> None:
        raise TypeError("it is frozen")


def test_what_makes_arrays_may_be_where_nothing_can_be_put() -> None:
    start = Frozen(full=np.full)
    compiled = ag.compile(lambda x: x + start["full"](2, 3.0))
    np.testing.assert_array_equal(compiled(np.ones(2)), [4, 4])
    assert start["full"] is np.full


def test_what_a_user_has_put_into_numpy_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def others(n: int, value: float) -> Any:
        return 3 * value * np.ones(n)

    monkeypatch.setattr(np, "full", others)
    compiled = ag.compile(lambda x: x + np.full(2, 1.0))
    np.testing.assert_array_equal(compiled(np.ones(2)), [4, 4])
    assert np.full is others


def test_a_list_is_not_repeated_by_what_a_function_computes() -> None:
    with pytest.raises(ag.DataDependentError, match="a list times a tensor"):
        ag.compile(lambda x: x * len((0,) * np.sum(x > 0)))(np.ones(2))


FACTORS = {np.full: 2.0, np.take: 3.0}


def test_what_stands_in_for_a_function_is_found_where_that_is_a_key() -> None:
    def f(x: Any) -> Any:
        known = np.take in {*FACTORS} and pickle.dumps(np.full) != b""
        return x * FACTORS.get(np.full, 9.0) if known else x

    np.testing.assert_array_equal(ag.compile(f)(np.ones(2)), [2, 2])
