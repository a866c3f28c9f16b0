"""Methods of ndarray on tensors, unrecorded ones above all, and functions beside the table."""

from __future__ import annotations

import io

import numpy as np
import pytest

import autograd_mini as ag

A = np.array([[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]])


@pytest.mark.parametrize(
    "call",
    [
        "tobytes()",
        "tolist()",
        "item(1)",
        "strides",
        "nbytes",
        "itemsize",
        "size",
        "ndim",
        "shape",
        "flags.c_contiguous",
        "argmax(1).tolist()",
        "argmin().tolist()",
        "argsort(axis=0).tolist()",
        "nonzero()[0].tolist()",
        "any().item()",
        "all(axis=0).tolist()",
        "searchsorted(2.5).item()",
        "round(1).tolist()",
        "__len__()",
        "__contains__(5.0)",
        "__dlpack_device__()",
        "view(np.int64).tolist()",
        "byteswap().tobytes()",
        "choose",
    ],
)
def test_unrecorded_tensors_answer_as_arrays_do(call: str):
    a = np.sort(A.ravel()) if call.startswith("searchsorted") else A
    if call == "choose":
        index = np.array([1, 0, 1])
        ours = ag.tensor(index).choose([A[0], A[1]]).tolist()
        assert ours == index.choose([A[0], A[1]]).tolist()
        return
    assert eval(f"t.{call}", {"t": ag.tensor(a.copy()), "np": np}) == eval(
        f"t.{call}", {"t": a.copy(), "np": np}
    )


@pytest.mark.parametrize(
    "call", ["sort()", "sort(0)", "partition(1)", "fill(2.5)", "put([0, 5], 9)"]
)
def test_methods_in_place_change_unrecorded_tensors(call: str):
    t, a = ag.tensor(A.copy()), A.copy()
    assert eval(f"t.{call}", {"t": t}) is None
    eval(f"a.{call}", {"a": a})
    np.testing.assert_array_equal(t.numpy(), a)
    assert not t.requires_grad


def test_dlpack_shares_an_unrecorded_tensor():
    np.testing.assert_array_equal(np.from_dlpack(ag.tensor(A)), A)


def test_flat_reads_iterates_and_writes():
    t = ag.tensor(A.copy())
    assert len(t.flat) == 6
    assert [float(each) for each in t.flat] == A.ravel().tolist()
    t.flat[[0, 5]] = [7.0, 8.0]
    assert t.numpy()[0, 0] == 7.0
    assert t.numpy()[1, 2] == 8.0
    t.flat = [1.0, 2.0]
    assert t.tolist() == [[1.0, 2.0, 1.0], [2.0, 1.0, 2.0]]
    assert t.flat.copy().shape == (6,)


def test_unrecorded_tensors_may_be_saved():
    file = io.BytesIO()
    np.save(file, ag.tensor(A))
    file.seek(0)
    np.testing.assert_array_equal(np.load(file), A)


# -- what is constant is not recorded -------------------------------------------------------------

CONSTANT = [
    "np.sign(x)", "np.floor(x)", "np.ceil(x)", "np.trunc(x)", "np.rint(x)", "np.round(x, 1)",
    "np.isnan(x)", "np.isfinite(x)", "np.isinf(x)", "np.signbit(x)", "np.spacing(x)",
    "np.argmax(x)", "np.argmin(x, axis=0)", "np.argsort(x)", "np.argpartition(x, 1)",
    "np.searchsorted([1.0, 2.0], x)", "np.digitize(x, [1.0, 2.0])", "np.isin(x, [1.0])",
    "np.isclose(x, 1.0)", "np.nanargmax(x)", "np.nanargmin(x, axis=1)", "np.zeros_like(x)",
    "np.ones_like(x)", "x > 1", "x == x", "x // 2", "np.count_nonzero(x)", "np.any(x)", "np.all(x)",
    "np.isreal(x)", "np.iscomplex(x)", "np.isposinf(x)", "np.isneginf(x)", "np.logical_not(x)",
    "np.frexp(x)[1]", "np.modf(x)[1]", "np.divmod(x, 2.0)[0]", "np.bincount(np.argsort(x[0]))",
    "np.histogram(x)[0]", "np.unique(x, return_counts=True)[1]", "x.astype(int)",
    "np.floor_divide(x, 2)",
]  # fmt: skip


def test_fix_is_trunc_without_the_warning_of_later_numpys():
    x = ag.tensor(A, requires_grad=True)
    made = np.fix(x)
    assert not made.requires_grad
    np.testing.assert_array_equal(np.asarray(made), np.trunc(A))


@pytest.mark.parametrize("code", CONSTANT)
def test_constant_functions_give_numpys_value_unrecorded(code: str):
    made = eval(code, {"x": ag.tensor(A, requires_grad=True), "np": np})
    expected = eval(code, {"x": A, "np": np})
    assert not getattr(made, "requires_grad", False)
    assert np.asarray(made).dtype == np.asarray(expected).dtype
    np.testing.assert_array_equal(np.asarray(made), expected)


PLAIN = ["np.shape(x)", "np.ndim(x)", "np.size(x)", "np.array_equal(x, x)", "np.allclose(x, x)"]


@pytest.mark.parametrize(
    "code", [*PLAIN, "np.iscomplexobj(x)", "np.result_type(x, 1j)", "np.array_str(x)"]
)
def test_functions_that_look_at_arrays_give_plain_answers(code: str):
    made = eval(code, {"x": ag.tensor(A, requires_grad=True), "np": np})
    assert type(made) is not ag.Tensor
    assert made == eval(code, {"x": A, "np": np})


# -- like= ----------------------------------------------------------------------------------------

LIKE = [
    "np.array([1, 2]{})", "np.asarray([1.0]{})", "np.zeros(2{})", "np.ones((2, 1){})",
    "np.eye(2{})",
    "np.identity(3{})", "np.full(2, 4.0{})", "np.arange(3{})", "np.tri(3{})", "np.empty((0, 2){})",
    "np.fromfunction(lambda k: k * 2.0, (3,){})", "np.fromiter(iter([1.0, 2.0]), float{})",
    "np.array(5.0, ndmin=2{})", "np.require([1.0]{})",
]  # fmt: skip


@pytest.mark.parametrize("code", LIKE)
def test_like_a_tensor_makes_tensors(code: str):
    made = eval(code.format(", like=t"), {"np": np, "t": ag.tensor(1.0)})
    expected = eval(code.format(""), {"np": np})
    assert isinstance(made, ag.Tensor)
    assert made.dtype == expected.dtype
    np.testing.assert_array_equal(made.numpy(), expected)


def test_like_a_tensor_stacks_lists_of_tensors_and_fills_with_tensors():
    t = ag.tensor(3.0, requires_grad=True)
    np.sum(np.array([[t, 1.0], [2.0, t * t]], like=t)).backward()
    assert t.grad.item() == 7.0
    t.zero_grad()
    np.sum(np.full((2, 3), t, like=t)).backward()
    assert t.grad.item() == 6.0
