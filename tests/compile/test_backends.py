"""Whatever the backend, a compiled program does what the function does."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.compile.planning import groups
from autograd_mini.differentiate.tree import leaves
from tests.compile.test_compile import PROGRAMS
from tests.compile.varied import VARIED

BACKENDS = ["numpy", "numba"]
KEYWORDS: dict[str, dict[str, Any]] = {"names and keywords": {"scale": 2.0}}


LOOSE = {"float32 beside float64"}  # whose float64 results come from float32 ones


def assert_alike(found: Any, expected: Any, loose: bool = False) -> None:
    """Hold to 1e-12 of the largest entry in float64, and have the same NaN and infinities."""
    ours, theirs = list(leaves(found)), list(leaves(expected))
    assert [path for path, _ in ours] == [path for path, _ in theirs]
    for (path, a), (_, b) in zip(ours, theirs, strict=True):
        if not hasattr(b, "dtype"):
            assert a == b
            continue
        x, y = (
            each.numpy() if isinstance(each, ag.Tensor) else np.asarray(each) for each in (a, b)
        )
        assert (x.shape, x.dtype) == (y.shape, y.dtype), path
        tolerance = 1e-12 if x.dtype.char in "dD" and not loose else 3e-6
        finite = y[np.isfinite(y)]
        largest = np.max(np.abs(finite)) if finite.size and y.dtype.kind in "fc" else 0
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance * largest, err_msg=path)


def others(value: Any) -> Any:
    """Return arguments of the same kind with other values, laid out alike."""
    if isinstance(value, np.ndarray):
        if not value.flags.writeable:
            return value
        scaled = value.copy(order="K")
        return scaled * 0.9 + 0.03 if value.dtype.kind in "fc" and value.shape != (3, 3) else scaled
    if isinstance(value, dict):
        return {key: others(each) for key, each in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(others, value))
    if isinstance(value, (list, tuple)):
        return type(value)(others(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(*(others(getattr(value, field.name)) for field in fields(value)))
    return value


def calls_of(args: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield args
    yield tuple(others(each) for each in args)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", VARIED)
def test_results_and_arguments_are_those_of_the_function(name: str, backend: str) -> None:
    f, args = VARIED[name]
    keywords = KEYWORDS.get(name, {})
    compiled = ag.compile(f, backend=backend)
    for call in calls_of(args):
        ours, theirs = copy.deepcopy(call), copy.deepcopy(call)
        with np.errstate(all="ignore"):
            for _ in range(2):  # arguments that were updated once are updated again
                found, expected = compiled(*ours, **keywords), f(*theirs, **keywords)
                assert_alike(found, expected, name in LOOSE)
        assert_alike(ours, theirs)


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_of_numpy_are_programs_of_numba(name: str) -> None:
    f, args = PROGRAMS[name]
    compiled = ag.compile(f, backend="numba")
    for call in calls_of(args):
        with np.errstate(all="ignore"):
            assert_alike(compiled(*call), f(*call))


def one_after_another(x: Any) -> Any:
    a = np.tanh(x) * 2
    b = np.exp(a)
    return np.sum(a), np.sum(b, axis=0), b + 1


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("most", [1, 2, 3])
def test_operations_may_be_too_many_for_one_loop(
    most: int, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one loop leaves is summed by the next, which may use up its memory."""
    monkeypatch.setattr(groups, "_MOST_NODES", most)
    compiled = ag.compile(one_after_another, backend=backend)
    for x in np.random.default_rng(0).normal(size=(2, 5, 3)):
        assert_alike(compiled(x), one_after_another(x))


