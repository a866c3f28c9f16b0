"""While a function is recorded, ``np.array`` and ``np.asarray`` do not look at values."""

from __future__ import annotations

import contextlib
import io
import pickle
import subprocess
import sys
import warnings
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


def filled_by_rows(x: Any) -> Any:
    out = np.zeros((3, 2))
    out[0] = x
    for k in range(1, 3):
        out[k] = np.tanh(out[k - 1] * x[::-1])
    return out, out.sum(axis=0)


def filled_by_entries(x: Any) -> Any:
    out, count, table = np.empty(2), np.zeros(2, dtype=int), np.zeros((2, 2), np.float32)
    out[0], out[1] = x[1], x.sum()
    count[1] = np.sum(x > 0)
    table[0, 1] = x[0]
    return out, count, table, out @ out


def added_up(x: Any) -> Any:
    total, scaled = np.zeros_like(np.ones(2)), np.full(2, 0.5)
    for k in range(3):
        total += x * k
    np.multiply(total, x, out=scaled)
    return total, scaled


def one_hot(x: Any) -> Any:
    found = (x > 0).astype(int)
    return np.eye(2)[found], np.array([0.5, 2.0])[found] * x, (np.arange(3.0) ** 2)[found + 1]


def rows_within_a_gradient(x: Any) -> Any:
    def cost(w: Any) -> Any:
        a = np.zeros((2, 2))
        a[0] = w * x
        a[1] = w + np.eye(2)[np.argmax(x)]
        return np.sum(a**2)

    return ag.value_and_grad(cost)(x * 1.0)[1], cost(x)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("f", [filled_by_rows, filled_by_entries, added_up, one_hot])
def test_arrays_that_a_function_makes_take_what_it_computes(f: Any, backend: str) -> None:
    compiled = ag.compile(f, backend=backend)
    for x in (np.array([1.0, -2.0]), np.array([3.0, 4.0])):
        found, expected = compiled(x), f(x)
        for one, other in zip(found, expected, strict=True):
            assert (one.shape, one.dtype) == (other.shape, other.dtype)
            np.testing.assert_allclose(one, other, rtol=1e-12)


def test_gradients_flow_through_arrays_that_a_function_fills() -> None:
    x = np.array([1.0, -2.0])
    gradient, cost = ag.compile(rows_within_a_gradient)(x)
    np.testing.assert_array_equal(gradient, 2 * x**3 + 2 * (x + np.eye(2)[0]))
    assert cost == np.sum(x**4) + np.sum((x + np.eye(2)[0]) ** 2)


def test_what_looks_at_an_array_that_it_fills_is_refused_for_that() -> None:
    def looks(x: Any) -> Any:
        a = np.zeros(2)
        a[0] = x[0]
        return a if a[0] > 0 else -a

    with pytest.raises(ag.DataDependentError, match=r"np\.where instead of if"):
        ag.compile(looks)(np.ones(2))


def test_what_a_function_raises_where_it_fills_an_array_is_raised() -> None:
    def misses(x: Any) -> Any:
        a = np.zeros(2)
        a[2] = x[0]
        return a

    def mistakes(x: Any) -> Any:
        a = np.zeros((3, 2))
        a[1] = x
        return a + np.ones(3)

    with pytest.raises(IndexError, match="index 2 is out of bounds"):
        ag.compile(misses)(np.ones(2))
    with pytest.raises(ValueError, match="could not be broadcast"):
        ag.compile(mistakes)(np.ones(2))


def test_a_function_that_makes_no_array_runs_once_to_be_refused() -> None:
    def looks(x: Any) -> Any:
        sys.stdout.write("called")
        return x if x[0] > 0 else -x

    with contextlib.redirect_stdout(io.StringIO()) as said, pytest.raises(ag.DataDependentError):
        ag.compile(looks)(np.ones(2))
    assert said.getvalue() == "called"


def in_a_set(a: Any) -> Any:
    chosen = {1}
    for k in np.array([0, 1]):
        if k in chosen:
            a[k] = 5
    return a


def in_a_dict(a: Any) -> Any:
    rates = {0: 2.0, 1: 3.0}
    for k in np.array([0, 1]):
        a[k] += rates.get(k, 0.0)
    return a


def by_its_type(a: Any) -> Any:
    return a * 2 if type(a) is np.ndarray else a


def by_its_type_among_others(a: Any) -> Any:
    return a * 2 if type(a) in (list, type(np.ones(1))) else a


def by_its_class(a: Any) -> Any:
    return a * 2 if a.__class__ is np.ndarray else a


def by_a_pattern(a: Any) -> Any:
    match a:
        case np.ndarray():
            return a * 2
    return a


def by_isinstance(a: Any) -> Any:
    return a * 2 if isinstance(a, np.ndarray) else a


OF_TYPES = [by_its_type, by_its_type_among_others, by_its_class, by_a_pattern, by_isinstance]


