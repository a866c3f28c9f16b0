"""vmap: one example's code for a whole batch."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import autograd_mini as ag

rng = np.random.default_rng(0)
X = rng.normal(size=(4, 3))
W = rng.normal(size=(2, 3))


def loop(f, *batches):
    return np.stack([np.asarray(f(*each)) for each in zip(*batches, strict=True)])


def close(a, b):
    np.testing.assert_allclose(np.asarray(a.detach()), np.asarray(b), rtol=1e-12, atol=1e-14)


def layer(x):
    return np.tanh(W @ x)


# -- where the examples are -----------------------------------------------------------------------


def test_the_first_axis_counts_the_examples():
    close(ag.vmap(layer)(X), loop(layer, X))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_any_axis_may_count_them(axis):
    batch = np.moveaxis(rng.normal(size=(5, 2, 3)), 0, axis)
    made = ag.vmap(lambda a: a * 2 + a.T.sum(), in_axes=axis, out_axes=axis)(batch)
    expected = np.moveaxis(
        np.stack([a * 2 + a.sum() for a in np.moveaxis(batch, axis, 0)]), 0, axis
    )
    close(made, expected)


def test_arguments_may_be_the_same_for_all():
    b = rng.normal(size=4)
    close(ag.vmap(lambda x, w, s: (w @ x) * s, (0, None, 0))(X, W, b), (X @ W.T) * b[:, None])


def test_arguments_that_are_no_arrays_pass_where_they_are_not_mapped():
    def f(x, how, options):
        return x * 2 if how == "twice" and options["on"] is None else x

    close(ag.vmap(f, (0, None, None))(X, "twice", {"on": None}), 2 * X)


def test_keyword_arguments_are_the_same_for_all():
    close(ag.vmap(lambda x, *, shift: x + shift)(X, shift=X[0]), X + X[0])


@dataclasses.dataclass
class Params:
    W: object
    b: object


def test_containers_of_arguments_axes_and_results():
    params = Params(rng.normal(size=(2, 3, 4)), W[:, 0])

    def f(p, data):
        return {"y": p.W @ data["x"] + p.b, "pair": (np.sum(data["x"]), [data["n"]])}

    made = ag.vmap(f, (Params(2, None), {"x": 0, "n": None}), {"y": 1, "pair": 0})(
        params, {"x": X, "n": 7.0}
    )
    close(made["y"], np.stack([params.W[:, :, k] @ X[k] + params.b for k in range(4)], 1))
    close(made["pair"][0], X.sum(1))
    close(made["pair"][1][0], np.full(4, 7.0))


def test_results_that_do_not_depend_on_the_examples_are_repeated_or_left():
    def f(x):
        return x, W, 3.0, None, "text"

    _, w, three, nothing, text = ag.vmap(f)(X)
    close(w, np.broadcast_to(W, (4, 2, 3)))
    close(three, np.full(4, 3.0))
    assert (nothing, text) == (None, "text")
    close(ag.vmap(lambda x: (x, W), out_axes=(0, None))(X)[1], W)
    with pytest.raises(ValueError, match="differs from example to example"):
        ag.vmap(lambda x: x, out_axes=None)(X)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ag.vmap(np.add)(X, X[:2]), ValueError, r"\[0\] has 4, argument \[1\] has 2"),
        (lambda: ag.vmap(np.sin, 2)(X), ValueError, r"shape \(4, 3\) and no axis 2"),
        (lambda: ag.vmap(np.sin)(3.0), ValueError, r"shape \(\) and no axis 0"),
        (lambda: ag.vmap(np.sin, None)(X), ValueError, "nothing to map"),
        (lambda: ag.vmap(np.sin)(), ValueError, "nothing to map"),
        (lambda: ag.vmap(np.add, (0,))(X, X), ValueError, "in_axes has the entries"),
        (lambda: ag.vmap(np.sin, "first")(X), TypeError, "in_axes holds ints and None, not str"),
        (lambda: ag.vmap(np.sin, ({"a": 0},))({"b": X}), ValueError, r"\['a'\].*\['b'\]"),
    ],
)
def test_axes_that_do_not_fit_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("size", [0, 1])
def test_a_batch_of_none_or_one(size):
    def f(x):
        return np.linalg.norm(x) * np.sort(x), np.argmax(x), np.cumsum(x)

    made = ag.vmap(f)(X[:size])
    assert [each.shape for each in made] == [(size, 3), (size,), (size, 3)]
    assert made[1].dtype == np.int64
    g = ag.vmap(ag.grad(lambda x: np.sum(f(x)[0])))(X[:size])
    assert g.shape == (size, 3)


@pytest.mark.parametrize("dtype", [np.bool_, np.int32, np.float32, np.complex64])
def test_dtypes_stay(dtype):
    batch = (X > 0).astype(dtype)
    made = ag.vmap(lambda x: (x, x[0], np.where(x, 2, 1), x == x))(batch)
    expected = [batch, batch[:, 0], np.where(batch, 2, 1), batch == batch]
    for ours, theirs in zip(made, expected, strict=True):
        assert ours.dtype == theirs.dtype
        close(ours, theirs)


# -- with the other transformations ---------------------------------------------------------------


def cost(x, w=W):
    return np.sum(np.tanh(w @ x) ** 2 / (1 + np.exp(x[:2])))


def test_gradients_of_each_example():
    close(ag.vmap(ag.grad(cost))(X), loop(ag.grad(cost), X))


def test_gradient_of_a_batch():
    g = ag.grad(lambda w: np.mean(ag.vmap(cost, (0, None))(X, w)))(W)
    close(g, np.mean([np.asarray(ag.grad(lambda w, x=x: cost(x, w))(W)) for x in X], axis=0))


def test_forward_mode_inside_and_outside():
    V = rng.normal(size=X.shape)
    inside = ag.vmap(lambda x, v: ag.jvp(layer, (x,), (v,))[1])(X, V)
    outside = ag.jvp(ag.vmap(layer), (X,), (V,))[1]
    expected = loop(lambda x, v: ag.jvp(layer, (x,), (v,))[1], X, V)
    close(inside, expected)
    close(outside, expected)


def test_second_derivatives():
    close(ag.vmap(ag.hessian(cost))(X), loop(ag.hessian(cost), X))
    close(ag.vmap(ag.jacobian(layer))(X), loop(ag.jacobian(layer), X))
    both = ag.jacobian(ag.vmap(layer))(X)
    for k in range(4):
        close(both[k, :, k], ag.jacobian(layer)(X[k]))
    v = np.ones(3)
    close(ag.vmap(lambda x: ag.hvp(cost, (x,), (v,))[0])(X),
          loop(lambda x: ag.hvp(cost, (x,), (v,))[0], X))  # fmt: skip
    g = ag.grad(lambda x: np.sum(ag.vmap(ag.grad(cost))(x) ** 2))(X)
    close(g, loop(ag.grad(lambda x: np.sum(ag.grad(cost)(x) ** 2)), X))


def test_backward_reaches_leaves_that_the_function_knows():
    w = ag.tensor(W, requires_grad=True)
    x = ag.tensor(X, requires_grad=True)
    ag.vmap(lambda a: cost(a, w))(x).sum().backward()
    close(x.grad, loop(ag.grad(cost), X))
    close(w.grad, sum(np.asarray(ag.grad(lambda v, a=a: cost(a, v))(W)) for a in X))


def test_a_pullback_made_outside_is_mapped():
    _, pullback = ag.vjp(layer, X[0])
    basis = np.eye(2)
    close(ag.vmap(pullback)(basis)[0], np.asarray(ag.jacobian(layer)(X[0])))


def test_maps_nest():
    A, B = rng.normal(size=(2, 3)), rng.normal(size=(4, 3))
    table = ag.vmap(ag.vmap(lambda a, b: np.sum(a * b) + a, (None, 0)), (0, None))(A, B)
    close(table, (A @ B.T)[..., None] + A[:, None])
    close(ag.vmap(lambda a: ag.vmap(lambda b: a @ b)(B))(A), A @ B.T)
    f = ag.vmap(lambda a: ag.vmap(ag.grad(lambda b: np.sum(np.sin(a * b))))(B))
    close(f(A), np.cos(A[:, None] * B) * A[:, None])
    g = ag.grad(lambda a: np.sum(f(a)))(A)
    close(g, np.sum(np.cos(A[:, None] * B) - np.sin(A[:, None] * B) * A[:, None] * B, 1))
    deep = ag.vmap(ag.vmap(ag.vmap(np.sum)))(rng.normal(size=(2, 3, 4, 5)))
    assert deep.shape == (2, 3, 4)


def test_results_are_recorded_only_where_something_is():
    assert not ag.vmap(layer)(X).requires_grad
    assert not ag.vmap(ag.grad(cost))(X).requires_grad
    assert ag.vmap(layer)(ag.tensor(X, requires_grad=True)).requires_grad
    with ag.no_grad():
        assert not ag.vmap(layer)(ag.tensor(X, requires_grad=True)).requires_grad


# -- one example for all --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x if x[0] > 0 else -x,
        lambda x: x * float(x[0]),
        lambda x: x * int(x[0]),
        lambda x: x * complex(x[0]),
        lambda x: x * x[0].item(),
        lambda x: x * x.detach().tolist()[0],
        lambda x: x[: (x > 0).sum()],
        lambda x: x * x.numpy(),
        lambda x: x * x.detach().data,
        lambda x: x + np.asarray(x.detach()),
        lambda x: max(x[0], x[1]),
        lambda x: x * (0.5 in x),
        lambda x: x[x > 0],
        lambda x: np.nonzero(x)[0],
        lambda x: x * np.unique(x),
        lambda x: x * [1, 2, 3][x[0].astype(int)],
        lambda x: W[(x > 0).astype(int)[0]],
        lambda x: (x @ x).backward(),
        lambda x: ag.tensor(x, requires_grad=True),
        lambda x: np.repeat(x, (x > 0).astype(int)),
        lambda x: np.reshape(x, (np.sum(x).astype(int), -1)),
        lambda x: np.allclose(x, 0) and x,
    ],
)
def test_what_depends_on_one_examples_values_is_refused_with_its_line(f):
    with pytest.raises(ag.DataDependentError, match=r"inside vmap .*: \w.*test_vmap\.py"):
        ag.vmap(f)(X)


def test_an_array_to_write_into_refuses_an_example():
    def f(x):
        out = np.zeros(3)
        out[0] = x[0]
        return out

    with pytest.raises((ag.DataDependentError, ValueError)) as error:  # NumPy has its own words
        ag.vmap(f)(X)
    assert "inside vmap" in str(error.value.__cause__ or error.value)


def test_shapes_dtypes_and_what_is_not_mapped_may_decide():
    w = ag.tensor(W, requires_grad=True)

    def f(x):
        assert (len(x), x.shape, x.ndim, x.size, x.dtype) == (3, (3,), 1, 3, np.float64)
        assert np.shape(x) == (3,)
        assert np.zeros_like(x).shape == (3,)
        if w.sum() > -100 and np.result_type(x, np.float32) == np.float64:
            x = x * float(w.detach()[0, 0])
        return x

    close(ag.vmap(f)(X), X * W[0, 0])


def test_an_example_says_what_it_is():
    seen = []
    ag.vmap(lambda x: seen.append(f"{x!r} {x}") or x)(X)
    assert seen == [" ".join(["Tensor(values not known yet, shape=(3,), dtype=float64)"] * 2)]


def test_the_function_runs_once_whatever_the_size():
    calls = []
    ag.vmap(lambda x: calls.append(1) or x)(rng.normal(size=(100, 2)))
    assert calls == [1]


def test_a_larger_batch_is_not_a_longer_program():
    w = ag.tensor(W, requires_grad=True)

    def f(x):
        h = np.tanh(w @ x)
        p = np.exp(h - np.max(h))
        return np.log(p[0] / p.sum()) + np.sum(np.cumsum(x)[1:] * np.sort(x)[::2].mean())

    sizes = [len(ag.graph(ag.vmap(ag.grad(f))(rng.normal(size=(n, 3))))) for n in (2, 50)]
    assert sizes[0] == sizes[1]


# -- writing, and stopping ------------------------------------------------------------------------


def test_the_function_may_write_into_tensors():
    def f(x):
        x += 1
        row = x[1:]
        row *= 2
        out = ag.zeros(4)
        out[0] = x[0]
        out[1:] = x
        return x, out

    before = X.copy()
    x, out = ag.vmap(f)(X)
    expected = (X + 1) * [1, 2, 2]
    close(x, expected)
    close(out, np.concatenate([expected[:, :1], expected], 1))
    np.testing.assert_array_equal(X, before)
    g = ag.vmap(ag.grad(lambda x: np.sum(f(x)[1] ** 2)))(X)
    close(g, 2 * expected * [2, 2, 2])


def test_detach_and_no_grad_stop_the_gradient_of_each_example():
    def f(x):
        with ag.no_grad():
            a = x * x + np.sin(x)
            pair = np.frexp(x)
        return np.sum(a * x + x.detach() * x + pair[0].detach() * 0)

    expected = X * X + np.sin(X) + X
    close(ag.vmap(ag.grad(f))(X), expected)
    close(ag.grad(lambda x: np.sum(ag.vmap(f)(x)))(X), expected)


def test_a_gradient_taken_under_no_grad_is_a_constant_of_each_example():
    def f(x):
        with ag.no_grad():
            g = ag.grad(lambda t: np.sum(t**3))(x)
        return np.sum(g * x)

    close(ag.vmap(ag.grad(f))(X), 3 * X**2)


def test_hooks_see_the_gradient_of_each_example():
    def f(x):
        y = x * 2
        y.register_hook(lambda g: g * np.max(g))
        return np.sum(y * y)

    expected = loop(ag.grad(f), X)
    close(ag.vmap(ag.grad(f))(X), expected)
    close(ag.grad(lambda x: np.sum(ag.vmap(f)(x)))(X), expected)


def test_writing_outside_after_the_call_changes_nothing():
    x = ag.tensor(X.copy(), requires_grad=True)
    batch = X.copy()
    y = ag.vmap(lambda a, b: np.sum(a * b))(x, batch).sum()
    batch[:] = 0
    y.backward()
    close(x.grad, X)


# -- indices that are computed --------------------------------------------------------------------


I = np.array([2, 0, 1, -1])
J = np.array([[0, 1], [1, 1], [2, 0], [0, 0]])
T = rng.normal(size=(3, 4, 5))

INDEXING = {
    "scalar": (lambda t, i, j: t[i], lambda t, i, j: t[i]),
    "vector": (lambda t, i, j: t[j], lambda t, i, j: t[j]),
    "second": (lambda t, i, j: t[:, i], lambda t, i, j: t[:, i]),
    "last": (lambda t, i, j: t[..., i], lambda t, i, j: t[..., i]),
    "two": (lambda t, i, j: t[i, :, j], lambda t, i, j: t[i, :, j]),
    "beside": (lambda t, i, j: t[:, i, j], lambda t, i, j: t[:, i, j]),
    "fixed": (lambda t, i, j: t[1, i], lambda t, i, j: t[1, i]),
    "apart": (lambda t, i, j: t[1, :, j], lambda t, i, j: t[1, :, j]),
    "new axis": (lambda t, i, j: t[None, j, 1:], lambda t, i, j: t[None, j, 1:]),
    "list": (lambda t, i, j: t[[0, 1], j], lambda t, i, j: t[[0, 1], j]),
    "column": (lambda t, i, j: t[j[:, None], j], lambda t, i, j: t[j[:, None], j]),
}


@pytest.mark.parametrize("name", INDEXING)
@pytest.mark.parametrize("mapped", [True, False])
def test_an_index_may_differ_from_example_to_example(name, mapped):
    ours, theirs = INDEXING[name]
    tables = rng.normal(size=(4, 3, 4, 5)) if mapped else T
    axes = (0 if mapped else None, 0, 0)
    made = ag.vmap(lambda t, i, j: ours(ag.asarray(t), i, j), axes)(tables, I, J)
    each = tables if mapped else [T] * 4
    close(made, np.stack([theirs(t, i, j) for t, i, j in zip(each, I, J, strict=True)]))

    def total(t):
        return np.sum(np.sin(ag.vmap(lambda t, i, j: ours(t, i, j), axes)(t, I, J)))

    def looped(t):
        return sum(
            np.sum(np.sin(theirs(t[k] if mapped else t, i, j)))
            for k, (i, j) in enumerate(zip(I, J, strict=True))
        )

    close(ag.grad(total)(tables), ag.grad(looped)(tables))
    v = np.ones_like(tables)
    close(ag.hvp(total, (tables,), (v,))[0], ag.hvp(looped, (tables,), (v,))[0])
    if mapped:
        one = ag.vmap(ag.grad(lambda t, i, j: np.sum(np.sin(ours(t, i, j)))), axes)(tables, I, J)
        close(one, ag.grad(looped)(tables))


def set_entries(t, v, i, j):
    t[i] = 0.5
    t[:, i] = v[:, 0]
    t[j, 1] *= v[0, j]
    t[-1][i] = v[1, 1]


def set_rows(t, v, i, j):
    t[i] = v[:1]
    t[j] = 2 * v[None, :2]
    t[i, j] = 1


def set_lists(t, v, i, j):
    t[[0, 1], j] = v[0, :2]
    t[..., j[:, None], j] = np.stack([v[1], v[2]])[:, :2]


def add_at(t, v, i, j):
    np.add.at(t, j, v[:2])
    np.subtract.at(t, (j, [1, 0]), np.prod(v[0, :2]))


def put_along(t, v, i, j):
    np.put_along_axis(t, j[:, None], v[:2, :1] * t[0, 0], axis=0)
    np.put_along_axis(t, j[None] % 4, v[:1, :2], axis=1)


@pytest.mark.parametrize("write", [set_entries, set_rows, set_lists, add_at, put_along])
@pytest.mark.parametrize("mapped", [True, False])
def test_entries_to_write_into_may_differ_from_example_to_example(write, mapped):
    def f(t, v, i, j):
        t = ag.asarray(t) * 1.0
        write(t, v, i, j)
        return t

    tables = rng.normal(size=(4, 3, 4)) if mapped else T[..., 0].copy()
    values = rng.normal(size=(4, 3, 4))
    many = ag.vmap(f, (0 if mapped else None, 0, 0, 0))
    each = tables if mapped else np.stack([tables] * 4)
    close(many(tables, values, I, J), loop(f, each, values, I, J))

    def total(t, v):
        return np.sum(np.sin(many(t, v, I, J)))

    def looped(t, v):
        return sum(
            np.sum(np.sin(f(t[k] if mapped else t, v[k], I[k], J[k]))) for k in range(len(I))
        )

    for k in (0, 1):
        close(ag.grad(total, k)(tables, values), ag.grad(looped, k)(tables, values))
    v = (np.ones_like(tables), values[::-1])
    for ours, theirs in zip(
        ag.hvp(total, (tables, values), v), ag.hvp(looped, (tables, values), v), strict=True
    ):
        close(ours, theirs)


def test_entries_to_write_into_may_differ_at_each_level():
    def f(t, v, i):
        t = t * 1.0
        t[i] = v
        return t

    tables, values, where = rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 4)), np.stack([I, -I])
    made = ag.vmap(ag.vmap(f))(tables, values, where)
    close(made, np.stack([loop(f, *each) for each in zip(tables, values, where, strict=True)]))


def test_what_does_not_fit_into_a_computed_index_is_told_as_numpy_does():
    def f(x, j):
        t = x * 1.0
        t[j] = x
        return t

    with pytest.raises(
        ValueError, match=r"\(3,\) could not be broadcast to indexing result of shape \(2,\)"
    ):
        ag.vmap(f)(X, J)


def test_what_is_written_last_into_an_entry_stays():
    def f(v, j):
        t = ag.zeros(3)
        t[j] = v
        return t

    close(ag.vmap(f)(X[:, :2], J), loop(lambda v, j: f(v, j).numpy(), X[:, :2], J))


def test_the_gradient_of_a_table_adds_up_where_it_is_read_twice():
    table = ag.tensor(T[0], requires_grad=True)
    ag.vmap(lambda i: np.sum(table[i]))(np.array([1, 1, 2])).sum().backward()
    close(table.grad, np.array([[0.0], [2], [1], [0]]) * np.ones(5))


def test_labels_choose_the_cost_of_each_example():
    labels = np.array([0, 1, 1, 0])

    def one(x, label):
        z = W @ x
        return ag.logsumexp(z) - z[label]

    close(ag.vmap(one)(X, labels).mean(), ag.cross_entropy(X @ W.T, labels))


def test_computed_indices_must_be_integers():
    with pytest.raises(IndexError, match="must hold ints, not float64"):
        ag.vmap(lambda x: x[x[0]])(X)


def test_take_and_sorting_follow_each_example():
    def f(x):
        order = np.argsort(-x)
        return np.sum(np.take(x, order) * np.arange(3) + np.take_along_axis(x, order, axis=0) ** 2)

    close(ag.vmap(f)(X), loop(f, X))
    close(ag.vmap(ag.grad(f))(X), loop(ag.grad(f), X))
    close(ag.vmap(ag.hessian(f))(X), loop(ag.hessian(f), X))


# -- where things stand ---------------------------------------------------------------------------


def test_nodes_keep_scope_name_and_line():
    def f(x):
        with ag.scope("hidden"):
            z = W @ x
            z.name = "z"
            return np.tanh(z)

    g = ag.graph(ag.vmap(f)(ag.tensor(X, requires_grad=True, name="X")))
    tanh = next(node for node in g.nodes if node.op.name == "tanh")
    assert tanh.scope == "hidden"
    assert tanh.source.function.endswith("f")
    assert any(node.name == "z" for node in g.nodes)


def test_warnings_are_those_of_the_batch_and_of_its_handling():
    batch = np.array([[1.0], [0.0]])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        ag.vmap(np.log)(batch)

    def quiet(x):
        with np.errstate(divide="ignore"):
            return np.log(x)

    ag.vmap(quiet)(batch)
    ag.vmap(ag.grad(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0))))(batch)


def test_what_the_function_draws_is_the_same_for_all_and_dropout_is_not():
    generator = np.random.default_rng(0)
    noise = ag.vmap(lambda x: x * 0 + generator.normal(size=3))(X)
    close(noise, np.broadcast_to(np.asarray(noise[0]), (4, 3)))
    ones = np.ones((200, 3))
    dropped = np.asarray(ag.vmap(lambda x: ag.dropout(x, 0.5, rng=generator))(ones))
    assert len(np.unique(dropped, axis=0)) == 8
    same = np.asarray(ag.vmap(lambda x: ag.dropout(x, 0.5, rng=3))(ones))
    assert len(np.unique(same, axis=0)) == 1
    np.testing.assert_array_equal(same[0], np.asarray(ag.dropout(np.ones(3), 0.5, rng=3)))


def test_convolution_and_normalisation_of_each_example():
    images = rng.normal(size=(4, 1, 2, 6, 6))
    kernel = rng.normal(size=(3, 2, 3, 3))

    def f(x, w):
        y = ag.max_pool(ag.relu(ag.conv(x, w, padding=1)), 2)
        return np.sum(ag.avg_pool(y, 3) ** 2) + np.var(y)

    close(ag.vmap(f, (0, None))(images, kernel), loop(lambda x: f(x, kernel), images))
    got = ag.vmap(ag.grad(f, (0, 1)), (0, None))(images, kernel)
    for k in (0, 1):
        close(got[k], loop(lambda x, k=k: ag.grad(f, (0, 1))(x, kernel)[k], images))


def test_a_function_that_gives_other_dtypes_for_other_examples_is_refused():
    p = np.array([[1.0, 0.0, -1.0], [1.0, 0.0, 1.0]])  # real roots, complex roots
    with pytest.raises(ag.DataDependentError, match=r"roots gives float64 .* complex128"):
        ag.vmap(np.roots)(ag.tensor(p, requires_grad=True))


def test_gradients_by_what_all_examples_share_are_not_recorded():
    def f(w, x):
        return np.sum(np.tanh(w * x))

    w, X = np.ones(3), np.arange(12.0).reshape(4, 3)
    found = ag.vmap(ag.grad(f), (None, 0))(w, X)
    assert not found.requires_grad
    for row, x in zip(found.numpy(), X, strict=True):
        np.testing.assert_allclose(row, ag.grad(f)(w, x).numpy())


def test_what_depends_on_a_recorded_tensor_outside_stays_recorded():
    w = ag.tensor([1.0, 2.0, 3.0], requires_grad=True)
    X = np.arange(12.0).reshape(4, 3)
    np.sum(ag.vmap(lambda x: np.sum(w * x))(X)).backward()
    np.testing.assert_allclose(w.grad.numpy(), X.sum(axis=0))


@pytest.mark.parametrize("n", [3, 20_000])
@pytest.mark.parametrize("f", [lambda x: x, lambda x: x[::-1], lambda x: x.T])
def test_writing_into_a_result_leaves_the_argument_as_it_is(f, n):
    batch = np.ones((2, n))
    result = ag.vmap(f)(batch)
    result += 1.0
    np.testing.assert_array_equal(result.numpy(), 2.0)
    np.testing.assert_array_equal(batch, 1.0)


@pytest.mark.parametrize("size", [0, 3])
def test_several_results_keep_each_its_own_dtype(size):
    def f(x):
        values, vectors = np.linalg.eigh(x)
        kept = ag.checkpoint(lambda x: (np.sum(np.abs(x)), x * 1j, np.argmax(np.abs(x))))
        return values, vectors, *kept(x)

    x = np.diag([1.0, 2.0, 4.0]) + 0.5j * (np.eye(3, k=1) - np.eye(3, k=-1))
    for made, one in zip(ag.vmap(f)(np.stack([x] * 3)[:size]), f(x), strict=True):
        assert made.dtype == one.dtype
        np.testing.assert_allclose(made.numpy(), np.stack([one] * 3)[:size], rtol=1e-12)
