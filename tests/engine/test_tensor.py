"""The Tensor as the interface promises it, attribute by attribute."""

from __future__ import annotations

import copy
import inspect
import os
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest

import autograd_mini as ag

HERE = Path(__file__).name


def leaf(data=(1.0, 2.0), **options):
    return ag.tensor(data, requires_grad=True, **options)


def test_attributes_of_a_leaf():
    W = ag.tensor([[1, 2, 3], [4, 5, 6]], dtype=np.float32, requires_grad=True, name="W")
    assert isinstance(W, ag.Tensor)
    assert (W.shape, W.dtype, W.ndim, W.size) == ((2, 3), np.float32, 2, 6)
    assert (W.requires_grad, W.name, W.op, W.is_leaf, W.grad) == (True, "W", None, True, None)
    np.testing.assert_array_equal(W.data, [[1, 2, 3], [4, 5, 6]])
    assert (W.T.shape, W.mT.shape, len(W)) == ((3, 2), (3, 2), 2)
    assert (W.itemsize, W.nbytes, W.device) == (4, 24, "cpu")


def test_attributes_of_a_result():
    y = leaf() * 2
    assert (y.requires_grad, y.op, y.is_leaf, y.name) == (True, "multiply", False, None)
    y.name = "y"
    assert y.name == "y"
    assert (ag.tensor([1.0]) * 2).op is None
    with pytest.raises(TypeError, match="string"):
        y.name = 3


def test_the_last_two_axes_are_exchanged_by_mT_all_by_T():
    t = ag.tensor(np.zeros((2, 3, 4)))
    assert t.T.shape == (4, 3, 2)
    assert t.mT.shape == (2, 4, 3)
    with pytest.raises(ValueError, match="axes"):
        _ = ag.tensor([1.0]).mT


def test_making_a_tensor_copies_nothing_it_need_not_copy():
    a = np.ones(3)
    assert np.shares_memory(ag.tensor(a).data, a)
    assert not np.shares_memory(ag.tensor(a, dtype=np.float32).data, a)
    assert ag.tensor([1, 2]).dtype == np.int64
    assert ag.tensor(ag.tensor(a)).data is a
    for bad in ("text", [None], object(), [[1.0], [1.0, 2.0]]):
        with pytest.raises((TypeError, ValueError)):
            ag.tensor(bad)


def test_a_tensor_of_recorded_tensors_is_refused_and_names_the_remedy():
    t = leaf(1.0)
    for make in (lambda: ag.tensor([t, t]), lambda: np.array([t, t]), lambda: np.array([t * 1])):
        with pytest.raises((ag.NotDifferentiableError, TypeError), match=r"np\.stack"):
            make()


def test_asarray_stacks_nested_lists_of_tensors():
    a, b = leaf(1.0), leaf(2.0)
    t = ag.asarray([[a, b], [a * b, 3.0]])
    assert t.shape == (2, 2)
    np.sum(t * np.array([[1.0, 10], [100, 0]])).backward()
    assert (a.grad.item(), b.grad.item()) == (201, 110)


def test_gradients_accumulate_until_zero_grad():
    x = leaf()
    for total in (2, 4, 6):
        np.sum(x * 2).backward()
        np.testing.assert_array_equal(x.grad.numpy(), [total, total])
    x.zero_grad()
    assert x.grad is None
    np.sum(x * 3).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [3, 3])
    assert isinstance(x.grad, ag.Tensor)
    assert not x.grad.requires_grad


def test_grad_can_be_assigned_cleared_and_is_checked():
    x = leaf()
    x.grad = np.array([5.0, 5.0])
    np.sum(x).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [6, 6])
    x.grad = None
    assert x.grad is None
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        x.grad = np.ones(3)


