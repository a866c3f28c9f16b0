"""Whatever is written where after recording: the right gradient, or an error; never a wrong one."""

from __future__ import annotations

import contextlib
import gc

import numpy as np
import pytest

import autograd_mini as ag

SMALL, LARGE = 5, 40_000
SIZES = pytest.mark.parametrize("n", [SMALL, LARGE], ids=["small", "large"])


def attempt(change):
    """Change something; an array that is read-only meanwhile refuses, and that is clear too."""
    with contextlib.suppress(ValueError):
        change()


def test_the_error_says_what_was_changed_and_what_to_do():
    c = np.ones(LARGE)
    view = c[:]
    t = ag.tensor(np.ones(LARGE), requires_grad=True)
    z = np.sum(t * c)
    view[0] = 2.0
    with pytest.raises(ag.ChangedInPlaceError, match=r"shape \(40000,\) was changed in place"):
        z.backward()
    assert t.grad is None


def right_or_refused(backward, tensor, expected):
    with contextlib.suppress(ag.ChangedInPlaceError):
        backward()
    if tensor.grad is not None:
        np.testing.assert_allclose(tensor.grad.numpy(), expected)


CHANGES = {
    "all entries": lambda a: np.multiply(a, 0, out=a),
    "one entry": lambda a: a.__setitem__(3, -100.0),
    "the last entry": lambda a: a.__setitem__(-1, -100.0),
    "two entries swapped": lambda a: a.__setitem__([1, 2], a[[2, 1]]),
    "reversed": lambda a: a.__setitem__(slice(None), a[::-1].copy()),
    "sorted": lambda a: a.sort(),
    "one bit": lambda a: a.__setitem__(4, np.nextafter(a[4], 9)),
}


@SIZES
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("through", ["the array", "a view made before", "a reshaped view"])
def test_a_constant_that_is_changed_after_recording(n, change, through):
    c = np.random.default_rng(0).normal(size=n)
    same = {
        "the array": c, "a view made before": c[:], "a reshaped view": c.reshape(1, -1)[0],
    }[through]  # fmt: skip
    before = c.copy()
    t = ag.tensor(np.ones(n), requires_grad=True)
    z = np.sum(t * c)
    attempt(lambda: CHANGES[change](same))
    right_or_refused(z.backward, t, before)


@SIZES
@pytest.mark.parametrize("change", CHANGES)
def test_a_constant_that_is_itself_a_view(n, change):
    base = np.random.default_rng(0).normal(size=2 * n)
    before = base.copy()
    t = ag.tensor(np.ones(n), requires_grad=True)
    z = np.sum(t * base[:n])
    attempt(lambda: CHANGES[change](base))
    right_or_refused(z.backward, t, before[:n])


@SIZES
@pytest.mark.parametrize("transposed", [False, True])
def test_a_constant_that_is_not_contiguous(n, transposed):
    base = np.random.default_rng(0).normal(size=(n, 3))
    c = base.T if transposed else base[:, ::2]
    before = c.copy()
    t = ag.tensor(np.ones(c.shape), requires_grad=True)
    z = np.sum(t * c)
    attempt(lambda: base.__setitem__((2, 0), 77.0))
    right_or_refused(z.backward, t, before)


@SIZES
@pytest.mark.parametrize("change", CHANGES)
def test_the_array_a_leaf_was_made_from(n, change):
    a = np.random.default_rng(0).normal(size=n)
    before = a.copy()
    t = ag.tensor(a, requires_grad=True)
    z = np.sum(t * t)
    attempt(lambda: CHANGES[change](a))
    right_or_refused(z.backward, t, 2 * before)


@SIZES
def test_a_leaf_that_is_changed_through_its_data_before_backward(n):
    t = ag.tensor(np.full(n, 2.0), requires_grad=True)
    z = np.sum(t * t)
    t.data[...] = 9.0
    right_or_refused(z.backward, t, np.full(n, 4.0))


