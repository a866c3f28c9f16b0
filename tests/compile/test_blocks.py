"""Long chains of elementwise steps run block by block, and give what they would give whole."""

from __future__ import annotations

import copy
import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.compile.results import aligned
from autograd_mini.compile.writing import blocks
from tests.compile.test_backends import assert_alike, others
from tests.compile.test_compile import PROGRAMS
from tests.compile.varied import VARIED


def data(*shape: int, seed: int = 0, dtype: Any = float) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def updated(x: Any, y: Any) -> Any:
    x -= 0.1 * np.tanh(x * y)
    return np.sum(x)


def updated_beside_its_transpose(x: Any, y: Any) -> Any:
    x *= np.exp(x.T) + y
    return x.sum()


def read_after_its_place_was_taken(x: Any, y: Any) -> Any:
    t = x * y
    u = t + 1.0
    v = u * t
    return np.sum(u), np.sum(v), np.dot(u, v.T)


def named_like_numpy_s(x: Any, y: Any) -> Any:
    exp = x * y + 1.0
    if isinstance(exp, ag.Tensor):
        exp.name = "exp"
    return np.sum(np.exp(exp)), exp * np.exp(y)


LONG = data(400_003)
TALL, WIDE = data(3001, 67, seed=1), data(67, 3001, seed=2)
SQUARE = data(400, 400, seed=3)
PROGRAMS_IN_BLOCKS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "a chain": (lambda x: np.tanh(x * 2 + 1) * np.exp(-x), (LONG,)),
    "its gradient": (ag.value_and_grad(lambda x: np.mean(ag.sigmoid(x) * np.tanh(x))), (LONG,)),
    "rows and columns": (
        lambda x, b, c: np.exp(-((x - b) ** 2)) * c + b,
        (TALL, data(3001, 1), data(67)),
    ),
    "blocks along columns": (
        lambda x, b, c: np.exp(-((x - b) ** 2)) * c + b,
        (WIDE, data(67, 1), data(3001)),
    ),
    "sums of every kind": (
        lambda x: [
            np.sum(np.exp(x) * x, axis=axis, keepdims=keep)
            for axis in (None, 0, 1, (0, 1))
            for keep in (False, True)
        ],
        (TALL,),
    ),
    "sums of every kind, across": (
        lambda x: [
            np.sum(np.exp(x) * x, axis=axis, keepdims=keep)
            for axis in (None, 0, 1, (0, 1))
            for keep in (False, True)
        ],
        (WIDE,),
    ),
    "extremes": (
        lambda x: [
            f(x * np.abs(x) + 1.0, axis=axis) for f in (np.max, np.min) for axis in (None, 0, 1)
        ],
        (TALL,),
    ),
    "three axes": (
        lambda x, b: np.sum(np.exp(x * b) + b, axis=(0, 2)),
        (data(7, 2000, 11), data(2000, 1)),
    ),
    "softmax over examples": (
        ag.value_and_grad(lambda z: np.sum(ag.softmax(z, axis=0) ** 2)),
        (WIDE,),
    ),
    "relu and its mask": (ag.value_and_grad(lambda x: np.sum(ag.relu(x * 2 - 1) ** 2)), (TALL,)),
    "cross-entropy": (
        ag.value_and_grad(
            lambda z: ag.binary_cross_entropy_with_logits(z, (LONG > 0).astype(float))
        ),
        (LONG * 3,),
    ),
    "float32": (
        ag.value_and_grad(lambda x: np.mean(np.exp(-x) * x)),
        (data(600_000, dtype=np.float32),),
    ),
    "complex": (
        lambda z: (z * np.conj(z) + 1j * z, np.sum(np.abs(z * 2))),
        (LONG + 1j * LONG[::-1],),
    ),
    "integers": (lambda n: (n * n + 3, np.sum(n * n), n * 0.5 + 1), (np.arange(300_000),)),
    "a number for each example": (lambda x, s: np.exp(x * s) + s * x, (LONG, np.array(0.5))),
    "strided arguments": (lambda x: np.exp(x) * x + 1.0, (data(1000, 800)[::2, ::3].T,)),
    "updated in place": (updated, (TALL.copy(), TALL * 0.5)),
    "updated beside its transpose": (updated_beside_its_transpose, (SQUARE, SQUARE + 1)),
    "read after its place was taken": (read_after_its_place_was_taken, (SQUARE, SQUARE + 1)),
    "named like numpy's": (named_like_numpy_s, (LONG, LONG)),
    "second derivatives": (ag.grad(lambda x: np.sum(ag.grad(_cube)(x) ** 2)), (LONG,)),
}


def _cube(x: Any) -> Any:
    return np.sum(np.sin(x) * x**3)


