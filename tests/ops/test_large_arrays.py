"""Formulas of large arrays go block by block, and nobody can tell from the result."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops import blocks, calculus, gelu, losses, network

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
SPECIAL = [np.inf, -np.inf, np.nan, 0.0, -0.0, 5e-324, -5e-324, 1e-40, 1e300, -1e300, 88.8, -104.0]
FORMULAS: dict[str, Callable[..., Any]] = {
    "normal_cdf": gelu._normal_cdf,
    "gelu": gelu._gelu,
    "gelu by tanh": functools.partial(gelu._gelu, approximate="tanh"),
    "slope of gelu": functools.partial(gelu._gelu_slope, approximate="none"),
    "slope of gelu by tanh": functools.partial(gelu._gelu_slope, approximate="tanh"),
    "softplus": network._softplus,
    "slope of silu": network._silu_slope,
    "bessel_i": functools.partial(calculus._bessel_i, order=1),
}


@pytest.fixture(autouse=True)
def _small_is_large(monkeypatch: pytest.MonkeyPatch):
    """Let a block hold a few entries; values at the ends of a domain make NumPy warn."""
    monkeypatch.setattr(blocks, "_LARGE", 256)
    monkeypatch.setattr(blocks, "_BLOCK", 128)
    with np.errstate(all="ignore"):
        yield


def numbers(shape: tuple[int, ...], dtype: Any) -> Any:
    made = np.random.default_rng(0).normal(size=shape) * 4
    made.reshape(-1)[: 7 * len(SPECIAL) : 7] = SPECIAL
    return made.astype(dtype)


def as_a_whole(function: Any, *operands: Any) -> Any:
    if isinstance(function, functools.partial):
        return function.func.__wrapped__(*operands, **function.keywords)
    return function.__wrapped__(*operands)


def assert_same_bits(made: Any, wanted: Any) -> None:
    assert type(made) is type(wanted)
    assert (made.dtype, made.shape) == (wanted.dtype, wanted.shape)
    assert made.tobytes() == wanted.tobytes()


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "contiguous": lambda x: x,
    "transposed": lambda x: x.T,
    "every other": lambda x: x[:, ::2],
    "backward": lambda x: x[::-1],
    "repeated": lambda x: np.broadcast_to(x[:1], x.shape),
    "small": lambda x: x[:1, :3],
    "empty": lambda x: x[:0],
    "an entry": lambda x: x[0, 3],
    "of no axes": lambda x: np.asarray(x[0, 3]),
}


@DTYPES
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", FORMULAS)
def test_each_entry_is_the_same_to_the_last_bit(name, layout, dtype):
    x = LAYOUTS[layout](numbers((11, 37), dtype))
    before = x.copy()
    assert_same_bits(FORMULAS[name](x), as_a_whole(FORMULAS[name], x))
    np.testing.assert_array_equal(x, before)


@DTYPES
@pytest.mark.parametrize("size", [32, 33, 64, 65, 1000])
def test_no_entry_is_left_out_whatever_the_number_of_blocks(size, dtype):
    x = np.random.default_rng(0).normal(size=size).astype(dtype)
    assert_same_bits(network._softplus(x), network._softplus.__wrapped__(x))


def test_there_are_blocks_only_where_an_array_is_large():
    seen = []

    @blocks.blockwise
    def note(x: Any, y: Any = 0) -> Any:
        seen.append(np.size(x))
        return x + y

    note(np.ones(32))
    assert seen == [32]
    seen.clear()
    note(np.ones(40))
    assert seen == [16, 16, 8]
    seen.clear()
    note(np.ones(100, np.float32), np.ones(100))
    assert seen == [32, 32, 32, 4]


def test_the_result_is_new_memory_of_its_own():
    x = np.ones(100)
    made = blocks.blockwise(lambda x: x)(x)
    assert made.base is None
    assert made.flags.writeable
    assert not np.shares_memory(made, x)


OTHERS: dict[str, Callable[[Any], Any]] = {
    "alike": lambda y: y,
    "of another precision": lambda y: y.astype(np.float32),
    "of integers": lambda y: y.astype(int),
    "of truth values": lambda y: y > 0,
    "transposed": lambda y: np.asfortranarray(y),
    "a row": lambda y: y[0],
    "a column": lambda y: y[:, :1],
    "one entry": lambda y: y[:1, :1],
    "of no axes": lambda y: np.asarray(y[0, 0]),
    "an entry": lambda y: y[0, 0],
    "a number": lambda y: 0.25,
    "an integer": lambda y: 1,
    "a list": lambda y: y.tolist(),
}


@DTYPES
@pytest.mark.parametrize("other", OTHERS)
def test_a_second_operand_may_be_anything_that_fits(other, dtype):
    rng = np.random.default_rng(1)
    z = rng.normal(size=(11, 37)).astype(dtype)
    y = OTHERS[other](rng.random((11, 37)).round(3))
    y_array = y if isinstance(y, (int, float)) else np.asarray(y)
    made = losses._logistic_loss(z, y_array)
    assert_same_bits(made, losses._logistic_loss.__wrapped__(z, y_array))
    weigh = blocks.blockwise(lambda x, w: x * np.asarray(w))
    assert_same_bits(weigh(z, y), weigh.__wrapped__(z, y))


def test_numbers_that_are_a_list_are_not_taken_for_one_number():
    x = np.ones((40, 3))
    weigh = blocks.blockwise(lambda x, by=1.0: x * np.asarray(by))
    np.testing.assert_array_equal(weigh(x, by=[1.0, 2.0, 3.0]), x * [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(weigh(x, by=np.array([1.0, 2.0, 3.0])), x * [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(weigh(x, [1.0, 2.0, 3.0]), x * [1.0, 2.0, 3.0])


@DTYPES
def test_a_loss_that_is_infinite_somewhere_is_right_elsewhere(dtype):
    z = numbers((11, 37), dtype)
    y = (np.random.default_rng(1).random((11, 37)) > 0.5).astype(dtype)
    wanted = losses._logistic_loss.__wrapped__(z, y)
    np.testing.assert_array_equal(losses._logistic_loss(z, y), wanted)


@DTYPES
def test_blocks_warn_of_what_the_whole_warns_of(dtype):
    x = np.zeros(100, dtype)
    x[77] = 1e4
    grow = blocks.blockwise(lambda x: np.exp(x) + 1)
    for function in (grow, grow.__wrapped__):
        with np.errstate(over="raise"), pytest.raises(FloatingPointError):
            function(x)
        with np.errstate(over="warn"), pytest.warns(RuntimeWarning, match="overflow"):
            function(x)
        with np.errstate(over="ignore"):
            assert function(x)[77] == np.inf


USES: dict[str, Callable[[Any], Any]] = {
    "gelu": ag.gelu,
    "gelu by tanh": lambda x: ag.gelu(x, approximate="tanh"),
    "softplus": ag.softplus,
    "log_sigmoid": ag.log_sigmoid,
    "silu": ag.silu,
}


@DTYPES
@pytest.mark.parametrize("name", USES)
def test_derivatives_of_any_order_are_those_of_the_pieces(name, dtype):
    f = USES[name]

    def slope(x):
        return ag.grad(lambda x: np.sum(f(x)))(x)

    def bend(x):
        return ag.grad(lambda x: np.sum(slope(x)))(x)

    x = np.random.default_rng(0).normal(size=(6, 50)).astype(dtype)
    for of in (slope, bend):
        pieces = [of(x[k, j : j + 10]).numpy() for k in range(6) for j in range(0, 50, 10)]
        whole = of(x).numpy()
        assert whole.dtype == dtype
        np.testing.assert_allclose(whole.reshape(-1), np.concatenate(pieces), rtol=1e-5, atol=1e-7)


@DTYPES
def test_truly_large_arrays(monkeypatch, dtype):
    monkeypatch.undo()
    x = np.random.default_rng(0).normal(size=600_001).astype(dtype)
    assert_same_bits(network._softplus(x), network._softplus.__wrapped__(x))
    assert_same_bits(gelu._gelu(x, "tanh"), gelu._gelu.__wrapped__(x, "tanh"))
