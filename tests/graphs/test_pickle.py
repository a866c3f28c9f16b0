"""Graphs and recorded results can be pickled and copied, however deep they are."""

import copy
import pickle

import numpy as np
import pytest

import autograd_mini as ag

WAYS = [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy]


def _chain(n):
    x = ag.tensor([0.3, 0.5], requires_grad=True, name="x")
    y = x
    for _ in range(n):
        y = np.sin(y)
    return x, y


@pytest.mark.parametrize("again", WAYS)
def test_a_deep_graph(again):
    _, y = _chain(20_000)
    g = ag.graph(y)
    same = again(g)
    assert len(same) == len(g)
    other = np.array([1.0, -2.0])
    assert np.array_equal(same(other).numpy(), g(other).numpy())
    assert [n.name for n in same.inputs] == ["x"]
    assert same.nodes[7].source.line == g.nodes[7].source.line


@pytest.mark.parametrize("again", WAYS)
def test_a_deep_result_and_its_leaf_stay_together(again):
    x, y = _chain(20_000)
    x2, y2 = again((x, y))
    y2.sum().backward()
    y.sum().backward()
    assert x2 is not x
    assert np.array_equal(x2.grad.numpy(), x.grad.numpy())


@pytest.mark.parametrize("again", WAYS)
def test_a_graph_with_gradients_masks_indices_and_results_in_a_dict(again):
    c = ag.tensor(np.arange(3.0), name="c")

    def f(p):
        s = np.linalg.svd(p["A"])[1]
        return {"a": (s[1:] * c[:2]).sum() + p["A"][[0, 0], ::2].sum(), "b": p["A"] > 0}

    g = ag.trace(f, {"A": np.arange(9.0).reshape(3, 3) ** 2})
    same, other = again(g), {"A": np.eye(3) * np.arange(1.0, 4.0)}
    assert same(other)["a"].numpy() == g(other)["a"].numpy()
    assert np.array_equal(same(other)["b"].numpy(), g(other)["b"].numpy())
    x = ag.tensor([1.0, -2.0], requires_grad=True, name="x")
    both = ag.graph(np.sum(x * (x > 0))).backward()
    kept = again(both)
    assert [n.name for n in kept.gradients.values()] == [n.name for n in both.gradients.values()]
    assert len(kept.forward_nodes) == len(both.forward_nodes)
    assert np.array_equal(kept(np.array([1.0, -2.0]))[1].numpy(), [1.0, 0.0])
    with pytest.raises(ag.DataDependentError):
        kept(np.array([-1.0, 2.0]))


@pytest.mark.parametrize("again", WAYS)
def test_a_leaf_that_was_changed_since(again):
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    x.data[:] = 5.0
    z = (x * y).sum()
    x2, z2 = again((x, z))
    assert np.array_equal(x2.numpy(), [5.0, 5.0])
    for leaf, cost in ((x, z), (x2, z2)):
        cost.backward()
        assert np.array_equal(leaf.grad.numpy(), [5.0 + 20.0, 5.0 + 40.0])


def test_deep_sources_and_formulas():
    x, y = _chain(3_000)
    g = ag.graph(y)
    scope = {}
    exec(g.to_source(), scope)
    assert np.allclose(scope["graph"](x.numpy()), y.numpy())
    assert g.to_latex().count(r"\sin") == 3_000
