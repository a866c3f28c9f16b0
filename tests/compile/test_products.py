"""Products of matrices by vectors of 512 bits: those of NumPy, whatever shapes and layouts."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_mini as ag

products = import_module("autograd_mini.compile.looping.products")
product = products.product

LAYOUTS = {
    "by rows": lambda x: np.ascontiguousarray(x),
    "by columns": lambda x: np.asfortranarray(x),
    "every other": lambda x: np.repeat(np.repeat(x, 2, 0), 2, 1)[::2, ::2],
    "backwards": lambda x: np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1],
    "a part": lambda x: np.pad(x, 3)[3:-3, 3:-3],
    "not aligned": lambda x: _in_records(x),
    "read-only": lambda x: _locked(x),
}


def _in_records(x: Any) -> Any:
    records = np.zeros(x.shape, [("flag", "i1"), ("x", x.dtype)])
    records["x"] = x
    return records["x"]


def _locked(x: Any) -> Any:
    x = x.copy()
    x.flags.writeable = False
    return x


def multiplied(a: Any, b: Any) -> Any:
    out = np.full((a.shape[0], b.shape[1]), np.nan, a.dtype)
    product(a, b, out)
    return out


def assert_like_numpy(a: Any, b: Any) -> None:
    exact = a.astype(np.longdouble) @ b.astype(np.longdouble)
    bound = np.abs(a).astype(np.longdouble) @ np.abs(b).astype(np.longdouble)
    error = np.abs(multiplied(a, b) - exact)
    assert (error <= (a.shape[1] + 1) * np.finfo(a.dtype).eps * bound).all()


@settings(max_examples=150, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 70)] * 3),
    layouts=st.tuples(*[st.sampled_from(sorted(LAYOUTS))] * 2),
    dtype=st.sampled_from(["float64", "float32"]),
    seed=st.integers(0, 1000),
)
def test_a_product_is_that_of_numpy_up_to_rounding(shape, layouts, dtype, seed):
    rng = np.random.default_rng(seed)
    n, depth, m = shape
    a = LAYOUTS[layouts[0]](rng.standard_normal((n, depth)).astype(dtype))
    b = LAYOUTS[layouts[1]](rng.standard_normal((depth, m)).astype(dtype))
    assert_like_numpy(a, b)


@pytest.mark.parametrize("layout", ["by rows", "by columns"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", [(3, 1500, 40), (70, 513, 33), (20, 512, 7), (200, 1024, 64)])
def test_what_is_too_deep_for_the_cache_is_summed_in_parts(shape, dtype, layout):
    rng = np.random.default_rng(0)
    n, depth, m = shape
    a = rng.standard_normal((n, depth)).astype(dtype)
    b = LAYOUTS[layout](rng.standard_normal((depth, m)).astype(dtype))
    assert_like_numpy(a, b)


@pytest.mark.parametrize("layout", ["by rows", "by columns"])
@pytest.mark.parametrize(("n", "m"), [(0, 3), (3, 0), (3, 20)])
def test_the_sum_of_nothing_is_nothing(n, m, layout):
    b = LAYOUTS[layout](np.ones((0, m)))
    np.testing.assert_array_equal(multiplied(np.ones((n, 0)), b), np.zeros((n, m)))


@pytest.mark.parametrize("layout", ["by rows", "by columns"])
@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_comes_where_numpy_has_it(odd, layout):
    a, b = np.zeros((21, 19)), np.ones((19, 35))
    a[4, 18], a[20, 0], b[3, 34] = 1.0, odd, odd
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(multiplied(a, LAYOUTS[layout](b)), a @ b)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_nothing_is_read_or_written_beside_the_matrices(dtype):
    beside = np.full((40, 60), np.nan, dtype)
    a, b = beside[3:14, 5:22], beside[15:32, 7:52]
    a[:], b[:] = 1, 2
    out = np.full(11 * 45 + 2, 7.0, dtype)
    product(a, b, out[1:-1].reshape(11, 45))
    assert (out[1:-1] == 34).all()
    assert out[0] == out[-1] == 7


def test_a_matrix_times_its_transpose_is_symmetric_to_the_last_bit():
    x = np.random.default_rng(0).standard_normal((37, 93))
    for n in (37, 5):
        square = multiplied(x[:n], x[:n].T)
        np.testing.assert_array_equal(square, square.T)


def test_a_machine_without_such_vectors_gets_the_same_numbers():
    code = """if True:
        import numpy as np
        from autograd_mini.compile.looping.products import product, is_quicker
        assert not is_quicker(64, 64, 64, np.dtype(float))
        a, b = np.arange(63.0).reshape(7, 9), np.arange(198.0).reshape(9, 22)
        out = np.empty((7, 22))
        for b in (b, np.asfortranarray(b)):
            product(a, b, out)
            assert (out == a @ b).all()
    """
    environment = {**os.environ, "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


# -- in programs ----------------------------------------------------------------------------------


@pytest.fixture
def always(monkeypatch):
    program = import_module("autograd_mini.compile.looping.numba_program")
    monkeypatch.setattr(program, "is_quicker", lambda *_: True)


def cost(p: Any, X: Any, Y: Any) -> Any:
    A = np.tanh(p["W1"] @ X + p["b1"])
    return ag.binary_cross_entropy_with_logits(p["W2"] @ A + p["b2"], Y)


def network() -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(0)
    p = {"W1": rng.standard_normal((9, 5)), "b1": np.zeros((9, 1))}
    p |= {"W2": rng.standard_normal((3, 9)), "b2": np.zeros((3, 1))}
    return p, rng.standard_normal((5, 23)), (rng.random((3, 23)) > 0.5) * 1.0


def step(p: Any, X: Any, Y: Any) -> Any:
    J, grads = ag.value_and_grad(cost)(p, X, Y)
    for name in p:
        p[name] -= 0.1 * grads[name]
    return J


def test_a_network_is_trained_with_them_as_without(always, tmp_path):
    compiled = ag.compile(step, backend="numba")
    (p, X, Y), (q, *_) = network(), network()
    for _ in range(3):
        np.testing.assert_allclose(compiled(p, X, Y).numpy(), step(q, X, Y).numpy(), rtol=1e-13)
    assert compiled.source.count("product(") == 5
    compiled.save(tmp_path / "step.py")
    ag.load_compiled(tmp_path / "step.py")(p, X, Y)
    step(q, X, Y)
    for name, each in p.items():
        np.testing.assert_allclose(each, q[name], rtol=1e-12, atol=1e-15)


def test_products_that_are_handed_out_are_not_written_again(always):
    compiled = ag.compile(lambda A, B: (A @ B, B.T @ A.T), backend="numba")
    A, B = np.arange(12.0).reshape(3, 4), np.arange(8.0).reshape(4, 2)
    first, second = compiled(A, B)
    compiled(A + 1, B)
    np.testing.assert_array_equal(first.numpy(), A @ B)
    np.testing.assert_array_equal(second.numpy(), (A @ B).T)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arguments_may_lie_in_memory_as_they_like(layout, always):
    compiled = ag.compile(lambda A, B: A @ B, backend="numba")
    A, B = np.arange(20.0).reshape(4, 5), np.arange(10.0).reshape(5, 2)
    np.testing.assert_array_equal(compiled(A, LAYOUTS[layout](B)).numpy(), A @ B)


@pytest.mark.parametrize(
    "shape", [(20, 20, 20), (1, 512, 512), (512, 512, 1), (512, 512, 3), (512, 8, 512)]
)
def test_small_narrow_and_shallow_products_stay_with_numpy(shape, monkeypatch):
    monkeypatch.setattr(products, "_has_wide_vectors", lambda: True)
    assert not products.is_quicker(*shape, np.dtype(np.float64))
    assert products.is_quicker(64, 64, 64, np.dtype(np.float64))


def test_the_largest_stay_with_numpy_where_it_may_use_several_threads(monkeypatch):
    threadpoolctl = import_module("threadpoolctl")
    monkeypatch.setattr(products, "_has_wide_vectors", lambda: True)
    for threads, quicker in [(1, True), (2, False)]:
        blas = {"user_api": "blas", "internal_api": "openblas", "num_threads": threads}
        others = {"user_api": "openmp", "internal_api": "openmp", "num_threads": 8}
        loaded = [blas, dict(blas), others]  # SciPy brings another OpenBLAS
        monkeypatch.setattr(threadpoolctl, "threadpool_info", lambda found=loaded: found)
        assert products.is_quicker(512, 512, 512, np.dtype(np.float32)) is quicker
        assert products.is_quicker(64, 64, 64, np.dtype(np.float32))
    monkeypatch.setattr(threadpoolctl, "threadpool_info", list)
    assert not products.is_quicker(512, 512, 512, np.dtype(np.float32))
