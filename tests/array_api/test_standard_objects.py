"""Inspection, devices, exchange of memory, and what the standard has and NumPy lacks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.array_api import make_strategies_namespace

import autograd_mini as ag


def test_a_tensor_names_its_namespace():
    t = ag.ones(2)
    assert t.__array_namespace__() is ag
    assert t.__array_namespace__(api_version="2024.12") is ag
    with pytest.raises(ValueError, match=r"2024\.12"):
        t.__array_namespace__(api_version="1066.10")
    assert ag.__array_api_version__ == "2024.12"


def test_inspection_answers_as_numpy_does():
    ours, theirs = ag.__array_namespace_info__(), np.__array_namespace_info__()
    assert ours.default_device() == theirs.default_device() == "cpu"
    assert ours.devices() == list(theirs.devices())  # a tuple from NumPy 2.5 on
    assert ours.default_dtypes() == theirs.default_dtypes()
    assert set(ours.capabilities()) == {
        "boolean indexing", "data-dependent shapes", "max dimensions"
    }  # fmt: skip
    kinds = ["bool", "signed integer", "unsigned integer", "integral", "real floating",
             "complex floating", "numeric", ("bool", "real floating"), None]  # fmt: skip
    for kind in kinds:
        assert ours.dtypes(kind=kind) == theirs.dtypes(kind=kind)
    with pytest.raises(ValueError, match="cpu"):
        ours.dtypes(device="gpu")
    with pytest.raises(ValueError, match="cpu"):
        ours.default_dtypes(device="gpu")


def test_limits_are_those_of_a_dtype_or_of_a_tensor():
    assert ag.finfo(ag.float32).max == ag.finfo(ag.zeros(2, dtype=ag.float32)).max
    assert ag.iinfo(ag.int8).max == 127 == ag.iinfo(ag.zeros(2, dtype=ag.int8)).max


@pytest.mark.parametrize(
    "make",
    [
        lambda **k: ag.zeros(2, **k),
        lambda **k: ag.asarray([1.0], **k),
        lambda **k: ag.arange(3, **k),
        lambda **k: ag.linspace(0, 1, 3, **k),
        lambda **k: ag.full_like(ag.ones(2), 3, **k),
        lambda **k: ag.fft.fftfreq(3, **k),
        lambda **k: ag.from_dlpack(np.ones(2), **k),
        lambda **k: ag.astype(ag.ones(2), ag.float32, **k),
    ],
)
def test_the_only_device_is_the_cpu(make):
    assert make(device="cpu").device == "cpu"
    with pytest.raises(ValueError, match="cpu"):
        make(device="gpu")


def test_memory_is_exchanged_through_dlpack():
    array = np.arange(3.0)
    shared = ag.from_dlpack(array)
    array[0] = 7
    assert shared[0] == 7
    copied = ag.from_dlpack(array, copy=True)
    array[0] = 8
    assert copied[0] == 7
    t = ag.asarray([1.0, 2.0])
    assert t.__dlpack_device__() == (1, 0)
    back = np.from_dlpack(t)
    np.testing.assert_array_equal(back, [1, 2])
    assert np.shares_memory(back, t.data)


def test_a_recorded_tensor_is_not_exported_without_its_gradient():
    t = ag.tensor([1.0], requires_grad=True)
    with pytest.raises(ag.NotDifferentiableError, match="detach"):
        np.from_dlpack(t)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_sorting_from_the_largest_down_keeps_the_order_of_equal_entries(axis):
    x = np.array([[2.0, 1, 2, 3], [1, 1, 3, 1], [2, 0, 2, 3]])
    order = np.asarray(ag.argsort(x, axis=axis, descending=True, stable=True))
    np.testing.assert_array_equal(order, np.argsort(-x, axis=axis, stable=True))
    np.testing.assert_array_equal(
        np.asarray(ag.sort(x, axis=axis, descending=True)), -np.sort(-x, axis=axis)
    )


def test_argsort_keeps_the_order_of_equal_entries_unless_asked_otherwise():
    x = ag.asarray(np.tile(np.array([2, 0, 1, 0], dtype=np.uint32), 50))
    expected = np.argsort(np.asarray(x), kind="stable")
    np.testing.assert_array_equal(np.asarray(ag.argsort(x)), expected)
    assert not np.array_equal(np.argsort(np.asarray(x)), expected)  # NumPy's default
    for fast in ({"stable": False}, {"kind": "heapsort"}):
        order = np.asarray(ag.argsort(x, **fast))
        np.testing.assert_array_equal(np.asarray(x)[order], np.sort(np.asarray(x)))


@pytest.mark.parametrize("dtype", [ag.bool, ag.uint8, ag.float64, ag.complex64])
def test_astype_without_copying_is_the_tensor_itself(dtype):
    x = ag.zeros((), dtype=dtype)
    assert ag.astype(x, dtype, copy=False) is x
    assert ag.astype(x, dtype) is not x


def test_astype_refuses_the_casts_that_numpy_refuses():
    with pytest.raises(TypeError, match="safe"):
        ag.asarray([1.5]).astype(ag.int64, casting="safe")
    with pytest.raises(TypeError, match="cats"):
        ag.asarray([1.5]).astype(ag.int64, cats="safe")


def test_the_norm_of_vectors_along_no_axis_is_the_size_of_each_entry():
    x = ag.tensor([[3.0, 0.0], [-1.0, 2.0]], requires_grad=True)
    size = ag.linalg.vector_norm(x, axis=())
    np.testing.assert_array_equal(np.asarray(size.detach()), [[3, 0], [1, 2]])
    size.sum().backward()
    np.testing.assert_array_equal(x.grad, [[1, 0], [-1, 1]])


def test_sorting_unsigned_and_bool_from_the_largest_down():
    assert ag.sort(ag.asarray([1, 3, 2], dtype=ag.uint8), descending=True).tolist() == [3, 2, 1]
    bools = ag.asarray([False, True, False])
    assert ag.sort(bools, descending=True).tolist() == [True, False, False]
    assert ag.argsort([1.0, 3.0, 2.0], descending=True, axis=None).tolist() == [1, 2, 0]


def test_the_gradient_of_a_descending_sort_follows_the_stable_permutation():
    x = np.array([2.0, 1.0, 2.0])
    w = np.array([10.0, 20.0, 30.0])
    g = ag.grad(lambda t: np.sum(ag.sort(t, descending=True) * w))(x)
    np.testing.assert_array_equal(np.asarray(g), [10.0, 30.0, 20.0])


def test_clip_takes_bounds_by_place_by_either_name_or_not_at_all():
    x = np.array([-2.0, 0.5, 2.0])
    for bounds in [(-1, 1), (None, 1), (-1, None)]:
        names = {k: b for k, b in zip(("min", "max"), bounds, strict=True) if b is not None}
        old = {f"a_{key}": b for key, b in names.items()}
        expected = np.clip(x, *bounds)
        for ours in (ag.clip(x, *bounds), ag.clip(x, **names), ag.clip(x, **old)):
            np.testing.assert_array_equal(np.asarray(ours), expected)
    np.testing.assert_array_equal(np.asarray(ag.clip(x)), x)


def test_python_numbers_come_out_of_tensors_as_the_standard_says():
    assert (bool(ag.asarray(2)), int(ag.asarray(2.5)), float(ag.asarray(2))) == (True, 2, 2.0)
    assert complex(ag.asarray(1j)) == 1j
    assert [10, 20, 30][ag.asarray(1)] == 20
    with pytest.raises(TypeError):
        [10, 20][ag.asarray(1.0)]
    with pytest.raises(TypeError):
        float(ag.asarray(1j))
    with pytest.raises(ValueError, match="truth value"):
        bool(ag.asarray([1, 2]))


def test_functions_of_the_namespace_record():
    x = ag.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    xp = x.__array_namespace__()
    value = xp.sum(xp.concat([xp.pow(x, 2.0), xp.permute_dims(x, (1, 0))], axis=0)[0, :] * x[1, :])
    value.backward()
    np.testing.assert_allclose(np.asarray(x.grad), [[6.0, 16.0], [1.0, 4.0]])


strategies = make_strategies_namespace(ag)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_hypothesis_can_draw_our_arrays(data):
    dtype = data.draw(strategies.scalar_dtypes())
    shape = data.draw(strategies.array_shapes())
    x = data.draw(strategies.arrays(dtype=dtype, shape=shape))
    assert isinstance(x, ag.Tensor)
    assert (x.dtype, x.shape) == (dtype, shape)
    index = data.draw(strategies.indices(shape=shape))
    np.testing.assert_array_equal(np.asarray(x[index]), x.numpy()[index])


def test_dtype_functions_take_dtypes_tensors_and_python_numbers():
    x = ag.ones(2, dtype=ag.int8)
    for args in [(1, ag.int8), (ag.float32, 1.0), (1j, ag.float32), (ag.int8, ag.uint8)]:
        assert ag.result_type(*args) == np.result_type(*args)
    assert ag.result_type(x, 2) == ag.int8
    assert ag.result_type(x, 2.0) == np.float64
    assert ag.can_cast(ag.int8, ag.int16)
    assert not ag.can_cast(ag.float64, ag.float32)
    assert ag.can_cast(x, ag.int16)


def test_copies_are_made_shared_or_refused_as_asked():
    x = ag.asarray(np.arange(6.0).reshape(2, 3))
    for make in (
        lambda copy: ag.asarray(x, copy=copy),
        lambda copy: ag.reshape(x, (3, 2), copy=copy),
    ):
        assert np.shares_memory(make(False).data, x.data)
        assert np.shares_memory(make(None).data, x.data)
        assert not np.shares_memory(make(True).data, x.data)
    assert ag.reshape(ag.tensor(np.ones(4), requires_grad=True), (2, 2), copy=False).shape == (2, 2)
    with pytest.raises(ValueError, match="copy"):
        ag.reshape(x.T, (6,), copy=False)
    with pytest.raises(ValueError, match="copy"):
        ag.asarray([1.0, 2.0], copy=False)
    with pytest.raises(ValueError, match="copy"):
        ag.asarray(x, dtype=ag.float32, copy=False)
    assert ag.astype(x, ag.float64, copy=False) is x
    assert ag.astype(x, ag.float64) is not x


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_reading_and_writing_at_any_index_is_numpys(data):
    shape = data.draw(strategies.array_shapes(max_side=4))
    size = int(np.prod(shape))
    array = np.arange(size).reshape(shape)
    if data.draw(st.booleans()):
        index = data.draw(strategies.indices(shape=shape))
        key = index
    else:
        index = np.asarray(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
        index = index.reshape(shape)
        key = ag.asarray(index)
    x = ag.asarray(array.copy())
    np.testing.assert_array_equal(np.asarray(x[key]), array[index])
    x[key] = -1
    array[index] = -1
    np.testing.assert_array_equal(np.asarray(x), array)


@pytest.mark.parametrize("index", [5, (0, 9), np.array([7]), (0, 0, 0), "a", 1.5])
def test_wrong_indices_are_refused(index):
    with pytest.raises(IndexError):
        ag.ones((2, 3))[index]
