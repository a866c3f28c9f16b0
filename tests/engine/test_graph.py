"""The graph as a value: trace it, run it again, extend it backward."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag


def network(W1, b1, W2, X):
    A1 = np.tanh(W1 @ X + b1)
    return np.mean((W2 @ A1) ** 2)


def arguments(seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=s) for s in ((3, 2), (3, 1), (1, 3), (2, 5))]


def test_graph_lists_operands_before_results():
    x = ag.tensor([1.0, 2.0], requires_grad=True, name="x")
    y = np.sum(np.exp(x) * x)
    g = ag.graph(y)
    assert [node.op.name for node in g.nodes] == ["leaf", "exp", "multiply", "sum"]
    assert g.inputs == (g.nodes[0],)
    assert g.outputs == (g.nodes[-1],)
    assert len(g) == 4
    assert g.nodes[1] in g
    assert list(g) == list(g.nodes)
    assert "4 nodes" in repr(g)
    for node in g.nodes[1:]:
        assert "test_graph.py" in str(node.source)


def test_a_trace_can_be_called_with_other_values():
    args = arguments()
    g = ag.trace(network, *args)
    assert len(g.inputs) == 4
    other = arguments(1)
    assert g(*other).item() == pytest.approx(network(*other))
    with pytest.raises(TypeError, match="4 inputs"):
        g(*other[:2])
    with pytest.raises(ValueError, match=r"\(3, 2\)"):
        g(other[0].T, *other[1:])


def test_a_trace_of_containers_returns_the_structure_of_the_result():
    g = ag.trace(lambda p: {"y": p["W"] * 2, "z": [p["b"], p["W"] + p["b"]]}, {"W": 1.0, "b": 2.0})
    assert [node.name for node in g.inputs] == ["W", "b"]
    out = g({"W": 3.0, "b": 4.0})
    assert (out["y"].item(), out["z"][0].item(), out["z"][1].item()) == (6, 4, 7)


def test_a_traced_graph_can_itself_be_differentiated():
    args = arguments()
    g = ag.trace(network, *args)
    other = arguments(1)
    traced = ag.grad(lambda *a: g(*a), argnums=(0, 1, 2))(*other)
    direct = ag.grad(network, argnums=(0, 1, 2))(*other)
    for a, b in zip(traced, direct, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy())


def test_inputs_that_are_not_used_are_still_inputs():
    g = ag.trace(lambda x, y: x * 2, 1.0, 2.0)
    assert len(g.inputs) == 2
    assert g(3.0, 4.0).item() == 6


def test_a_trace_keeps_integers_and_comparisons_live():
    g = ag.trace(lambda x: np.where(x > 0, x, -x), np.array([1.0, -2.0]))
    assert g(np.array([-3.0, 4.0])).tolist() == [3, 4]
    g = ag.trace(lambda x, i: x[i] * 1.0 if False else x * i, np.ones(2), np.array([1, 2]))
    assert g(np.ones(2), np.array([5, 6])).tolist() == [5, 6]


def test_the_backward_graph_gives_the_gradients_of_backward():
    args = arguments()
    g = ag.trace(network, *args)
    b = g.backward()
    assert b.outputs[0] is g.outputs[0]
    for values in (args, arguments(1)):
        cost, *gradients = b(*values)
        tensors = [ag.tensor(v, requires_grad=True) for v in values]
        J = network(*tensors)
        J.backward()
        assert cost.item() == pytest.approx(J.item())
        for a, t in zip(gradients, tensors, strict=True):
            np.testing.assert_allclose(a.numpy(), t.grad.numpy(), rtol=1e-12)
            assert a.dtype == t.dtype
    assert set(g.nodes) <= b.forward_nodes | set(b.inputs)
    assert len(b) > len(g)


def test_gradients_carry_the_names_of_their_tensors():
    tensors = {
        name: ag.tensor(value, requires_grad=name != "X", name=name)
        for name, value in zip(("W1", "b1", "W2", "X"), arguments(), strict=True)
    }
    W1, b1, W2, X = tensors.values()
    Z1 = W1 @ X + b1
    Z1.name = "Z1"
    A1 = np.tanh(Z1)
    A1.name = "A1"
    J = np.mean((W2 @ A1) ** 2)
    J.name = "J"
    b = ag.graph(J).backward(wrt=[W1, "b1", W2])
    assert [node.name for node in b.outputs[1:]] == ["dW1", "db1", "dW2"]
    names = {node.name for node in b.nodes}
    assert {"dZ1", "dA1", "dW2"} <= names
    J.backward()
    values = b.evaluate({})
    for node, t in zip(b.outputs[1:], (W1, b1, W2), strict=True):
        np.testing.assert_allclose(np.asarray(values[node]), t.grad.numpy(), rtol=1e-12)


def test_backward_with_respect_to_an_intermediate():
    x = ag.tensor([1.0, 2.0], requires_grad=True, name="x")
    h = np.exp(x)
    h.name = "h"
    b = ag.graph(np.sum(h * h)).backward(wrt=[h])
    np.testing.assert_allclose(np.asarray(b.evaluate({})[b.outputs[1]]), 2 * np.exp([1.0, 2.0]))


def test_backward_of_a_graph_in_which_nothing_depends_on_an_input():
    g = ag.trace(lambda x, y: x * 2, 1.0, 2.0)
    _, dx, dy = g.backward()(1.0, 2.0)
    assert (dx.item(), dy.item()) == (2, 0)


def test_backward_twice_is_the_second_derivative():
    g = ag.trace(lambda x: x**4, 2.0)
    first = g.backward()
    second = ag.trace(lambda x: first(x)[1], 2.0).backward()
    assert second(3.0)[1].item() == pytest.approx(108)


def test_graph_of_what_is_no_recorded_tensor():
    with pytest.raises(TypeError, match="ndarray"):
        ag.graph(np.ones(2))
    with pytest.raises(ag.NotRecordedError, match="requires_grad"):
        ag.graph(ag.tensor(1.0))
    with pytest.raises(TypeError, match="at least one"):
        ag.graph()


def test_operations_with_several_results_run_again():
    A = np.array([[2.0, 0.5], [0.5, 1.0]])
    g = ag.trace(lambda A: np.linalg.slogdet(A)[1] * 2.0, A)
    assert g(3 * A).item() == pytest.approx(2 * np.linalg.slogdet(3 * A)[1])