@pytest.mark.parametrize("name", PROGRAMS_IN_BLOCKS)
def test_a_program_in_blocks_gives_what_the_function_gives(name: str) -> None:
    f, args = PROGRAMS_IN_BLOCKS[name]
    compiled = ag.compile(f)
    for call in (args, tuple(others(each) for each in args)):
        ours, theirs = copy.deepcopy(call), copy.deepcopy(call)
        for _ in range(2):
            assert_alike(compiled(*ours), f(*theirs))
        assert_alike(ours, theirs)
    assert "for start in range" in compiled.source


@pytest.mark.parametrize("block", [1, 5, 64])
@pytest.mark.parametrize("name", [*PROGRAMS, *VARIED])
def test_every_program_could_run_in_blocks(
    name: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_BLOCK", block)
    monkeypatch.setattr(blocks, "_WORTHWHILE", 1)
    f, args = PROGRAMS.get(name) or VARIED[name]
    keywords = {"scale": 2.0} if name == "names and keywords" else {}
    compiled = ag.compile(f)
    for call in (args, tuple(others(each) for each in args)):
        ours, theirs = copy.deepcopy(call), copy.deepcopy(call)
        with np.errstate(all="ignore"):
            found, expected = compiled(*ours, **keywords), f(*theirs, **keywords)
        assert_alike(found, expected, loose=name == "float32 beside float64")
        assert_alike(ours, theirs)


def test_the_memory_of_a_large_result_is_used_again_when_nobody_holds_it() -> None:
    compiled = ag.compile(lambda x: np.exp(x) + 1)
    first = compiled(LONG).numpy().ctypes.data
    assert compiled(LONG).numpy().ctypes.data == first
    kept = compiled(LONG)
    assert compiled(LONG).numpy().ctypes.data != kept.numpy().ctypes.data


class Array(np.ndarray):
    """Of another class than its base."""


HOLDERS: dict[str, Callable[[Any], Any]] = {
    "tensor": lambda t: t,
    "array": lambda t: t.numpy(),
    "view": lambda t: t.numpy()[1:],
    "view of a view": lambda t: t.numpy()[::2].reshape(2, -1).T,
    "view of another class": lambda t: t.numpy().view(Array)[3:],
    "view as other numbers": lambda t: t.numpy().view(np.int64),
    "base": lambda t: t.numpy().base,
    "memoryview": lambda t: memoryview(t.numpy())[5:],
    "array of a memoryview": lambda t: np.asarray(memoryview(t.numpy())),
    "iterator": lambda t: t.numpy().flat,
    "dlpack": lambda t: np.from_dlpack(t.numpy()),
    "interface": lambda t: np.frombuffer(t.numpy(), dtype=np.uint8),
    "recorded": lambda t: np.sum(ag.tensor(2.0, requires_grad=True) * t),
}


@pytest.mark.parametrize("name", HOLDERS)
def test_the_memory_of_a_large_result_is_left_to_whoever_holds_any_of_it(name: str) -> None:
    compiled = ag.compile(lambda x: np.exp(x) + 1)
    result = compiled(LONG)
    values, address = result.numpy().copy(), result.numpy().ctypes.data
    held = HOLDERS[name](result)
    memory = (ctypes.c_double * values.size).from_address(address)  # which holds nothing
    del result
    others_made = [compiled(LONG + k) for k in range(1, 8)]
    np.testing.assert_array_equal(np.array(memory), values.ravel())
    assert address not in {each.numpy().ctypes.data for each in others_made}
    del held, others_made
    assert {compiled(LONG).numpy().ctypes.data for _ in range(3)} == {address}


def test_a_sum_in_blocks_loses_no_digits() -> None:
    x = np.full(1_000_000, 0.1)
    total = ag.compile(lambda x: np.sum(np.abs(x) + 0.0 * x))(x)
    assert abs(total.item() - 100_000.0) < 1e-9


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.bool])
@pytest.mark.parametrize("shape", [(4, 400), (10_007,), (1,)])
def test_buffers_begin_where_a_line_of_the_cache_does(shape: Any, dtype: Any) -> None:
    for made in [aligned(shape, dtype) for _ in range(8)]:
        assert (made.shape, made.dtype) == (shape, dtype)
        assert made.flags.carray
        assert made.ctypes.data % 64 == 0


@pytest.mark.parametrize("length", [1_000_000, 2**20, 10**6 + 3, 400 * 400, 16_385, 150_000])
@pytest.mark.parametrize("rest", [1, 3, 400, 100_000])
def test_blocks_are_aligned_and_of_about_one_size(length: int, rest: int) -> None:
    step = blocks._block_length(length, rest)
    most = max(1, blocks._BLOCK // rest)
    assert step % 16 == 0 or step < 16
    assert most / 2 - 1 <= step <= most + 15
    assert length % step == 0 or length not in (1_000_000, 2**20) or step < 16