def test_results_keep_their_gradient_only_if_asked():
    x = leaf()
    y, z = x * 2, x * 3
    assert y.retain_grad() is y
    np.sum(y * z).backward()
    np.testing.assert_array_equal(y.grad.numpy(), [3, 6])
    assert z.grad is None
    with pytest.raises(ValueError, match="not recorded"):
        ag.tensor([1.0]).retain_grad()


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda y: y.__imul__(2.0), [24, 48]),
        (lambda y: y.__setitem__(0, 5.0), [10, 24]),
        (lambda y: np.add(y, 1.0, out=y), [14, 26]),
        (lambda y: y[:1].__imul__(2.0), [24, 24]),
    ],
    ids=["update", "entry", "out=", "view"],
)
def test_a_result_written_into_keeps_the_gradient_of_the_values_it_has(write, expected):
    y = (leaf() * 6).retain_grad()
    write(y)
    np.sum(y * y).backward()
    np.testing.assert_array_equal(y.grad.numpy(), expected)


@pytest.mark.parametrize("first", [True, False], ids=["before writing", "after writing"])
def test_a_result_written_through_a_view_has_the_gradient_of_the_view_too(first):
    y = leaf() * 6
    view = y[:1]
    if first:
        y.retain_grad()
    view *= 2.0
    if not first:
        y.retain_grad()
    np.sum(view**2 + np.sum(y**2)).backward()
    np.testing.assert_array_equal(y.grad.numpy(), [48, 24])


def test_a_view_keeps_its_gradient_when_what_it_shows_is_written_into():
    y = leaf() * 6
    view = y[:1].retain_grad()
    y *= 2
    np.sum(view * view).backward()
    np.testing.assert_array_equal(view.grad.numpy(), [24])


def test_a_parameter_that_became_a_result_is_told_with_the_way_to_update_it():
    W = leaf()
    np.sum(W**2).backward()
    W = W - 0.1 * W.grad
    np.sum(W**2).backward()
    with pytest.warns(ag.GradientLostWarning, match=r"W\.data -= rate \* W\.grad") as found:
        assert W.grad is None
    assert found[0].filename == __file__


def test_backward_takes_a_gradient_of_any_array_kind():
    for g in ([1.0, 10.0], np.array([1.0, 10.0]), ag.tensor([1.0, 10.0]), np.array([1, 10])):
        x = leaf()
        (x * 2).backward(g)
        np.testing.assert_array_equal(x.grad.numpy(), [2, 20])
        assert x.grad.dtype == np.float64


def test_a_complex_gradient_of_a_real_tensor_is_refused():
    x = leaf()
    for start in (
        lambda: (x * 2).backward(np.array([1j, 1])),
        lambda: ag.vjp(np.sin, 1.0)[1](1j),
        lambda: ag.jvp(np.sin, (1.0,), (1j,)),
        lambda: setattr(x, "grad", np.array([1j, 1])),
    ):
        with pytest.raises(TypeError, match="complex"):
            start()
    assert x.grad is None


def test_an_assigned_gradient_takes_the_dtype_of_its_tensor():
    x = ag.tensor(np.ones(2, np.float32), requires_grad=True)
    for g in (np.array([1, 2]), np.array([1.0, 2.0]), ag.tensor([1.0, 2.0])):
        x.grad = g
        assert x.grad.dtype == np.float32
        assert x.grad.tolist() == [1, 2]


def test_backward_of_a_leaf_itself():
    x = leaf(3.0)
    x.backward()
    assert x.grad.item() == 1


def test_create_graph_makes_gradients_that_can_be_differentiated():
    x = leaf(3.0)
    (x**4).backward(create_graph=True)
    g = x.grad
    assert g.requires_grad
    x.zero_grad()
    g.backward()
    assert g.item() == 108
    assert x.grad.item() == 108


def test_detach_shares_values_and_stops_the_gradient():
    x = leaf(name="x")
    d = (x * 2).detach()
    assert not d.requires_grad
    np.sum(x * d).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2, 4])
    assert x.detach().name == "x"
    assert np.shares_memory(x.detach().numpy(), x.numpy())


