"""What has no derivative, or no way to us, says so and names what to use instead."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy._core.overrides import ARRAY_FUNCTIONS

import autograd_mini as ag
from autograd_mini import protocols

UNDISPATCHED = [
    "np.array([t, t])",
    "np.array([u, u])",
    "np.array([t, 1.0])",
    "np.array(u, dtype=object)",
    "np.asarray(u)",
    "np.asarray([u, u])",
    "np.float64(t)",
    "np.r_[t, t]",
    "np.r_[u, 1.0]",
    "np.c_[u, u]",
    "np.full(3, t)",
    "np.full((2, 2), u)",
    "np.sum([t, t])",
    "np.mean([u, u])",
    "np.max([t, t])",
    "np.exp([t, t])",
    "np.unique([t, t])",
    "np.add.reduce([u, u])",
    "np.zeros(2) + [t, t]",
    "np.vectorize(lambda v: v + 1)(u)",
    "np.random.default_rng(0).normal(u)",
    "np.fill_diagonal(np.zeros((2, 2)), u)",
    "np.lib.stride_tricks.as_strided(u)",
]


@pytest.fixture
def scope() -> dict[str, Any]:
    return {
        "np": np,
        "ag": ag,
        "io": io,
        "t": ag.tensor(3.0, requires_grad=True, name="t"),
        "u": ag.tensor([1.0, 2.0], requires_grad=True, name="u"),
    }


@pytest.mark.parametrize("code", UNDISPATCHED)
def test_what_numpy_does_not_dispatch_raises_and_names_stack(code: str, scope: dict[str, Any]):
    with pytest.raises(ag.NotDifferentiableError, match=r"np\.stack"):
        eval(code, scope)


PLAIN_TARGETS = [
    "np.add(u, 1.0, out=np.zeros(2))",
    "np.sum(u, out=np.zeros(()))",
    "np.sum(u, None, None, np.zeros(()))",
    "np.copyto(np.zeros(2), u)",
    "np.put(np.zeros(2), 0, t)",
    "np.place(np.zeros(2), [True, False], u)",
    "np.putmask(np.zeros(2), [True, False], u)",
    "np.put_along_axis(np.zeros(2), np.array([0, 1]), u, 0)",
    "np.add.at(np.zeros(2), [0, 0], u)",
    "np.full_like(np.zeros(3), t)",
]


@pytest.mark.parametrize("code", PLAIN_TARGETS)
def test_writing_a_recorded_tensor_into_a_plain_array_raises(code: str, scope: dict[str, Any]):
    with pytest.raises(ag.NotDifferentiableError, match=r"ag\.zeros"):
        eval(code, scope)


@pytest.mark.parametrize(
    "code",
    [
        "np.save(io.BytesIO(), u)",
        "np.savetxt(io.StringIO(), u)",
        "np.savez(io.BytesIO(), u)",
        "np.frompyfunc(lambda v: v + 1, 1, 1)(u)",
        "np.busday_offset('2020', u)",
        "np.matmul(u, u, axes=[(0), (0), ()])",
    ],
)
def test_functions_without_a_rule_raise_with_the_name_of_the_tensor(
    code: str, scope: dict[str, Any]
):
    with pytest.raises(ag.NotDifferentiableError, match="u is recorded"):
        eval(code, scope)


BYTES = ["tobytes()", "tofile('x')", "dumps()", "dump('x')", "view('i8')", "byteswap()"]


@pytest.mark.parametrize(
    "call", [*BYTES, "getfield('f4')", "setflags(write=False)", "__dlpack__()"]
)
def test_methods_that_read_bytes_refuse_recorded_tensors(call: str, scope: dict[str, Any]):
    with pytest.raises(ag.NotDifferentiableError, match="detach"):
        eval(f"(u * 1.0).{call}", scope)


def test_every_function_of_numpy_that_reaches_us_works_or_refuses():
    """Those without an implementation are exactly those without numbers in them."""
    refusing = {f"{f.__module__}.{f.__name__}" for f in ARRAY_FUNCTIONS} - {
        f"{f.__module__}.{f.__name__}" for f in protocols.FUNCTIONS if hasattr(f, "__name__")
    }
    loaded_on_demand = (
        "numpy.char.",
        "numpy.strings.",
        "numpy.polynomial.",
        "numpy.rec",
        "numpy.lib.rec",
    )
    assert {name for name in refusing if not name.startswith(loaded_on_demand)} == {
        "numpy.busday_count",
        "numpy.busday_offset",
        "numpy.datetime_as_string",
        "numpy.is_busday",
        "numpy.save",
        "numpy.savetxt",
        "numpy.savez",
        "numpy.savez_compressed",
    }


def test_every_ufunc_of_numpy_works():
    known = set(protocols.UFUNCS) | set(protocols.FUNCTIONS)
    missing = {
        name
        for name in dir(np)
        if isinstance(getattr(np, name), np.ufunc) and getattr(np, name) not in known
    }
    assert missing == {"isnat"}  # of dates


def test_every_method_of_ndarray_exists():
    missing = {
        name
        for name in dir(np.ndarray)
        if not name.startswith("_") and not hasattr(ag.Tensor, name)
    }
    assert missing == {"base", "ctypes"}


@pytest.mark.parametrize(
    "code", ["u + objects", "objects * u", "np.add(objects, u)", "np.concatenate([u, objects])"]
)
def test_an_array_of_objects_is_no_operand(code: str, scope: dict[str, Any]):
    scope["objects"] = np.array([1.0, 2.0], dtype=object)
    with pytest.raises(TypeError, match=r"np\.stack"):
        eval(code, scope)


def test_resize_in_place_names_the_function(scope: dict[str, Any]):
    with pytest.raises(ValueError, match=r"np\.resize"):
        eval("u.resize(3)", scope)


@pytest.mark.parametrize("call", ["sort()", "fill(1.0)", "put([0], 2.0)", "partition(0)"])
def test_leaves_are_not_written_in_place(call: str, scope: dict[str, Any]):
    with pytest.raises(ValueError, match=r"[Cc]opy"):
        eval(f"u.{call}", scope)


def test_a_ufunc_of_others_is_not_called_one_of_numpy():
    twice = np.frompyfunc(lambda a: 2 * a, 1, 1)
    with pytest.raises(ag.NotDifferentiableError, match=r"the ufunc <lambda>.*ag\.primitive"):
        twice(ag.tensor([1.0], requires_grad=True))
