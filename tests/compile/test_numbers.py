"""Whatever kinds of numbers there are, a compiled program computes what NumPy computes."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

WHOLE: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "the last bit": (lambda x: x & 1, (np.array([2, 5]),)),
    "a square of small integers": (lambda x: x**2.0, (np.array([254], np.uint8),)),
    "a square of large integers": (lambda x: x**2.0, (np.array([2**40]),)),
    "a square of bools": (np.square, (np.array([True, False]),)),
    "bools to the second": (lambda x: x**2, (np.array([True, False]),)),
    "bools to the power of two": (lambda x: np.power(x, 2), (np.array([True, False]),)),
    "a float32 squared in float64": (lambda x: x ** np.float64(2), (np.float32([1e30]),)),
    "a mean of large integers": (np.mean, (np.array([2**62] * 3),)),
    "a mean of one integer": (lambda x: np.mean(x, axis=0), (np.array([[1, 2]]),)),
    "numbers where a mask says, of integers": (
        lambda x: np.where(x > 0, x, 0.0), (np.array(3),)
    ),
    "a column of ones": (
        lambda z: np.log(np.ones((1, 1)) - ag.sigmoid(z)), (np.linspace(-1, 1, 3),)
    ),
    "a float64 one beside float32": (
        lambda z: np.log(np.float64(1) - ag.sigmoid(z)), (np.float32([0.5, 1.0]),)
    ),
    "a complex softmax": (lambda z: np.log(ag.softmax(z)), (np.array([1 + 3j, 2 - 3j]),)),
    "a complex sum of exponentials": (
        lambda z: np.log(np.sum(np.exp(z))), (np.array([1 + 3j, 2 + 3j]),)
    ),
    "a sum of many half floats": (
        lambda x: np.sum(np.broadcast_to(x, (100_000,))), (np.array([0.0], np.float16),)
    ),
    "a slope of 0": (lambda x: ag.leaky_relu(x, 0.0), (np.array([np.inf, -1.0]),)),
    "labels of less precision": (
        lambda z: ag.binary_cross_entropy_with_logits(z, np.float32([0.3, 0.7])),
        (np.array([1.0, -2.0]),),
    ),
    "no arguments": (lambda: np.ones(2), ()),
    "a softmax of nothing": (lambda x: ag.softmax(x, axis=0), (np.zeros((0, 2)),)),
    "a log softmax of nothing": (lambda x: ag.log_softmax(x, axis=1), (np.zeros((2, 0)),)),
}  # fmt: skip


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("name", WHOLE)
def test_dtype_and_values_are_those_of_numpy(name: str, backend: str) -> None:
    f, args = WHOLE[name]
    with np.errstate(all="ignore"):
        expected = f(*args)
        expected = np.asarray(expected.numpy() if isinstance(expected, ag.Tensor) else expected)
        found = ag.compile(f, backend=backend)(*args)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6 if "32" in name else 1e-12)


SCALARS: dict[str, Any] = {
    "a sum of bools": lambda x: ((x > 0) + (x > 1)) * x,
    "a product of bools": lambda x: ((x > 0) * (x > 1)) * x,
    "or": lambda x: np.logical_or(x, x) * x,
    "and": lambda x: np.logical_and(x, x + 1) * 2.0,
    "a constant truth": lambda x: np.logical_and(x > 0, np.True_) * x,
    "a complex number beside it": lambda x: np.where(x != 1j, x, 2.0),
}


@pytest.mark.parametrize("name", SCALARS)
def test_single_numbers_and_truth_values_are_added_as_numpy_adds_them(name: str) -> None:
    f, x = SCALARS[name], np.array(3.0)
    assert ag.compile(f)(x).item() == f(x)
    assert ag.compile(ag.grad(f))(x).item() == ag.grad(f)(x).item()


BOUNDS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "labels that are none": (
        lambda z: np.log(ag.binary_cross_entropy_with_logits(z, np.array([2.0]))),
        (np.array([5.0]),),
    ),
    "squares that overflow": (
        lambda x, k: np.sum(np.log(np.square(k) + x * x)), (np.ones(1), np.array([12], np.int8))
    ),
    "rounding in float32": (
        lambda x: np.sum(np.log(np.maximum(x, 6.5) - 9.1 + 2.6)), (np.float32([6.5]),)
    ),
    "division by -0": (lambda x: np.sum(np.log(np.exp(x) / np.sqrt(x))), (np.array([-0.0]),)),
}  # fmt: skip


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("name", BOUNDS)
def test_a_guard_stays_where_the_graph_does_not_rule_it_out(name: str, backend: str) -> None:
    f, args = BOUNDS[name]
    with np.errstate(all="ignore"):
        expected = ag.grad(f)(*args).numpy()
        found = ag.compile(ag.grad(f), backend=backend)(*args).numpy()
    np.testing.assert_array_equal(found, expected)


def test_generators_of_bits_and_seeds_are_noticed() -> None:
    bits, seeds = np.random.PCG64(3), np.random.SeedSequence(1)
    before = bits.state
    for f in (
        lambda x: x * float(bits.random_raw() % 7),
        lambda x: x * np.random.default_rng(seeds.spawn(1)[0]).random(),
        lambda x: x * np.random.Generator(bits).random(),
        lambda x: x * (bits.state["state"]["state"] % 7),
    ):
        with pytest.raises(ag.DataDependentError):
            ag.compile(f)(np.ones(1))
    assert bits.state == before


def test_what_is_called_state_need_not_be_that_of_a_generator() -> None:
    class Model:
        def __init__(self) -> None:
            self.rng, self.state = np.random.default_rng(0), 2.0

        def forward(self, x: Any) -> Any:
            return ag.dropout(x, 0.5, rng=self.rng) * self.state

    one, other = Model(), Model()
    compiled, x = ag.compile(one.forward), np.ones(50)
    for _ in range(3):
        np.testing.assert_array_equal(compiled(x), other.forward(x))


SIGNED: dict[str, Any] = {
    "copysign": lambda x: np.copysign(x * x, np.where(x > 3, x, 0)),
    "signbit": lambda x: np.signbit(np.where(x > 3, x, 0)) * 1.0,
    "division": lambda x: 1 / np.where(x > 3, x, 0),
    "half floats": lambda x: np.signbit(np.where(x > 3, x, 0).astype(np.float16)) * 1.0,
}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("name", SIGNED)
def test_where_a_mask_chooses_0_it_has_no_sign(name: str, backend: str) -> None:
    x = np.array([-2.0, -np.inf, 4.0])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(ag.compile(SIGNED[name], backend=backend)(x), SIGNED[name](x))


SHOWN: dict[str, Any] = {
    "a diagonal": np.diagonal,
    "diag": np.diag,
    "parts": np.real,
    "columns": lambda x: np.hsplit(x, 3)[1],
    "windows": lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=0),
    "an argument as it is": np.positive,
}


@pytest.mark.parametrize("name", SHOWN)
def test_results_that_show_an_argument_are_of_before_its_update(name: str) -> None:
    def step(x: Any, y: Any) -> Any:
        cost, shown = ag.value_and_grad(lambda t: (np.sum(t * t), SHOWN[name](t)), has_aux=True)(x)[
            0
        ]
        x -= 0.5
        y[...] = np.sum(shown)
        return cost, shown

    found, expected = ([np.arange(9.0).reshape(3, 3), np.zeros(2)] for _ in range(2))
    ours, theirs = ag.compile(step)(*found), step(*expected)
    for a, b in zip((*ours, *found), (*theirs, *expected), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("f", [lambda x: np.dot(np.max(x), x), lambda x: np.dot(3, x)])
def test_a_number_times_an_array_is_no_method_of_the_number(f: Any) -> None:
    x = np.float32([[1.5, 2.0]])
    np.testing.assert_array_equal(ag.compile(f)(x), f(x))
    np.testing.assert_array_equal(ag.compile(ag.grad(lambda x: np.sum(f(x))))(x),
                                  ag.grad(lambda x: np.sum(f(x)))(x).numpy())  # fmt: skip


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(1, bool), (2, bool), (True, np.int8), (np.int64(3), np.int8), (2, np.float16),
     (1.75, np.float32), (np.float64(0.3), np.float32)],
)  # fmt: skip
def test_what_is_written_where_a_mask_says_is_cast_as_numpy_casts_it(
    value: Any, dtype: Any
) -> None:
    def f(x: Any) -> Any:
        x = x.copy()
        x[x > 0] = value
        return x

    x = np.array([2, 0, 1], dtype)
    found = ag.compile(f)(x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, f(x))


def test_a_loop_has_not_the_name_of_what_the_program_calls_for_arrays_of_nothing() -> None:
    def f(x: Any, some: Any, nothing: Any, none: Any) -> Any:
        return np.where(some, x, 0), np.where(none, nothing, 0) * 2.0

    args = np.arange(4.0), np.arange(4) > 1, np.zeros((3, 0)), np.ones((3, 0), bool)
    for found, expected in zip(ag.compile(f, backend="numba")(*args), f(*args), strict=True):
        np.testing.assert_array_equal(found, expected)


class Rate(float):
    """A number that shows fewer digits than it has."""

    def __repr__(self) -> str:
        return f"{float(self):.1f}"


class Count(enum.IntEnum):
    THREE = 3


@pytest.mark.parametrize("number", [Rate(2.123456), Count.THREE])
@pytest.mark.parametrize(
    "x", [np.arange(1.0, 4.0), np.arange(1, 4, dtype=np.float32), np.float32(2)]
)
def test_numbers_of_a_class_of_the_users_are_taken_as_numpy_takes_them(number: Any, x: Any) -> None:
    for f in (
        lambda x: x * number,
        lambda x: number**x,
        lambda x: np.sum(x) * number + 0.5,
        lambda x: number - np.sum(x),
        lambda x: np.maximum(x, number),
    ):
        compiled, wanted = ag.compile(f), np.asarray(f(x))
        for _ in range(2):
            found = compiled(x)
            np.testing.assert_allclose(found, wanted, rtol=1e-12 if wanted.itemsize > 4 else 1e-6)
            assert found.dtype == wanted.dtype