def test_numpy_item_and_tolist_give_plain_values_without_a_warning():
    x = leaf()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert type((x * 2).numpy()) is np.ndarray
        assert type(x[0].item()) is float
        assert x.item(1) == 2.0
        assert x.tolist() == [1.0, 2.0]
        assert float(ag.tensor(2.0)) == 2.0
        assert int(ag.tensor(2)) == 2
        assert complex(ag.tensor(2j)) == 2j
    with pytest.raises(ValueError, match="size 1"):
        x.item()


@pytest.mark.parametrize("convert", [float, int, complex])
def test_a_recorded_tensor_as_a_plain_number_warns_with_the_line_and_the_remedy(convert):
    x = leaf(2.0, name="x")
    y = x * x
    line = inspect.currentframe().f_lineno + 2
    with pytest.warns(ag.GradientLostWarning) as caught:
        convert(y)
    text = str(caught[0].message)
    assert f"line {line}" in text
    assert HERE in text
    assert "item()" in text
    assert caught[0].filename.endswith(HERE)


def test_a_recorded_tensor_is_written_into_text_without_a_warning():
    cost = leaf(2.0) * 1.25
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for k in range(100):  # Python changes the code that it runs often
            text = "Cost after iteration %i: %f" % (k, cost)  # noqa: UP031 - what is asked about
            assert text == f"Cost after iteration {k}: 2.500000"
        text = "%(cost)d"
        text %= {"cost": cost}
        assert (text, b"%.1f" % cost, f"{cost:.2f}") == ("2", b"2.5", "2.50")
        with pytest.raises(ag.GradientLostWarning):
            7 % float(cost)


def test_assigning_a_recorded_tensor_into_an_array_warns_with_the_line():
    y = np.zeros(2)
    with pytest.warns(ag.GradientLostWarning, match=HERE):
        y[0] = leaf(2.0)
    assert y[0] == 2


@pytest.mark.parametrize(
    "convert",
    [np.asarray, np.array, lambda t: np.asarray(t, dtype=float), lambda t: np.ascontiguousarray(t),
     lambda t: np.full(2, t[0]), lambda t: np.r_[t, t], lambda t: np.c_[t, t],
     lambda t: np.array([t, t])],
)  # fmt: skip
def test_what_numpy_does_not_dispatch_raises_and_names_detach_or_stack(convert):
    t = leaf(name="W") * 1.0
    t.name = "Z1"
    with pytest.raises((ag.NotDifferentiableError, TypeError), match=r"detach|np\.stack"):
        convert(t)


def test_an_unrecorded_tensor_stands_wherever_an_array_can():
    t = ag.tensor([1.0, 2.0])
    assert type(np.asarray(t)) is np.ndarray
    assert np.asarray(t, dtype=np.float32).dtype == np.float32
    np.testing.assert_array_equal(np.array([t, t]), [[1, 2], [1, 2]])
    a = np.zeros(2)
    a[...] = t
    a -= t
    np.testing.assert_array_equal(a, [0, 0])
    assert np.array(t) is not t.data
    import math

    assert math.sqrt(ag.tensor(4.0)) == 2.0


def test_updating_data_by_the_gradient():
    W = leaf()
    np.sum(W**2).backward()
    W.data -= 0.1 * W.grad
    np.testing.assert_allclose(W.numpy(), [0.8, 1.6])
    assert W.is_leaf
    assert type(W.data) is np.ndarray
    W.data = W.data - 0.1 * W.grad
    np.testing.assert_allclose(W.numpy(), [0.6, 1.2])
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        W.data = np.ones(3)
    with pytest.raises(ValueError, match="detach"):
        (W * 2).data = np.ones(2)


def test_requires_grad_can_be_switched():
    t = ag.tensor([1.0], name="t")
    t.requires_grad = True
    assert (t * 2).requires_grad
    assert t.name == "t"
    t.requires_grad = False
    assert not (t * 2).requires_grad
    assert t.name == "t"
    with pytest.raises(ValueError, match="detach"):
        (leaf() * 2).requires_grad = False


