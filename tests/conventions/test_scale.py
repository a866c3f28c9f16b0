"""Linear time, unlimited depth, no cycles: counted, never timed."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import weakref

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops import indexing

DEPTH = 120_000


def allocated(monkeypatch, n, body):
    """Return how many bytes of zeros the backward pass of a loop over n entries asks for."""
    asked = []
    real = np.zeros

    def zeros(shape, dtype=float, **options):
        made = real(shape, dtype, **options)
        asked.append(made.nbytes)
        return made

    x = ag.tensor(np.linspace(1.0, 2.0, n), requires_grad=True)
    total = body(x, n)
    with monkeypatch.context() as patch:
        patch.setattr(np, "zeros", zeros)
        patch.setattr(np, "zeros_like", lambda a, **options: zeros(np.shape(a)))
        patch.setattr(indexing.np, "zeros", zeros)
        total.backward()
    return x, sum(asked)


LOOPS = {
    "x[i]": lambda x, n: sum((x[i] * float(i) for i in range(n)), 0.0),
    "x[i:i+1]": lambda x, n: sum((np.sum(x[i : i + 1]) * float(i) for i in range(n)), 0.0),
    "x[[i]]": lambda x, n: sum((np.sum(x[[i]]) * float(i) for i in range(n)), 0.0),
    "for each in x": lambda x, n: sum((e * float(i) for i, e in enumerate(x)), 0.0),
    "mixed with whole use": lambda x, n: (
        np.sum(x * 0.0) + sum((x[i] * float(i) for i in range(n)), 0.0)
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_over_entries_is_linear(monkeypatch, name):
    x, few = allocated(monkeypatch, 100, LOOPS[name])
    np.testing.assert_array_equal(x.grad.numpy(), np.arange(100.0))
    _, many = allocated(monkeypatch, 1000, LOOPS[name])
    assert many <= 12 * max(few, 100 * 8)


def test_the_gradient_of_a_loop_over_entries_is_linear_too_when_it_is_recorded():
    def cost(x):
        total = 0.0
        for k in range(len(x)):
            total = total + x[k] ** 3
        return total

    def count(n):
        x = ag.tensor(np.ones(n), requires_grad=True)
        cost(x).backward(create_graph=True)
        return len(ag.graph(x.grad)), sum(node.nbytes for node in _sizes(x.grad))

    class Sized:
        def __init__(self, node):
            shape = node.shape if not node.shape or isinstance(node.shape[0], int) else ()
            self.nbytes = int(np.prod(shape)) * 8

    def _sizes(t):
        return [Sized(node) for node in ag.graph(t).nodes]

    (few, small), (many, large) = count(50), count(500)
    assert many <= 11 * few
    assert large <= 12 * small
    h = ag.hvp(cost, (np.ones(50),), (np.ones(50),))[0]
    np.testing.assert_allclose(h.numpy(), np.full(50, 6.0))


def test_writing_the_entries_of_a_tensor_in_a_loop_records_one_operation_each():
    def count(n):
        x = ag.tensor(np.ones(n), requires_grad=True)
        y = ag.zeros(n)
        for k in range(n):
            y[k] = x[k] * 2.0
        np.sum(y).backward()
        np.testing.assert_array_equal(x.grad.numpy(), np.full(n, 2.0))
        return len(ag.graph(np.sum(y)))

    assert count(200) <= 11 * count(20)


@pytest.fixture(scope="module")
def deep():
    x = ag.tensor(1.0, requires_grad=True, name="x")
    y = x
    for _ in range(DEPTH):
        y = y * 1.0
    return x, y


def test_a_chain_deeper_than_any_stack_differentiates(deep):
    x, y = deep
    assert sys.getrecursionlimit() < DEPTH
    x.zero_grad()
    y.backward()
    assert x.grad.item() == 1


def test_a_deep_chain_differentiates_forward_and_twice():
    def f(x):
        for _ in range(20_000):
            x = x * 1.0
        return x * x

    assert ag.jvp(f, (3.0,), (1.0,))[1].item() == 6
    assert ag.grad(ag.grad(f))(3.0).item() == 2


def test_a_deep_graph_can_be_walked_and_evaluated(deep):
    _, y = deep
    g = ag.graph(y)
    assert len(g) == DEPTH + 1
    assert g(3.0).item() == 3
    assert len(repr(g)) < 200
    assert "multiply" in g.to_text() or "*" in g.to_text()


def test_what_belongs_to_a_deep_graph_can_be_copied_and_pickled(deep):
    x, y = deep
    for copied in (copy.deepcopy(x), pickle.loads(pickle.dumps(x)), copy.copy(x)):
        assert (copied.item(), copied.requires_grad, copied.name) == (1.0, True, "x")
    assert copy.deepcopy(y.detach()).item() == 1
    x2, y2 = pickle.loads(pickle.dumps((x, y)))
    assert (y2.item(), len(ag.graph(y2))) == (y.item(), DEPTH + 1)
    assert ag.graph(y2).inputs == (x2._node,)


def test_a_deep_chain_is_freed_without_recursion():
    x = ag.tensor(np.ones(2), requires_grad=True)
    y = x
    for _ in range(DEPTH):
        y = y + 1.0
    last = weakref.ref(y._node)
    del y
    assert last() is None


def test_a_wide_graph_differentiates():
    x = ag.tensor(1.0, requires_grad=True)
    parts = [x * float(k) for k in range(3000)]
    np.sum(np.stack(parts)).backward()
    assert x.grad.item() == sum(range(3000))


def network():
    rng = np.random.default_rng(0)
    W = ag.tensor(rng.normal(size=(3, 4)), requires_grad=True, name="W")
    b = ag.tensor(np.zeros((3, 1)), requires_grad=True, name="b")
    X = rng.normal(size=(4, 5))
    with ag.scope("layer"):
        Z = W @ X + b
        A = np.tanh(Z)
    A[0, 0] = np.sum(W)
    row = A[0]
    row += 1.0
    J = np.mean(A * A) + np.sum(ag.softmax(A, axis=0)) + np.max(A) + A.T.reshape(-1)[2]
    return W, b, J


def leftovers(work):
    """Return how many objects only the cycle collector could free after `work`."""
    work()  # what is made once and kept
    gc.collect()
    gc.disable()
    try:
        work()
        return gc.collect()
    finally:
        gc.enable()


def test_recording_and_backward_leave_no_reference_cycles():
    def work():
        W, b, J = network()
        J.backward()
        J.backward()
        assert W.grad is not None
        assert b.grad is not None

    assert leftovers(work) == 0


def test_a_graph_that_is_never_differentiated_leaves_no_cycles():
    assert leftovers(network) == 0


def test_recorded_derivatives_leave_no_cycles():
    def work():
        W, _, J = network()
        J.backward(create_graph=True)
        np.sum(W.grad**2).backward()

    assert leftovers(work) == 0


def test_transformations_leave_no_cycles():
    def f(x):
        return np.sum(np.tanh(x) * x[0])

    def work():
        x = np.linspace(0, 1, 4)
        ag.grad(f)(x)
        ag.value_and_grad(lambda p: f(p["x"]) + p["y"][0])({"x": x, "y": [1.0]})
        ag.hvp(f, (x,), (x,))
        ag.jvp(f, (x,), (x,))
        ag.vjp(np.sin, x)[1](x)
        ag.grad(lambda x: np.sum(ag.grad(f)(x)))(x)

    assert leftovers(work) == 0


def test_hooks_views_and_writing_leave_no_cycles():
    def work():
        x = ag.tensor(np.ones((3, 3)), requires_grad=True)
        y = x * 2.0
        y.register_hook(lambda g: g * 2.0)
        y.retain_grad()
        row = y[0]
        y[1] = row
        row += 1.0
        y.T[0] = 3.0
        np.sum(y).backward()

    assert leftovers(work) == 0


def test_a_hook_that_knows_its_own_tensor_does_not_keep_it_alive():
    def hooked():
        x = ag.tensor(np.ones(3), requires_grad=True)
        y = x * 2.0
        y.register_hook(lambda g: g * y.shape[0])
        np.sum(y).backward()
        return weakref.ref(y._node), weakref.ref(y._value)

    node, value = hooked()
    gc.collect()
    assert (node(), value()) == (None, None)


@pytest.mark.parametrize("on_input", [False, True])
def test_a_hook_that_knows_a_later_tensor_does_not_keep_it_alive_after_backward(on_input):
    def hooked():
        x = ag.tensor(np.ones(3), requires_grad=True)
        y = x * 2.0
        later: list[ag.Tensor] = []
        (x if on_input else y).register_hook(lambda g: g * later[0].shape[0])
        later.append(np.sin(y))
        np.sum(later[0]).backward()
        return weakref.ref(later[0]._node), weakref.ref(y._node), weakref.ref(later[0])

    found = hooked()
    gc.collect()
    assert [each() for each in found] == [None, None, None]


def test_every_node_is_freed_not_only_what_the_collector_sees():
    """Nodes are hidden from the collector, so a cycle through them would never be found."""
    W, b, J = network()
    J.backward(create_graph=True)
    nodes = [weakref.ref(node) for node in ag.graph(J, W.grad).nodes]
    np.sum(W.grad**2).backward()
    del W, b, J
    gc.collect()
    assert len(nodes) > 30
    assert [node() for node in nodes if node() is not None] == []


def test_graphs_as_values_leave_no_cycles():
    def work():
        _, _, J = network()
        g = ag.graph(J)
        g.backward()
        ag.trace(lambda x: np.sum(np.sin(x)), np.ones(3)).backward()(np.ones(3))

    assert leftovers(work) == 0


def test_errors_leave_no_graph_behind():
    x = ag.tensor(np.ones((2, 3)), requires_grad=True)
    y = x * 2.0
    node = weakref.ref(y._node)
    with pytest.raises(ValueError, match="matmul"):
        y @ y
    del y
    assert node() is None


def test_a_graph_is_freed_when_its_last_tensor_goes_even_while_its_inputs_live():
    gc.disable()
    try:
        x = ag.tensor(np.ones(100_000), requires_grad=True)
        y = x * x
        z = np.sum(np.exp(y))
        z.backward()
        held = [weakref.ref(each._node) for each in (y, z)]
        value = weakref.ref(y._value)
        del y, z
        assert [ref() for ref in held] == [None, None]
        assert value() is None
    finally:
        gc.enable()