@SIZES
def test_a_leaf_that_is_changed_through_its_data_between_two_uses(n):
    t = ag.tensor(np.full(n, 2.0), requires_grad=True)
    first = np.sum(t * t)
    t.data *= 3.0
    second = np.sum(t * t)
    assert second.item() == 36.0 * n
    second.backward()
    np.testing.assert_allclose(t.grad.numpy(), np.full(n, 12.0))
    t.zero_grad()
    right_or_refused(first.backward, t, np.full(n, 4.0))


@SIZES
def test_a_data_view_taken_before_recording_still_writes(n):
    t = ag.tensor(np.full(n, 2.0), requires_grad=True)
    data = t.data
    z = np.sum(t * t)
    attempt(lambda: data.__setitem__(3, 50.0))
    right_or_refused(z.backward, t, np.full(n, 4.0))


@SIZES
def test_assigning_new_data_leaves_the_recorded_values_alone(n):
    t = ag.tensor(np.full(n, 2.0), requires_grad=True)
    z = np.sum(t * t)
    t.data = np.zeros(n)
    z.backward()
    np.testing.assert_allclose(t.grad.numpy(), np.full(n, 4.0))


@SIZES
def test_an_index_array_that_is_changed_after_recording(n):
    x = ag.tensor(np.arange(float(n)), requires_grad=True)
    index = np.zeros(3, int)
    z = np.sum(x[index])
    index[...] = 1
    z.backward()
    assert x.grad.numpy()[0] == 3
    mask = np.arange(n) == 2
    x.zero_grad()
    z = np.sum(x[mask] * 2.0)
    mask[...] = True
    z.backward()
    assert x.grad.numpy()[2] == 2
    assert np.count_nonzero(x.grad.numpy()) == 1


@SIZES
def test_a_mask_or_condition_that_is_changed_after_recording(n):
    x = ag.tensor(np.arange(float(n)), requires_grad=True)
    mask = np.zeros(n, bool)
    mask[2] = True
    before = mask * 1.0
    z = np.sum(np.where(mask, x, 0.0))
    attempt(lambda: mask.__setitem__(slice(None), True))
    right_or_refused(z.backward, x, before)


@SIZES
def test_parameters_that_are_arrays_are_safe_too(n):
    x = ag.tensor(np.arange(float(n)), requires_grad=True)
    order = np.arange(n)[::-1].copy()
    weights = np.arange(float(n))
    z = np.sum(np.take(x, order) * weights)
    expected = weights[::-1].copy()
    attempt(lambda: order.__setitem__(slice(None), 0))
    attempt(lambda: weights.__setitem__(0, 5.0))
    right_or_refused(z.backward, x, expected)


@SIZES
def test_the_cotangent_may_be_reused_by_its_owner(n):
    x = ag.tensor(np.ones(n), requires_grad=True)
    y = x * 2.0
    g = np.ones(n)
    y.backward(g)
    g[...] = 5.0
    np.testing.assert_array_equal(x.grad.numpy(), np.full(n, 2.0))