def test_hooks_see_and_replace_gradients_and_can_be_removed():
    x = leaf()
    y = x * 2
    seen = []
    y.register_hook(seen.append)
    remove = y.register_hook(lambda g: g * 10)
    np.sum(y * 3).backward()
    np.testing.assert_array_equal(seen[0].numpy(), [3, 3])
    assert isinstance(seen[0], ag.Tensor)
    np.testing.assert_array_equal(x.grad.numpy(), [60, 60])
    remove()
    x.zero_grad()
    np.sum(y * 3).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [6, 6])


def test_a_hook_is_removed_by_its_handle_and_no_other_hook_is():
    x = leaf()

    def double(g):
        return g * 2

    def gradient():
        x.zero_grad()
        np.sum(x * 1).backward()
        return x.grad.tolist()

    first, second = x.register_hook(double), x.register_hook(double)
    assert gradient() == [4, 4]
    first.remove()
    first.remove()
    first()
    assert gradient() == [2, 2]
    with x.register_hook(lambda g: g * 5) as third:
        assert gradient() == [10, 10]
    second.remove()
    third.remove()
    assert gradient() == [1, 1]


def test_a_hook_sees_the_complete_gradient_once():
    x, seen = leaf(), []
    x.register_hook(lambda g: seen.append(g.tolist()))
    np.sum(x * 2 + x * 3 + x[::-1]).backward()
    assert seen == [[6, 6]]


def test_a_hook_on_a_leaf_whose_gradient_is_made_of_entries():
    x, seen = leaf(), []
    x.register_hook(lambda g: seen.append(g.tolist()) or g * 2)
    (x[0] * 3 + x[1] * 4).backward()
    assert seen == [[3, 4]]
    np.testing.assert_array_equal(x.grad.numpy(), [6, 8])


def test_a_hook_must_keep_the_shape_and_may_not_lose_the_dtype():
    x = leaf()
    y = x * 1
    y.register_hook(lambda g: np.ones(5))
    with pytest.raises(ValueError, match=r"\(5,\).*\(2,\)"):
        np.sum(y).backward()
    z = ag.tensor([1.0], dtype=np.float32, requires_grad=True)
    z.register_hook(lambda g: g.numpy().astype(np.float64))
    np.sum(z * 2).backward()
    assert z.grad.dtype == np.float32
    with pytest.raises(ValueError, match="not recorded"):
        ag.tensor([1.0]).register_hook(print)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("makes", [np.asarray, ag.tensor], ids=["array", "tensor"])
def test_a_hook_may_not_lose_an_imaginary_part(makes, create_graph):
    """Nor may whoever starts backward: the gradient of real values is real."""
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    y.name = "Z1"
    with (
        y.register_hook(lambda g: makes(g.numpy() * 1j)),
        pytest.raises(TypeError, match=r"hook on Z1 .*complex gradient.* float64 .*np.real"),
    ):
        np.sum(y).backward(create_graph=create_graph)
    with pytest.raises(TypeError, match="complex"):
        np.sum(y).backward(1j, create_graph=create_graph)
    y.register_hook(lambda g: makes(np.real(g.numpy() * (3 + 1j))))
    np.sum(y).backward(create_graph=create_graph)
    np.testing.assert_array_equal(x.grad.detach(), [3, 3])


def test_a_hook_returns_numbers():
    x = leaf(2.0)
    x.register_hook(lambda g: "10")
    with pytest.raises(TypeError, match=r"hook on .* no numbers"):
        (x * 2).backward()


def test_hooks_work_while_gradients_are_recorded():
    x = leaf(2.0)
    y = x * x
    y.register_hook(lambda g: g * 3)
    (y * y).backward(create_graph=True)
    assert x.grad.item() == pytest.approx(3 * 4 * 8)
    x.grad.backward()
    assert x.grad.item() != 0


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))]
)
@pytest.mark.parametrize("requires_grad", [True, False])
def test_copies_and_pickles_of_leaves_keep_value_requires_grad_and_name(duplicate, requires_grad):
    t = ag.tensor(np.arange(3.0, dtype=np.float32), requires_grad=requires_grad, name="W1")
    other = duplicate(t)
    assert (other.requires_grad, other.name, other.dtype) == (requires_grad, "W1", np.float32)
    np.testing.assert_array_equal(other.numpy(), t.numpy())
    assert not np.shares_memory(other.numpy(), t.numpy())
    if requires_grad:
        np.sum(other * 2).backward()
        assert t.grad is None
        assert other.grad is not None


