"""checkpoint: the same values and derivatives, with less kept between forward and backward."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.graph.node import Node

rng = np.random.default_rng(0)
W = rng.normal(size=(3, 3))
X = rng.normal(size=3)


def block(x):
    h = np.tanh(W @ x)
    return h * np.sum(np.exp(-(x**2))) + np.where(x > 0, x, 0.1 * x)


def chained(step):
    return lambda x: np.sum(step(step(step(x))) ** 2)


def close(a, b, **tolerance):
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), **({"rtol": 1e-12} | tolerance))


PLAIN, KEPT = chained(block), chained(ag.checkpoint(block))


def test_values_are_identical():
    np.testing.assert_array_equal(np.asarray(ag.checkpoint(block)(X)), block(X))
    t = ag.tensor(X, requires_grad=True)
    np.testing.assert_array_equal(ag.checkpoint(block)(t).numpy(), block(X))


@pytest.mark.parametrize(
    "derive",
    [
        lambda f: ag.grad(f)(X),
        lambda f: ag.jvp(f, (X,), (X,))[1],
        lambda f: ag.hessian(f)(X),
        lambda f: ag.hvp(f, (X,), (X,))[0],
        lambda f: ag.jacobian(ag.grad(f), mode="reverse")(X),
        lambda f: ag.grad(lambda x: np.sum(ag.hessian(f)(x)))(X),
        lambda f: ag.jvp(lambda x: ag.jvp(f, (x,), (X,))[1], (X,), (X[::-1],))[1],
        lambda f: ag.vmap(f)(np.stack([X, -X])),
        lambda f: ag.vmap(ag.grad(f))(np.stack([X, -X])),
        lambda f: ag.grad(lambda x: np.sum(ag.vmap(f)(x)))(np.stack([X, -X])),
    ],
)
def test_derivatives_of_every_order_and_kind_are_identical(derive):
    close(derive(KEPT), derive(PLAIN), atol=1e-13)


def test_backward_twice_and_with_create_graph():
    grads = []
    for f in (PLAIN, KEPT):
        x = ag.tensor(X, requires_grad=True)
        J = f(x)
        J.backward()
        J.backward()
        first = x.grad
        x.zero_grad()
        f(x).backward(create_graph=True)
        g = x.grad
        x.zero_grad()
        np.sum(g**2).backward()
        grads.append((first, x.grad))
    close(grads[0][0], grads[1][0])
    close(grads[0][1], grads[1][1])


def test_recorded_tensors_that_the_function_knows_get_their_gradients():
    found = []
    for wrapped in (lambda f: f, ag.checkpoint):
        w = ag.tensor(W, requires_grad=True)
        scale = ag.tensor(2.0, requires_grad=True)
        v = w * scale  # a result, not a leaf
        step = wrapped(lambda x, w=w, v=v: np.tanh(v @ x) + w[0])
        np.sum(step(step(ag.tensor(X)))).backward()
        found.append((w.grad, scale.grad))
    close(found[0][0], found[1][0])
    close(found[0][1], found[1][1])


def test_it_nests():
    inner = ag.checkpoint(block)
    outer = ag.checkpoint(lambda x: inner(inner(x)) + x)
    plain = lambda x: block(block(x)) + x  # noqa: E731
    close(ag.grad(chained(outer))(X), ag.grad(chained(plain))(X))
    close(ag.hessian(chained(outer))(X), ag.hessian(chained(plain))(X), atol=1e-12)


def test_containers_keywords_and_several_results():
    @ag.checkpoint
    def f(p, *, power, name):
        assert name == "text"
        z = p["W"] @ p["x"]
        return {"z": z**power, "more": (np.sum(z), np.argmax(z), 3, None, "text"), "same": p["x"]}

    p = {"W": ag.tensor(W, requires_grad=True), "x": ag.tensor(X, requires_grad=True)}
    out = f(p, power=2, name="text")
    assert out["more"][1].item() == np.argmax(W @ X)
    assert out["more"][2:] == (3, None, "text")
    (np.sum(out["z"]) + 3 * out["more"][0] + np.sum(out["same"])).backward()
    z = W @ X
    close(p["x"].grad, W.T @ (2 * z + 3) + 1)
    close(p["W"].grad, np.outer(2 * z + 3, X))


def test_results_that_nobody_uses_cost_nothing():
    f = ag.checkpoint(lambda x: (np.sum(x**2), np.log(x * 0)))
    with np.errstate(divide="ignore"):
        close(ag.grad(lambda x: f(x)[0])(X), 2 * X)


def test_nothing_is_recorded_where_nothing_is_recorded():
    f = ag.checkpoint(block)
    assert not isinstance(f(X), ag.Tensor)
    assert not f(ag.tensor(X)).requires_grad
    with ag.no_grad():
        assert not f(ag.tensor(X, requires_grad=True)).requires_grad


def test_a_function_of_no_use_is_left_alone():
    x = ag.tensor(X, requires_grad=True)
    assert ag.checkpoint(lambda t: t)(x) is x
    assert ag.checkpoint(lambda t: 3.0)(x) == 3.0


def kept_bytes(root: ag.Tensor) -> int:
    """Return the size of all arrays that a graph holds, each once."""
    seen, arrays, pending = set(), {}, [root._node]
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        values = [node.value, *(getattr(e, "_value", None) for e in node.inputs)]
        for value in values:
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, np.ndarray):
                    arrays[id(each)] = each.nbytes
        program = node.params.get("program")
        steps = program.steps if program is not None else []
        for step in steps:
            for e in (step.value, *(getattr(e, "_value", None) for e in step.inputs)):
                if isinstance(e, np.ndarray):
                    arrays[id(e)] = e.nbytes
        pending.extend(e for e in node.inputs if type(e) is Node)
    return sum(arrays.values())


def test_activations_are_not_kept():
    def deep(x):
        for _ in range(20):
            x = np.tanh(x) * np.exp(-x)
        return np.maximum(x, 0)

    x = np.ones(1000)
    plain = kept_bytes(np.sum(deep(ag.tensor(x, requires_grad=True))))
    kept = kept_bytes(np.sum(ag.checkpoint(deep)(ag.tensor(x, requires_grad=True))))
    assert plain > 20 * x.nbytes
    assert kept <= 3 * x.nbytes


def test_the_function_runs_once_and_repeats_what_it_drew():
    generator = np.random.default_rng(3)
    calls = []

    @ag.checkpoint
    def f(x):
        calls.append(1)
        noise = generator.normal(size=3)
        return np.sum(ag.dropout(np.exp(x) * noise, 0.5, rng=generator) ** 2)

    x = ag.tensor(X, requires_grad=True)
    J = f(x)
    J.backward()
    assert calls == [1]
    again = np.random.default_rng(3)
    noise = again.normal(size=3)
    expected = ag.grad(lambda t: np.sum(ag.dropout(np.exp(t) * noise, 0.5, rng=again) ** 2))(X)
    close(x.grad, expected)
    x.zero_grad()
    J.backward()
    close(x.grad, expected)


@pytest.mark.parametrize("seed", range(4))
def test_dropout_masks_are_those_of_the_forward_pass(seed):
    x = ag.tensor(np.ones(50), requires_grad=True)
    y = ag.checkpoint(lambda t: np.exp(ag.dropout(t, 0.5, rng=np.random.default_rng())))(x)
    np.sum(y).backward()
    kept = y.numpy() != 1.0
    np.testing.assert_array_equal(np.asarray(x.grad) != 0, kept)


def test_arguments_written_to_inside():
    @ag.checkpoint
    def f(x):
        y = x * 1
        y[0] = y[1] * y[2]
        y *= x
        return np.sum(y**2)

    def plain(x):
        return (x[1] * x[2] * x[0]) ** 2 + np.sum(x[1:] ** 4)

    close(ag.grad(f)(X), ag.grad(plain)(X))


def test_a_change_of_values_between_forward_and_backward_is_noticed():
    x = ag.tensor(np.full(100_000, 2.0), requires_grad=True)
    J = ag.checkpoint(lambda t: np.sum(np.exp(t)))(x)
    x.data[:] = 5.0
    with pytest.raises(ag.ChangedInPlaceError):
        J.backward()
    small = ag.tensor(np.array([2.0]), requires_grad=True)
    J = ag.checkpoint(lambda t: np.sum(np.exp(t)))(small)
    small.data[:] = 5.0
    J.backward()
    close(small.grad, [np.exp(2.0)])


def test_hooks_and_retained_gradients_inside():
    seen = []
    kept = {}

    @ag.checkpoint
    def f(x):
        y = x * 2
        y.register_hook(lambda g: seen.append(np.asarray(g.detach())))
        return np.sum(y**2), kept

    x = ag.tensor(X, requires_grad=True)
    f(x)[0].backward()
    close(x.grad, 8 * X)
    close(seen, [4 * X])


def test_complex_and_mixed_dtypes():
    z = X + 1j * X[::-1]

    def f(z):
        return np.exp(z * 1j), np.abs(z), np.real(z).astype(np.float32)

    def total(g):
        def scalar(z):
            a, b, c = g(z)
            return np.sum(np.abs(a) ** 2 + b) + np.sum(c**2)

        return scalar

    close(ag.grad(total(ag.checkpoint(f)))(z), ag.grad(total(f))(z), rtol=1e-6)
    for argument in (z, X):
        out, pullback = ag.vjp(ag.checkpoint(f), argument)
        plain_out, plain_pullback = ag.vjp(f, argument)
        ct = tuple(o.numpy() * (0.5 + (0.25j if o.dtype.kind == "c" else 0)) for o in out)
        close(pullback(ct)[0], plain_pullback(ct)[0], rtol=1e-6)
        assert [o.dtype for o in out] == [o.dtype for o in plain_out]


@pytest.mark.parametrize("z", [X, X + 1j * X[::-1]], ids=["real", "complex"])
def test_real_results_beside_complex_ones_change_no_derivative(z):
    def f(z):
        return np.sum(np.abs(z) ** 4), np.exp(z * 1j)

    def total(g):
        return lambda z: np.sum(np.imag(g(z)[1] * (1 + g(z)[0])))

    plain, kept = total(f), total(ag.checkpoint(f))
    close(ag.grad(kept)(z), ag.grad(plain)(z))
    close(ag.jvp(kept, (z,), (z,))[1], ag.jvp(plain, (z,), (z,))[1])
    close(ag.hvp(kept, (z,), (z,))[0], ag.hvp(plain, (z,), (z,))[0])
    close(ag.trace(kept, z).backward().run([z])[-1], ag.grad(plain)(z))


def test_tangents_of_a_result_in_double_precision_keep_it_beside_one_in_single():
    def f(x):
        return x.astype(np.float32), np.exp(x)

    def second(g):
        return lambda x: g(x)[1]

    kept, plain = second(ag.checkpoint(f)), second(f)
    close(ag.jvp(kept, (X,), (X,))[1], ag.jvp(plain, (X,), (X,))[1])
