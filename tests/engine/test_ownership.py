"""Arrays that nobody else holds may be locked without a fingerprint, and added to in place."""

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