@pytest.mark.parametrize("backend", BACKENDS)
def test_results_stay_what_they_are_however_large(backend: str) -> None:
    compiled = ag.compile(lambda x: (np.exp(x) * 2, (x + 1).T, x), backend=backend)
    first, second = np.full((300, 300), 1.0), np.full((300, 300), 2.0)
    held = [each.numpy()[:, 1:] for each in compiled(first)]  # of each only a view
    copies = [each.copy() for each in held]
    for _ in range(6):
        compiled(second)
    for view, kept in zip(held, copies, strict=True):
        np.testing.assert_array_equal(view, kept)


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_value_handed_out_twice_is_two_arrays(backend: str) -> None:
    a, b = ag.compile(lambda x: (np.exp(x) + 1, np.exp(x) + 1), backend=backend)(np.ones(3))
    a.data[...] = 7.0
    np.testing.assert_allclose(b.numpy(), np.exp(1) + 1)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_argument_that_is_updated_may_be_another_as_well(backend: str) -> None:
    def f(a: Any, b: Any) -> Any:
        a += 1
        return a * b

    compiled = ag.compile(f, backend=backend)
    compiled(np.ones(3), np.ones(3))
    x, y = np.ones(4), np.ones(4)
    for ours, theirs in (((x, x), (y, y)), ((x[1:], x[:-1]), (y[1:], y[:-1]))):
        assert_alike(compiled(*ours), f(*theirs))
    np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_read_only_argument_is_not_updated(backend: str) -> None:
    def f(a: Any) -> Any:
        a *= 2
        return a + 1

    frozen = np.ones(3)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        ag.compile(f, backend=backend)(frozen)
    np.testing.assert_array_equal(frozen, 1.0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_strided_argument_is_updated(backend: str) -> None:
    def f(a: Any) -> Any:
        a *= np.exp(a) + 1
        return a.sum()

    ours, theirs = np.arange(8.0) / 8, np.arange(8.0) / 8
    assert_alike(ag.compile(f, backend=backend)(ours[::2]), f(theirs[::2]))
    assert_alike(ours, theirs)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_changed_closure_is_noticed(backend: str) -> None:
    rate = np.array([0.5])
    compiled = ag.compile(lambda x: np.exp(x) * rate, backend=backend)
    compiled(np.ones(3))
    rate[0] = 0.25
    assert_alike(compiled(np.ones(3)), np.exp(np.ones(3)) * 0.25)


@pytest.mark.parametrize("backend", BACKENDS)
def test_threads_do_not_share_memory(backend: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    compiled = ag.compile(lambda x: (np.tanh(x) + x).T @ (np.exp(x) - 1), backend=backend)
    arrays = [np.random.default_rng(k).normal(size=(120, 120)) for k in range(8)]
    compiled(arrays[0])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(compiled, arrays * 3))
    for x, result in zip(arrays * 3, found, strict=True):
        assert_alike(result, (np.tanh(x) + x).T @ (np.exp(x) - 1))


def test_the_source_is_one_readable_loop() -> None:
    f = ag.value_and_grad(lambda a, b: np.mean(ag.sigmoid(a * b) * np.tanh(a)), (0, 1))
    compiled = ag.compile(f, backend="numba")
    compiled(np.ones((3, 4)), np.ones((3, 4)))
    assert compiled.source.count("@fused") == 1
    assert compiled.source.count("for ") == 1
    assert " = sigmoid(" in compiled.source
    assert " = tanh(" in compiled.source


def test_without_numba_one_sentence_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "import autograd_mini as ag\n"
        "try:\n    ag.compile(abs, backend='numba')\n"
        "except ImportError as error:\n    print(error)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == (
        "ag.compile(backend='numba') needs numba: pip install 'autograd_mini[numba]'"
    )


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", [(1_200_007,), (1003, 1201), (7, 1, 200_003)])
@pytest.mark.parametrize("summed", [False, True])
def test_results_too_large_for_the_caches_are_written_past_them(shape, dtype, summed) -> None:
    def f(x: Any, y: Any) -> Any:
        z = np.tanh(x) * y
        return (z, x - y, np.sum(z)) if summed else (z, x - y)

    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, *shape)).astype(dtype)
    step = ag.compile(f, backend="numba")
    kept = step(x, y)
    assert "streamed(" in step.source
    for _ in range(3):  # in new memory, in memory used again, and with the first results still held
        for got, wanted in zip(step(x, y), f(x, y), strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-4 if dtype == "float32" else 1e-9)
    np.testing.assert_array_equal(kept[1], x - y)


def test_large_results_that_are_read_again_stay_in_the_caches() -> None:
    def f(x: Any) -> Any:
        y = np.exp(x) * x
        return y, np.tanh(y / np.sum(y)) * 2

    x = np.random.default_rng(0).standard_normal(1_000_000)
    step = ag.compile(f, backend="numba")
    for got, wanted in zip(step(x), f(x), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)
    assert step.source.count("streamed(x") == 1  # y is not