def test_a_dict_of_parameters_can_be_deep_copied():
    params = {"W": leaf(name="W"), "b": [leaf(name="b")]}
    twin = copy.deepcopy(params)
    twin["W"].data += 1
    assert params["W"].tolist() == [1, 2]
    assert twin["b"][0].name == "b"


def test_repr_and_str_and_format():
    assert repr(ag.tensor([1.0, 2.0])) == "Tensor([1., 2.])"
    assert repr(leaf(name="b1")) == "Tensor([1., 2.], requires_grad=True, name='b1')"
    assert repr(leaf() * 2) == "Tensor([2., 4.], op=multiply)"
    assert "float32" in repr(ag.tensor([1.0], dtype=np.float32))
    assert str(ag.tensor([1.0, 2.0])) == "[1. 2.]"
    assert f"{leaf(2.0) * 1:.3f}" == "2.000"


def test_python_protocols():
    t = leaf()
    a, b = t
    (a * b).backward()
    np.testing.assert_array_equal(t.grad.numpy(), [2, 1])
    assert [e.item() for e in reversed(t)] == [2, 1]
    assert len(t) == 2
    assert 2.0 in t
    assert 5.0 not in t
    assert bool(ag.tensor(1.0))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(t)
    with pytest.raises(TypeError, match="0-d"):
        iter(leaf(1.0)).__next__()
    with pytest.raises(TypeError):
        len(leaf(1.0))
    assert [10, 20, 30][ag.tensor(1)] == 20
    assert {t: 1}[t] == 1
    assert round(leaf(2.6).item()) == 3
    assert sum([leaf(1.0), leaf(2.0)]).item() == 3
    assert max(leaf(1.0), leaf(2.0)).item() == 2


def test_the_array_namespace_is_ag():
    assert leaf().__array_namespace__() is ag