@SIZES
def test_results_are_not_writable_through_numpy_while_backward_depends_on_them(n):
    x = ag.tensor(np.ones(n), requires_grad=True)
    y = np.exp(x)
    for array in (y.numpy(), y.data, y.detach().numpy()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 3.0
    np.sum(y).backward()
    np.testing.assert_allclose(x.grad.numpy(), np.full(n, np.e))


@SIZES
def test_writing_into_a_detached_tensor_leaves_the_graph_alone(n):
    x = ag.tensor(np.ones(n), requires_grad=True)
    y = np.exp(x)
    d = y.detach()
    d[0] = 100.0
    d *= 2.0
    assert y.detach().numpy()[0] == pytest.approx(np.e)
    np.sum(y).backward()
    np.testing.assert_allclose(x.grad.numpy(), np.full(n, np.e))


@SIZES
def test_an_unrecorded_tensor_that_is_changed_after_it_was_an_operand(n):
    c = ag.tensor(np.full(n, 3.0))
    t = ag.tensor(np.ones(n), requires_grad=True)
    z = np.sum(t * c)
    c[0] = 100.0
    c *= 2.0
    right_or_refused(z.backward, t, np.full(n, 3.0))


@SIZES
def test_an_array_is_writable_again_when_its_graph_is_gone(n):
    c, t = np.ones(n), ag.tensor(np.ones(n), requires_grad=True)
    view = c[1:]
    z = np.sum(t * c * np.sum(view * t[1:]))
    z.backward()
    del z
    gc.collect()
    c[0] = 5.0
    view[0] = 7.0
    assert c.flags.writeable


@SIZES
def test_an_array_that_was_read_only_before_stays_so(n):
    c = np.ones(n)
    c.flags.writeable = False
    t = ag.tensor(np.ones(n), requires_grad=True)
    z = np.sum(t * c)
    del z
    assert not c.flags.writeable


@SIZES
def test_training_in_place_between_graphs_just_works(n):
    W = ag.tensor(np.ones(n), requires_grad=True)
    X = np.linspace(0, 1, n)
    for _ in range(3):
        W.zero_grad()
        J = np.sum((W * X) ** 2)
        J.backward()
        W.data -= 0.1 * W.grad
    expected = np.ones(n)
    for _ in range(3):
        expected -= 0.1 * 2 * expected * X**2
    np.testing.assert_allclose(W.numpy(), expected)


@SIZES
def test_a_batch_buffer_that_is_refilled_for_every_step_gives_right_gradients_or_refuses(n):
    W = ag.tensor(np.ones(n), requires_grad=True)
    buffer = np.empty(n)
    for step in range(3):
        attempt(lambda step=step: buffer.__setitem__(slice(None), step + 1.0))
        W.zero_grad()
        J = np.sum(W * buffer)
        J.backward()
        np.testing.assert_allclose(W.grad.numpy(), buffer)


@SIZES
def test_vjp_and_trace_keep_the_values_they_were_called_with(n):
    a = np.full(n, 2.0)
    _, pullback = ag.vjp(lambda x: x * x, a)
    attempt(lambda: a.__setitem__(3, 9.0))
    try:
        (g,) = pullback(np.ones(n))
    except ag.ChangedInPlaceError:
        return
    np.testing.assert_array_equal(g.numpy(), np.full(n, 4.0))


@SIZES
def test_results_that_share_memory_with_an_array_the_user_holds(n):
    """A view of a leaf's array is as changeable as the array itself."""
    a = np.full((n, 1), 2.0)
    t = ag.tensor(a, requires_grad=True)
    z = np.sum(t.reshape(-1) * t.reshape(-1))
    attempt(lambda: a.__setitem__((2, 0), 50.0))
    right_or_refused(z.backward, t, np.full((n, 1), 4.0))


@SIZES
def test_a_view_of_a_plain_tensor_that_is_an_operand(n):
    a = np.full(n, 2.0)
    c = ag.tensor(a)[1:]
    t = ag.tensor(np.ones(n - 1), requires_grad=True)
    z = np.sum(t * c)
    attempt(lambda: a.__setitem__(2, 50.0))
    right_or_refused(z.backward, t, np.full(n - 1, 2.0))


class Foreign:
    """Memory of another library, as NumPy sees that of torch."""

    def __init__(self, array):
        self.array, self.__array_interface__ = array, array.__array_interface__


def test_memory_of_another_library_stays_writable_and_is_watched():
    """NumPy, once it has made such an array read-only, does not make it writable again."""
    with pytest.MonkeyPatch.context() as patch:
        unraisable = []
        patch.setattr("sys.unraisablehook", unraisable.append)
        c = np.asarray(Foreign(np.full(100_000, 2.0)))
        t = ag.tensor(np.ones(100_000), requires_grad=True)
        J = np.sum(t * c)
        assert c.flags.writeable
        J.backward()
        np.testing.assert_array_equal(t.grad[:2], [2, 2])
        c *= 0
        with pytest.raises(ag.ChangedInPlaceError):
            J.backward()
        del J
        assert c.flags.writeable
        assert not unraisable