@pytest.mark.parametrize("look", [in_a_set, in_a_dict, *OF_TYPES])
def test_what_tells_a_tensor_from_an_array_is_refused(look: Callable[..., Any]) -> None:
    def f(x: Any) -> Any:
        a = np.zeros(2)
        a[0] = x[0]
        return look(a)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with pytest.raises(ag.DataDependentError):
            ag.compile(f)(np.ones(2))


def test_an_array_that_a_function_makes_says_that_it_is_one() -> None:
    def f(x: Any) -> Any:
        a, k = np.zeros(2), np.array([1, 0])[0]
        known = isinstance(a, np.ndarray) + 2 * isinstance(k, np.integer) + 4 * np.isscalar(k)
        a[k] = x[0] * known
        return a

    np.testing.assert_array_equal(ag.compile(f)(np.ones(2)), [0, 7])


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
    start = Frozen(zeros=np.zeros)
    compiled = ag.compile(lambda x: x + start["zeros"](2))
    np.testing.assert_array_equal(compiled(np.ones(2)), [1, 1])
    assert start["zeros"] is np.zeros


def as_an_array(a: Any, x: Any) -> Any:
    b = np.asarray(a)
    b[0] = x[0]
    a[1] = x[1]
    return a * 1, b * 1


def without_a_copy(a: Any, x: Any) -> Any:
    b = np.array(a, copy=None)
    a[0] = x[0]
    return a * 1, np.asanyarray(b) * 1


def of_its_text(a: Any, x: Any) -> Any:
    a[0] = x[0]
    return a * len(repr(np.ones(2))), a


@pytest.mark.parametrize("f", [as_an_array, without_a_copy, of_its_text])
def test_an_array_that_a_function_fills_stays_the_same_by_other_names(f: Any) -> None:
    compiled = ag.compile(lambda x: f(np.zeros(2), x))
    for x in (np.array([1.0, -2.0]), np.array([3.0, 4.0])):
        np.testing.assert_array_equal(compiled(x), f(np.zeros(2), x))


def strided(a: Any) -> Any:
    return np.lib.stride_tricks.as_strided(a, (2, 1), (8, 8))


def seen_as_bytes(a: Any) -> Any:
    return a.view(np.int64)


@pytest.mark.parametrize("share", [strided, ag.tensor, seen_as_bytes])
def test_what_shares_memory_with_an_array_that_is_filled_later_is_refused(share: Any) -> None:
    def f(x: Any) -> Any:
        a = np.zeros(2)
        b = share(a)
        a[0] = x[0]
        return a, b * 1

    with pytest.raises(ag.DataDependentError, match="shares"):
        ag.compile(f)(np.ones(2))


def test_memory_of_others_takes_no_tensor() -> None:
    def f(x: Any) -> Any:
        memory = bytearray(16)
        a = np.asarray(memoryview(memory).cast("d"))
        a[0] = x[0]
        return a, np.frombuffer(memory) * 1

    with pytest.raises((ag.DataDependentError, ag.NotDifferentiableError, ValueError)):
        ag.compile(f)(np.ones(2))


def test_what_a_user_has_put_into_numpy_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def others(n: int) -> Any:
        return np.full((n, n), 3.0)

    monkeypatch.setattr(np, "identity", others)
    compiled = ag.compile(lambda x: x + np.identity(2)[0])
    np.testing.assert_array_equal(compiled(np.ones(2)), [4, 4])
    assert np.identity is others


def locked(x: Any) -> Any:
    a, b = np.zeros(2), np.zeros(2)
    a.flags.writeable = False
    b[0], a[0] = x[0], 5
    return a, b


def locked_by_a_method(x: Any) -> Any:
    a, b = np.zeros(2), np.zeros(2)
    a.setflags(write=False)
    b[0], a[0] = x[0], 5
    return a, b


def repeated(x: Any) -> Any:
    a = np.zeros(len([0] * np.arange(3)[2]))
    a[0] = x[0]
    return a


def repeated_by_what_it_computes(x: Any) -> Any:
    return x * len((0,) * np.sum(x > 0))


@pytest.mark.parametrize("f", [locked, locked_by_a_method, repeated, repeated_by_what_it_computes])
def test_what_a_tensor_does_otherwise_than_an_array_is_refused(f: Callable[..., Any]) -> None:
    with pytest.raises(ag.DataDependentError):
        ag.compile(f)(np.ones(2))


FACTORS = {np.zeros: 2.0, np.ones: 3.0}


def test_what_stands_in_for_a_function_is_found_where_that_is_a_key() -> None:
    def f(x: Any) -> Any:
        known = np.ones in {*FACTORS} and pickle.dumps(np.zeros) != b""
        return x * FACTORS.get(np.zeros, 9.0) if known else x

    np.testing.assert_array_equal(ag.compile(f)(np.ones(2)), [2, 2])