METHODS = {
    "sum": (), "mean": (), "prod": (), "max": (), "min": (), "var": (), "std": (), "cumsum": (),
    "cumprod": (), "ravel": (), "flatten": (), "squeeze": (), "copy": (), "transpose": (),
    "reshape": (-1,), "swapaxes": (0, 1), "clip": (0.4, 1.2), "repeat": (2,), "take": ([0, 1],),
    "trace": (), "diagonal": (), "dot": (np.ones(2),), "round": (), "argmax": (), "argmin": (),
    "argsort": (), "all": (), "any": (), "nonzero": (), "conj": (), "compress": ([True, False], 1),
    "astype": (np.float32,), "searchsorted": (1.0,), "argpartition": (0,),
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_methods_are_those_of_arrays(name):
    a = np.array([[0.5, 2.0], [1.0, 0.7]])
    if name == "searchsorted":
        a = np.sort(a.ravel())
    for recorded in (True, False):
        t = ag.tensor(a, requires_grad=recorded)
        out, expected = getattr(t, name)(*METHODS[name]), getattr(a, name)(*METHODS[name])
        pairs = (
            zip(out, expected, strict=True) if isinstance(expected, tuple) else [(out, expected)]
        )
        for each, want in pairs:
            assert isinstance(each, ag.Tensor)
            np.testing.assert_array_equal(each.detach().numpy(), want)
            assert each.dtype == np.asarray(want).dtype


def test_methods_take_axes_and_shapes_as_arrays_do():
    t = leaf(np.arange(6.0).reshape(2, 3))
    assert t.sum(axis=0, keepdims=True).shape == (1, 3)
    assert t.sum(0).shape == (3,)
    assert t.reshape(3, 2).shape == t.reshape((3, 2)).shape == (3, 2)
    assert t.transpose(1, 0).shape == t.transpose((1, 0)).shape == (3, 2)
    assert t.max(1).shape == (2,)


def test_methods_that_write_into_the_array_do_so_differentiably():
    t = leaf([3.0, 1.0, 2.0])
    y = t * 1.0
    y.sort()
    np.testing.assert_array_equal(y.detach().numpy(), [1, 2, 3])
    np.sum(y * np.array([1.0, 10.0, 100.0])).backward()
    np.testing.assert_array_equal(t.grad.numpy(), [100, 1, 10])
    y.fill(7.0)
    np.testing.assert_array_equal(y.detach().numpy(), [7, 7, 7])
    with pytest.raises(ValueError, match="opy"):
        t.sort()


# -- errors ---------------------------------------------------------------------------------------


def test_shape_errors_name_the_tensors_their_shapes_and_the_operation():
    W, X = leaf(np.ones((2, 3)), name="W"), leaf(np.ones((2, 3)), name="X")
    for call in (lambda: W @ X, lambda: np.matmul(W, X), lambda: np.dot(W, X)):
        with pytest.raises(ValueError, match="W") as caught:
            call()
        text = str(caught.value)
        assert "W (2, 3)" in text
        assert "X (2, 3)" in text
    with pytest.raises(ValueError, match=r"add\(W \(2, 3\), array \(5,\)\)"):
        W + np.ones(5)
    with pytest.raises(ValueError, match="reshape"):
        W.reshape(4, 4)
    with pytest.raises(np.exceptions.AxisError, match="axis 7"):
        W.sum(axis=7)


def test_what_has_no_derivative_says_so_when_called_and_what_to_use():
    t = leaf(name="X")
    with pytest.raises(ag.NotDifferentiableError) as caught:
        np.savetxt(os.devnull, t * 1.0)
    text = str(caught.value)
    assert "savetxt" in text
    assert "t.numpy()" in text
    assert HERE in text
    np.savetxt(os.devnull, t.detach())


def test_asking_for_a_name_that_is_not_there_lists_those_that_are():
    W = leaf(name="W")
    with pytest.raises(KeyError, match="W"):
        ag.graph(np.sum(W * 2)).backward(wrt=["V"])


# -- modes and scopes on tensors ------------------------------------------------------------------


def test_no_grad_and_enable_grad():
    x = leaf()
    with ag.no_grad():
        assert not ag.is_grad_enabled()
        assert not (x * 2).requires_grad
        with ag.enable_grad():
            assert (x * 2).requires_grad
    assert ag.is_grad_enabled()
    assert x.requires_grad


def test_what_is_not_recorded_holds_no_graph():
    x = leaf()
    with ag.no_grad():
        y = x * 2
    assert y.op is None
    with pytest.raises(ag.NotRecordedError):
        ag.graph(y)


def test_a_tensor_of_a_recorded_result_says_that_its_gradient_ends():
    t = ag.tensor([1.0, 2.0], requires_grad=True, name="t")
    with pytest.warns(ag.GradientLostWarning, match="detach"):
        ag.tensor(t * 2)
    assert ag.tensor(t * 2, requires_grad=True).is_leaf  # a new input, and said so
    assert ag.asarray(t * 2).requires_grad


def test_the_class_makes_what_the_function_makes():
    recorded = ag.tensor([1.0, 2.0], requires_grad=True) * 1
    for data in ([1.0, 2.0], ag.tensor([1.0, 2.0]), recorded.detach()):
        made, expected = ag.Tensor(data, name="x"), ag.tensor(data, name="x")
        assert made.tolist() == expected.tolist() == [1.0, 2.0]
        assert made.name == expected.name == "x"
        assert made._origin == expected._origin
        assert (made * 2).numpy().tolist() == [2.0, 4.0]
        assert ag.Tensor(data, requires_grad=True).requires_grad
