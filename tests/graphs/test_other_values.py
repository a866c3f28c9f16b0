"""A graph at other values: right, or refused where only the recorded ones would be right."""

import gc
import weakref

import numpy as np
import pytest

import autograd_mini as ag

X = np.array([-1.0, 0.5, 2.0])

FIXED = {
    "where": lambda x: np.where(x > 0, x**2, -x),
    "product": lambda x: (x > 0) * x,
    "product of a number": lambda x: x * np.floor(x.sum()),
    "index": lambda x: x[x > 0],
    "index by argsort": lambda x: x[np.argsort(x)],
    "index by argmax": lambda x: x[np.argmax(x)] + x,
    "index in a tuple": lambda x: x[None, np.argsort(x)],
    "sign": lambda x: x * np.sign(x),
    "floor": lambda x: x * np.floor(x),
    "astype": lambda x: x * x.astype(int),
    "interp": lambda x: np.interp(x, [-2.0, 0.0, 3.0], [0.0, 1.0, 5.0]),
    "detach": lambda x: x * x.detach(),
    "tensor of detached": lambda x: x * ag.tensor(x.detach()),
    "detach, then more": lambda x: x * (2.0 * x.detach().reshape(1, 3)[0]),
    "piecewise": lambda x: np.piecewise(x, [x < 0, x >= 0], [lambda v: -v, lambda v: v**2]),
    "select": lambda x: np.select([x > 1, x > 0], [x, x**2], 0.0),
    "extract": lambda x: np.extract(x > 0, x),
    "ag.where": lambda x: ag.where(x > 0, x, 0.0),
    "unique": lambda x: np.unique(x),
    "median": lambda x: np.median(x),
}


def _of(f):
    t = ag.tensor(X, requires_grad=True, name="x")
    return ag.graph(np.sum(f(t)))


@pytest.mark.parametrize("name", FIXED)
def test_what_holds_for_recorded_values_alone_is_refused_at_others(name):
    f = FIXED[name]
    g = _of(f)
    want = float(np.sum(f(X)) if "detach" not in name and "." not in name else g(X))
    for each in (g, ag.Graph.from_json(g.to_json()), g.simplify()):
        assert float(each(X).numpy()) == want
        with pytest.raises(ag.DataDependentError, match=r"ag\.trace"):
            each(-X)
    both = g.backward()
    assert both(X)[0].numpy() == want
    for each in (both, both.simplify()):
        with pytest.raises(ag.DataDependentError, match=r"test_other_values\.py|simpl"):
            each(-X)
    with pytest.raises(ag.DataDependentError, match="would be wrong at other values"):
        g.to_source()


def test_a_mask_is_a_letter_in_a_formula():
    assert "c_{1}" in _of(FIXED["product"]).to_latex()


def test_under_no_grad():
    t = ag.tensor(X, requires_grad=True, name="x")
    with ag.no_grad():
        top = np.max(t)
        square = t * t
    for made in (t - top, t * square):
        with pytest.raises(ag.DataDependentError):
            ag.graph(np.sum(made))(-X)


def test_written_into_a_constant():
    t = ag.tensor(X, requires_grad=True, name="x")
    c = ag.tensor(np.zeros(3))
    c[:2] = t.detach()[:2]
    with pytest.raises(ag.DataDependentError):
        ag.graph(np.sum(t * c))(-X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x * np.zeros_like(x)) + np.sum(x[np.array([0, 2])]),
        lambda x: np.sum(np.maximum(x, 0.0)) + np.max(x) + np.sum(np.sort(x)),
        lambda x: ag.relu(x).sum() * x.shape[0],
        lambda x: np.sum(x * (ag.tensor(X) > 0)),
        lambda x: np.sum(np.clip(x, -1.0, 1.0)),
    ],
)
def test_what_holds_for_all_values_is_not_refused(f):
    t = ag.tensor(X, requires_grad=True, name="x")
    assert np.allclose(ag.graph(f(t))(-X).numpy(), f(ag.tensor(-X)).numpy())


def test_looking_at_a_value_is_no_part_of_the_graph():
    t = ag.tensor(X, requires_grad=True, name="x")
    cost = np.sum(t * t)
    cost.item(), float((t > 0).sum()), t.numpy(), repr(cost)
    assert ag.graph(cost)(2 * X).numpy() == 4 * np.sum(X * X)


def test_a_mask_keeps_no_graph_alive():
    t = ag.tensor(X, requires_grad=True, name="x")
    y = t * t
    kept, node = [y > 1, y.detach(), np.floor(y) * 2], weakref.ref(y._node)
    del y
    gc.collect()
    assert node() is None
    assert len(kept) == 3


def _source(Y, cost):
    W = ag.tensor(np.array([[0.5, -0.3]]), requires_grad=True, name="W")
    X = ag.tensor(np.arange(6.0).reshape(2, 3), name="X")
    J = cost(W, X, Y)
    scope = {}
    exec(ag.graph(J).to_source(), scope)
    return scope["graph"], W, X, J


def _naive(W, X, Y):
    A = ag.sigmoid(W @ X)
    return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))


def test_a_source_computes_from_named_data_what_was_made_of_them():
    run, W, X, _ = _source(ag.tensor(np.array([[0.0, 1.0, 1.0]]), name="Y"), _naive)
    for labels in ([[0.0, 1.0, 1.0]], [[1.0, 0.0, 1.0]]):
        Y = np.array(labels)
        assert np.isclose(run(W.numpy(), X.numpy(), Y), _naive(W.numpy(), X.numpy(), Y).item())


def test_a_source_has_no_argument_that_only_some_of_its_numbers_follow():
    cost = lambda W, X, Y: np.sum((W @ X) * Y + np.sqrt(Y + 2) * (W @ X))  # noqa: E731
    run, W, X, J = _source(ag.tensor(np.array([[0.0, 1.0, 1.0]]), name="Y"), cost)
    assert np.isclose(run(W.numpy(), X.numpy()), J.item())  # X is one argument, used twice


def test_a_derived_source_does_not_write_down_what_inputs_change():
    x = ag.tensor(X, requires_grad=True, name="x")
    assert "floor" in str(ag.graph(np.sum(x * np.floor(x)))._fixed_by())
    assert "As they were when this was recorded" in ag.derive(np.sum(x * np.floor(x))).source
