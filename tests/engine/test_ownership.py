"""Arrays that nobody else holds may be locked without a fingerprint, and added to in place."""

import ctypes
import weakref

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.errors import ChangedInPlaceError
from autograd_mini.memory import guard
from autograd_mini.memory.ownership import only_in

LARGE = 20_000  # entries; more bytes than are copied


def _alone(container):
    (key,) = container
    value = container[key]
    assert value.size
    return only_in(container, key, besides=1)


def test_an_array_that_only_its_dict_knows_is_alone():
    assert _alone({"W": np.zeros(LARGE)})


@pytest.mark.parametrize(
    "other",
    [
        lambda a: a,
        lambda a: a[3:],
        lambda a: a.reshape(2, -1).T,
        lambda a: memoryview(a),
        lambda a: [a],
        lambda a: np.frombuffer(a),
        lambda a: iter(a),
    ],
    ids=["a variable", "a view", "a view of a view", "a buffer", "a list", "frombuffer", "iter"],
)
def test_it_is_not_alone_while_something_refers_to_it(other):
    container = {"W": np.zeros(LARGE)}
    known = other(container["W"])
    assert not _alone(container)
    del known
    assert _alone(container)


def test_a_view_is_never_alone():
    assert not _alone({"W": np.zeros((2, LARGE))[0]})


def _fingerprints(monkeypatch):
    taken = []
    original = guard.fingerprint
    monkeypatch.setattr(guard, "fingerprint", lambda a: taken.append(a.shape) or original(a))
    return taken


def test_parameters_that_are_alone_cost_no_fingerprint(monkeypatch):
    taken = _fingerprints(monkeypatch)
    parameters = {"W": np.ones(LARGE), "b": np.ones(LARGE)}
    known = parameters["b"]
    gradient = ag.grad(lambda p: np.sum(p["W"] ** 2 + p["b"] ** 2))(parameters)
    np.testing.assert_array_equal(gradient["W"].data, np.full(LARGE, 2.0))
    np.testing.assert_array_equal(gradient["b"].data, np.full(LARGE, 2.0))
    assert len(taken) == 2, "that of b, when it is recorded and when it is used"
    assert known.flags.writeable


def test_parameters_that_are_alone_cannot_be_written_to_while_they_are_recorded():
    parameters = {"W": np.ones(LARGE)}

    def f(p):
        cost = np.sum(p["W"] ** 2)
        parameters["W"][0] = 5.0
        return cost

    with pytest.raises(ValueError, match="read-only"):
        ag.grad(f)(parameters)
    parameters["W"][0] = 5.0


def test_a_write_through_an_older_view_of_a_parameter_is_noticed():
    parameters = {"W": np.ones(LARGE)}
    view = parameters["W"][7:8]

    def f(p):
        cost = np.sum(p["W"] ** 2)
        view[0] = 5.0
        return cost

    with pytest.raises(ChangedInPlaceError):
        ag.grad(f)(parameters)


@pytest.mark.parametrize("size", [3, LARGE])
def test_parts_of_a_gradient_add_up_though_some_of_them_are_one_array(size):
    x, y, c = np.random.default_rng(0).standard_normal((3, size))

    def f(x, y):
        s = x + y  # hands the same array to both
        return np.sum(s * c + s * s + x * y + (x - y) + x)

    dx, dy = ag.grad(f, argnums=(0, 1))(x, y)
    np.testing.assert_allclose(dx.data, c + 2 * (x + y) + y + 2, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dy.data, c + 2 * (x + y) + x - 1, rtol=1e-12, atol=1e-12)


def test_a_cotangent_is_not_added_to_in_place():
    x = np.ones(LARGE)
    _, pullback = ag.vjp(lambda x: x + 2 * x, x)
    seed = np.ones(LARGE)
    (gradient,) = pullback(seed)
    np.testing.assert_array_equal(seed, np.ones(LARGE))
    np.testing.assert_array_equal(gradient.data, np.full(LARGE, 3.0))


def test_gradients_seen_by_hooks_keep_their_values():
    x = ag.tensor(np.ones(LARGE), requires_grad=True)
    seen = []
    y = x * 2.0
    y.register_hook(lambda g: seen.append(g))
    z = y + y * 3.0 + y
    z.sum().backward()
    x.grad = None
    (y + z).sum().backward()
    np.testing.assert_array_equal(seen[0].data, np.full(LARGE, 5.0))
    np.testing.assert_array_equal(seen[1].data, np.full(LARGE, 6.0))


USES = {
    "on the left": lambda c, w: c * w,
    "on the right": lambda c, w: w * c,
    "of a ufunc": lambda c, w: np.multiply(c, w),
    "of a function": lambda c, w: np.where(w > 0, np.hypot(c, w), c),
    "of many": lambda c, w: np.einsum("i,i->i", c, w) * w,
    "joined": lambda c, w: np.concatenate([c, w]) ** 2,
    "kept by its operation": lambda c, w: np.logaddexp(c, w),
}

KNOWN = {
    "a variable": lambda t: t._value,
    "a view": lambda t: t._value[:1],
    "a buffer": lambda t: memoryview(t._value),
    "an array of it": np.asarray,
    "a tensor that shares it": lambda t: ag.tensor(t),
    "a view that is a tensor": lambda t: t[:1],
}


def tensor_of_its_own(requires_grad=False):
    return ag.tensor(np.linspace(1.0, 2.0, LARGE).copy(), requires_grad=requires_grad)


