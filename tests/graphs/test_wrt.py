"""By what a graph is differentiated: tensors, names, nodes, or one of them alone."""

import numpy as np
import pytest

import autograd_mini as ag

W = np.arange(1.0, 5.0).reshape(4, 1)


def _recorded():
    W1 = ag.tensor(W, requires_grad=True, name="W1")
    return W1, np.sum(W1**2)


@pytest.mark.parametrize("pick", ["tensor", "name", "node", "nodes", "list"])
def test_wrt(pick):
    W1, J = _recorded()
    g = ag.graph(J)
    wrt = {
        "tensor": W1, "name": "W1", "node": g.inputs[0], "nodes": g.inputs, "list": [W1],
    }[pick]  # fmt: skip
    _, dW1 = g.backward(wrt=wrt)(W)
    assert np.array_equal(dW1.numpy(), 2 * W)
    assert "dW1 = 2 * W1" in str(ag.derive(J, wrt=wrt).text)


def test_a_node_of_another_graph_is_refused():
    other = ag.graph(_recorded()[1]).inputs
    with pytest.raises(KeyError, match="not in the graph"):
        ag.graph(_recorded()[1]).backward(wrt=other)