@pytest.mark.parametrize("leaf", [False, True], ids=["constant", "leaf"])
@pytest.mark.parametrize("use", USES)
def test_what_only_a_tensor_knows_costs_no_fingerprint(monkeypatch, use, leaf):
    taken = _fingerprints(monkeypatch)
    c, w = tensor_of_its_own(leaf), tensor_of_its_own(requires_grad=True)
    for _ in range(2):
        J = np.sum(USES[use](c, w))
        J.backward()
        first, w.grad = w.grad, None
    assert not taken
    plain = np.linspace(1.0, 2.0, LARGE)
    v = ag.tensor(plain, requires_grad=True)
    np.sum(USES[use](plain, v)).backward()
    assert taken
    np.testing.assert_array_equal(first.data, v.grad.data)


@pytest.mark.parametrize("leaf", [False, True], ids=["constant", "leaf"])
@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("use", USES)
def test_what_others_know_costs_one(monkeypatch, use, known, leaf):
    taken = _fingerprints(monkeypatch)
    c = tensor_of_its_own(leaf)
    with ag.no_grad():
        other = KNOWN[known](c.detach() if leaf else c)
    w = tensor_of_its_own(requires_grad=True)
    J = np.sum(USES[use](c, w))
    assert taken
    del J, other


WRITES = {
    "data": lambda t: t.data.__setitem__(0, 5.0),
    "numpy": lambda t: t.numpy().__setitem__(0, 5.0),
    "in place": lambda t: t.__imul__(3.0),
    "an entry": lambda t: t.__setitem__(0, 5.0),
    "out": lambda t: np.multiply(t, 3.0, out=t),
    "a lock that is broken": lambda t: _write_by_force(np.asarray(t)),
}


def _write_by_force(a):
    a.flags.writeable = True
    a[0] = 5.0


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("use", USES)
def test_a_tensor_of_its_own_that_is_written_to_is_noticed_before_its_values_are_used(use, write):
    c, w = tensor_of_its_own(), tensor_of_its_own(requires_grad=True)
    np.sum(USES[use](c, w)).backward()
    right, w.grad = w.grad, None
    J = np.sum(USES[use](c, w))
    WRITES[write](c)
    try:
        J.backward()
    except ChangedInPlaceError:
        assert w.grad is None
    else:
        np.testing.assert_array_equal(w.grad.data, right.data)


@pytest.mark.parametrize("write", ["data", "numpy"])
def test_a_leaf_of_its_own_that_is_written_to_is_noticed_too(write):
    w = tensor_of_its_own(requires_grad=True)
    J = np.sum(w * w)
    WRITES[write](w)
    with pytest.raises(ChangedInPlaceError):
        J.backward()
    np.sum(w * w).backward()
    np.testing.assert_array_equal(w.grad.data, 2 * w.data)


def test_a_tensor_is_its_own_again_once_its_data_are_known_to_nobody(monkeypatch):
    w = tensor_of_its_own(requires_grad=True)
    taken = _fingerprints(monkeypatch)
    for _ in range(3):
        J = np.sum(w**2)
        J.backward()
        del J
        w.data -= 0.1 * w.grad.data
        w.zero_grad()
    assert len(taken) <= 3, "at most when the lock is given back"


def _kept_by_a_primitive(t):
    kept = []

    @ag.primitive
    def twice(x):
        kept.append(x)
        return 2 * x

    twice(t)
    return kept[0]


def _kept_while_differentiated(t):
    kept = []
    ag.grad(lambda x: kept.append(x.detach().numpy()) or np.sum(x))(t)
    return kept[0]


def _without_recording(view):
    def shown(t):
        with ag.no_grad():
            return view(t).numpy()

    return shown


SHOWN = {
    "detached": lambda t: t.detach().numpy(),
    "an array of it": lambda t: np.asarray(t.detach()),
    "a view": lambda t: t.reshape(2, -1).numpy(),
    "a small view": lambda t: t[:3].numpy(),
    "a view without recording": _without_recording(lambda t: t[::-1]),
    "a small view without recording": _without_recording(lambda t: t[:3]),
    "a primitive": _kept_by_a_primitive,
    "a transformation": _kept_while_differentiated,
}


@pytest.mark.parametrize("leaf", [False, True], ids=["constant", "leaf"])
@pytest.mark.parametrize("shown", SHOWN)
def test_what_another_library_writes_into_locked_memory_is_noticed(shown, leaf):
    """As torch does: it shares memory that is read-only, and warns."""
    c, w = tensor_of_its_own(leaf), tensor_of_its_own(requires_grad=True)
    J = np.sum(c * w)
    array = SHOWN[shown](c)
    ctypes.memset(array.ctypes.data, 0, 8)
    if np.shares_memory(array, c._value):
        with pytest.raises(ChangedInPlaceError):
            J.backward()
    else:
        J.backward()
        np.testing.assert_array_equal(w.grad.data, c.data)


def test_an_array_to_which_there_is_a_weak_reference_is_not_alone():
    array = np.linspace(1.0, 2.0, LARGE).copy()
    reference, c = weakref.ref(array), ag.tensor(array)
    del array
    w = tensor_of_its_own(requires_grad=True)
    J = np.sum(c * w)
    ctypes.memset(reference().ctypes.data, 0, 8)
    with pytest.raises(ChangedInPlaceError):
        J.backward()
