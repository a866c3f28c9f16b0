"""A compiled function does what the function does, for any arguments, at any time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.differentiate.tree import leaves


def data(*shape: int, seed: int = 0, dtype: Any = float) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


X, Y2 = data(3, 4), data(3, 4, seed=1)
POSITIVE = np.abs(X) + 0.5
LABELS = (data(1, 4) > 0) * 1.0
CLASSES = np.array([0, 2, 1])

PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "product": (lambda x, y: x * y, (X, Y2)),
    "operators": (lambda x, y: (x + 2) / (y * y + 1) - (-x) ** 2, (X, Y2)),
    "broadcast": (lambda x, y: x * y[:1] + y[:, :1], (X, Y2)),
    "views": (lambda x: x.T.reshape(2, 6)[:, ::2], (X,)),
    "matrix products": (lambda x, y: (x @ y.T) @ x, (X, Y2)),
    "vector products": (lambda x, y: x[0] @ y[1] + x @ y[0] @ y[:, 0], (X, Y2)),
    "reductions": (lambda x: (x.sum(), x.mean(axis=0), x.max(axis=1, keepdims=True)), (X,)),
    "elementary": (lambda x: np.exp(np.sin(x)) + np.log(np.cosh(x)), (X,)),
    "square roots": (lambda x: np.sqrt(x) + np.log1p(x), (POSITIVE,)),
    "activations": (lambda x: ag.relu(x) + ag.sigmoid(x) * np.tanh(x) + ag.softplus(x), (X,)),
    "leaky and smooth": (lambda x: ag.leaky_relu(x, 0.2) + ag.silu(x) + ag.elu(x), (X,)),
    "softmax": (lambda x: (ag.softmax(x, axis=0), ag.log_softmax(x, axis=1)), (X,)),
    "logsumexp": (lambda x: ag.logsumexp(x, axis=1), (X,)),
    "where": (lambda x: np.where(x > 0, np.exp(x), x), (X,)),
    "maximum": (lambda x, y: np.maximum(x, y) - np.minimum(x, 0), (X, Y2)),
    "clip": (lambda x: np.clip(x, -0.5, 0.5), (X,)),
    "concatenate": (lambda x, y: np.concatenate([x, y, x], axis=1), (X, Y2)),
    "stack": (lambda x, y: np.stack([x, y]).sum(axis=0), (X, Y2)),
    "indexing": (lambda x: x[[0, 0, 2]] + x[1], (X,)),
    "cumulative": (lambda x: np.cumsum(x, axis=1) * np.cumprod(x, axis=0), (X,)),
    "sort": (lambda x: np.sort(x, axis=1), (X,)),
    "norms": (lambda x: np.linalg.norm(x) + np.var(x) + np.std(x, axis=0), (X,)),
    "gradient": (ag.grad(lambda x: np.sum(np.tanh(x) ** 2)), (X,)),
    "value and gradient": (ag.value_and_grad(lambda x, y: np.sum(x * np.exp(y)), (0, 1)), (X, Y2)),
    "second derivative": (
        ag.grad(lambda x: np.sum(ag.grad(lambda z: np.sum(z**3))(x) ** 2)),
        (X,),
    ),
    "forward mode": (lambda x, t: ag.jvp(np.tanh, (x,), (t,)), (X, Y2)),
    "hessian times vector": (
        lambda x, v: ag.hvp(lambda z: np.sum(np.sin(z) * z), (x,), (v,)),
        (X, Y2),
    ),
    "cross-entropy of naive logs": (
        ag.value_and_grad(
            lambda z: (
                -np.mean(LABELS * np.log(ag.sigmoid(z)) + (1 - LABELS) * np.log(1 - ag.sigmoid(z)))
            )
        ),
        (data(1, 4, seed=3),),
    ),
    "cross-entropy of classes": (ag.value_and_grad(lambda z: ag.cross_entropy(z, CLASSES)), (X,)),
    "dict of parameters": (
        ag.value_and_grad(lambda p: np.sum((p["W"] @ X + p["b"]) ** 2)),
        ({"W": data(2, 3), "b": data(2, 1)},),
    ),
    "list and tuple": (lambda p: [p[0] * 2, (p[1], p[0] + p[1])], ([X, Y2],)),
    "argument returned": (lambda x, y: (x, y.T, x * y), (X, Y2)),
    "one result twice": (lambda x: (np.exp(x), np.exp(x)), (X,)),
    "constant result": (lambda x: (x, np.ones(3)), (X,)),
    "loop": (lambda x: sum((x * k for k in range(1, 5)), x), (X,)),
    "static number": (lambda x, k: x**k, (X, 3)),
    "static choice": (lambda x, flag: x * 2 if flag else x * 3, (X, True)),
    "float32": (lambda x: ag.sigmoid(x) * 2.0 + 1, (X.astype(np.float32),)),
    "integers": (lambda x, n: x * n + n, (X, np.arange(4))),
    "scalars": (lambda a, b: a * b + np.sin(a) - b / a, (np.float64(0.3), np.array(2.0))),
    "empty": (lambda x: np.exp(x).sum() + np.sum(x * 2), (np.zeros((0, 3)),)),
    "complex": (lambda z: np.abs(z * (1 + 2j)) + np.real(z), (X + 1j * Y2,)),
    "complex constants": (
        lambda z: z * np.full(X.shape, 1 + 2j) + np.full(X.shape, 3j),
        (X + 1j,),
    ),
    "local changes in place": (lambda x: _filled(x), (X,)),
    "no_grad": (lambda x: _without_gradient(x), (X,)),
}


def _filled(x: Any) -> Any:
    out = x * 0.0
    out[0] = x[1] * 2
    out += 1
    return out


def _without_gradient(x: Any) -> Any:
    def cost(z: Any) -> Any:
        with ag.no_grad():
            scale = np.sum(z * z)
        return np.sum(z) * scale

    return ag.grad(cost)(x)


def assert_equal(compiled: Any, plain: Any) -> None:
    found, expected = list(leaves(compiled)), list(leaves(plain))
    assert [path for path, _ in found] == [path for path, _ in expected]
    for (_, a), (_, b) in zip(found, expected, strict=True):
        assert isinstance(a, ag.Tensor)
        assert a.shape == np.shape(b)
        assert a.dtype == np.asarray(b).dtype
        tolerance = 1e-12 if a.dtype.itemsize >= 8 else 1e-6
        np.testing.assert_allclose(a.numpy(), np.asarray(b), rtol=tolerance, atol=tolerance)


def other(value: Any) -> Any:
    """Return an argument of the same kind with other values."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return value * 1.1 + 0.05
    if isinstance(value, dict):
        return {key: other(each) for key, each in value.items()}
    if isinstance(value, list):
        return [other(each) for each in value]
    return value


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_what_the_function_gives(name: str) -> None:
    f, args = PROGRAMS[name]
    compiled = ag.compile(f)
    for given in (args, tuple(other(each) for each in args), args):
        assert_equal(compiled(*given), f(*given))


def test_results_are_not_overwritten_by_a_later_call() -> None:
    compiled = ag.compile(lambda x: (np.exp(x), x, x.T, np.tanh(x).sum(axis=0)))
    first = compiled(X)
    kept = [each.numpy().copy() for each in first]
    compiled(Y2)
    for result, copy in zip(first, kept, strict=True):
        np.testing.assert_array_equal(result.numpy(), copy)
        result.data[...] = 7.0  # and belong to the caller
    assert (X != 7.0).all()


def train(params: Any, x: Any) -> Any:
    def cost(p: Any) -> Any:
        return np.mean((p["W"] @ x + p["b"]) ** 2)

    value, grads = ag.value_and_grad(cost)(params)
    for name in params:
        params[name] -= 0.1 * grads[name]
    return value


def test_arguments_updated_in_place_are_updated() -> None:
    compiled = ag.compile(train)
    ours = {"W": data(2, 3), "b": data(2, 1)}
    theirs = {name: each.copy() for name, each in ours.items()}
    arrays = dict(ours)
    for _ in range(5):
        a, b = compiled(ours, X), train(theirs, X)
        assert a.item() == pytest.approx(b.item(), rel=1e-12)
    for name, each in arrays.items():
        assert ours[name] is each
        np.testing.assert_allclose(each, np.asarray(theirs[name]), rtol=1e-12)


def test_arguments_that_trade_places() -> None:
    def swap(a: Any, b: Any) -> Any:
        old = a * 1.0
        a[...] = b
        b[...] = old
        return a + b

    a, b = np.array([1.0, 2.0]), np.array([30.0, 40.0])
    ag.compile(swap)(a, b)
    np.testing.assert_array_equal(a, [30.0, 40.0])
    np.testing.assert_array_equal(b, [1.0, 2.0])


def test_other_shapes_and_dtypes_are_recorded_again() -> None:
    compiled = ag.compile(lambda x: x * 2)
    sources = []
    for x in (X, X, X[:2], X.astype(np.float32), X):
        assert_equal(compiled(x), x * 2)
        sources.append(compiled.source)
    assert sources[0] == sources[1] == sources[4]


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(TypeError, match="takes a function, not int"):
        ag.compile(3)  # type: ignore[arg-type]


def test_a_compiled_function_says_what_it_is() -> None:
    compiled = ag.compile(np.sin)
    compiled(np.ones(2))
    assert repr(compiled) == "<compiled sin, recorded once>"
    compiled(np.ones(3))
    assert repr(compiled) == "<compiled sin, recorded 2 times>"


def test_a_branch_on_a_value_raises() -> None:
    def f(x: Any) -> Any:
        return x if x.sum() > 0 else -x

    with pytest.raises(ag.DataDependentError, match="recorded once"):
        ag.compile(f)(X)


@pytest.mark.parametrize("look", [float, int, bool, lambda t: t.item(), lambda t: t.numpy()])
def test_looking_at_a_value_raises(look: Callable[[Any], Any]) -> None:
    with pytest.raises(ag.DataDependentError):
        ag.compile(lambda x: x * look(x.sum()))(X)


def test_a_changed_closure_is_recorded_again() -> None:
    rate = 0.1

    def f(x: Any) -> Any:
        return x * rate

    compiled = ag.compile(f)
    np.testing.assert_allclose(compiled(X).numpy(), X * 0.1)
    rate = 0.5
    np.testing.assert_allclose(compiled(X).numpy(), X * 0.5)


def test_an_array_around_the_function_that_changes_is_recorded_again() -> None:
    weights = data(3, 4)
    compiled = ag.compile(lambda x: x * weights)
    compiled(X)
    weights *= 2
    np.testing.assert_allclose(compiled(X).numpy(), X * weights)
    weights = weights + 1
    np.testing.assert_allclose(compiled(X).numpy(), X * weights)


def test_attributes_of_self_are_watched() -> None:
    class Model:
        scale = 2.0

        def __init__(self) -> None:
            self.shift = 1.0
            self.list = [3.0]

        def run(self, x: Any) -> Any:
            return x * self.list[0] + self.shift

    model = Model()
    compiled = ag.compile(model.run)
    assert_equal(compiled(X), model.run(X))
    model.shift = 5.0
    assert_equal(compiled(X), model.run(X))
    model.list[0] = 7.0
    assert_equal(compiled(X), model.run(X))


def test_dropout_draws_afresh_and_in_the_same_order() -> None:
    def f(x: Any, rng: Any) -> Any:
        first = ag.dropout(x, 0.5, rng=rng)
        second = ag.dropout(x * 2, 0.5, rng=rng)
        return second, first

    compiled = ag.compile(f)
    ours, theirs = np.random.default_rng(5), np.random.default_rng(5)
    seen = []
    for _ in range(4):
        result, expected = compiled(X, ours), f(X, theirs)
        assert_equal(result, expected)
        seen.append(result[0].numpy())
    assert not np.array_equal(seen[0], seen[1])


def test_dropout_of_a_checkpoint_draws_afresh() -> None:
    def f(x: Any, rng: Any) -> Any:
        layer = ag.checkpoint(lambda z: ag.dropout(np.tanh(z), 0.5, rng=rng))
        return ag.value_and_grad(lambda z: np.sum(layer(z) ** 2))(x)

    compiled, x = ag.compile(f), np.arange(12.0)
    ours, theirs = np.random.default_rng(3), np.random.default_rng(3)
    for _ in range(3):
        for found, expected in zip(compiled(x, ours), f(x, theirs), strict=True):
            assert np.array_equal(found.numpy(), expected.numpy())


def test_the_source_reads_like_the_course() -> None:
    def step(W1: Any, b1: Any, A0: Any) -> Any:
        Z1 = W1 @ A0 + b1
        Z1.name = "Z1"
        return np.sum(np.tanh(Z1))

    names = {"W1": data(2, 3), "b1": data(2, 1), "A0": data(3, 5)}
    compiled = ag.compile(step)
    compiled(*(ag.tensor(each, name=name) for name, each in names.items()))
    assert "def step(W1, b1, A0):" in compiled.source
    assert "W1.dot(A0, " in compiled.source


def test_a_decorator_and_a_transformation_outside() -> None:
    @ag.compile
    def f(x: Any) -> Any:
        return np.sum(np.sin(x))

    assert f(X).item() == pytest.approx(np.sin(X).sum())
    np.testing.assert_allclose(ag.grad(f)(X).numpy(), np.cos(X))


def test_a_program_of_numbers_runs_on_floats_and_knows_infinity() -> None:
    compiled = ag.compile(ag.value_and_grad(lambda a, b: a * b / (a - b) + np.exp(a), (0, 1)))
    plain = ag.value_and_grad(lambda a, b: a * b / (a - b) + np.exp(a), (0, 1))
    for a, b in ((0.5, 2.0), (1.0, 1.0), (800.0, 1.0), (np.nan, 1.0)):
        with np.errstate(all="ignore"):
            given = np.float64(a), np.float64(b)
            assert_equal(compiled(*given), plain(*given))
    assert "from math import" in compiled.source


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(ValueError, match="backend"):
        ag.compile(lambda x: x, backend="fortran")


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        ([np.inf, -np.inf, 1.0], [1.0, 0.0, 1.0]),
        ([np.inf, 1.0, 2.0], [0.0, 1.0, 0.3]),
        ([np.nan, 1.0, 2.0], [0.0, 1.0, 0.3]),
        ([5.0, -1.0, 2.0], [-0.5, 1.5, 0.3]),
        ([1e300, -800.0, 800.0], [1.0, 0.0, 0.999]),
    ],
)
def test_cross_entropy_at_extreme_logits_is_as_uncompiled(backend, logits, labels):
    z, y = np.array(logits), np.array(labels)
    with np.errstate(all="ignore"):
        right = ag.binary_cross_entropy_with_logits(z, y)
        step = ag.compile(ag.binary_cross_entropy_with_logits, backend=backend)
        np.testing.assert_allclose(step(z, y).item(), right, rtol=1e-12)


def test_an_argument_is_updated_while_something_still_holds_what_was_differentiated() -> None:
    def step(w: Any) -> Any:
        held: list[Any] = []

        def cost(v: Any) -> Any:
            held.append(v)
            return np.sum(v**2)

        w -= 0.1 * ag.grad(cost)(w)
        return held[0] * 1.0

    w = np.array([1.0, 2.0])
    before = ag.compile(step)(w)
    np.testing.assert_allclose(before.numpy(), [1.0, 2.0])
    np.testing.assert_allclose(w, [0.8, 1.6])


def test_names_say_nothing_that_python_would_run() -> None:
    def f(x: Any, y: Any) -> Any:
        z = x @ y + 1
        z.name = "a\n        raise SystemExit\r\f\0"
        return np.tanh(np.tanh(z) @ z)

    compiled, x = ag.compile(f), data(3, 3)
    z = x @ (2 * x) + 1
    # Python takes these two names for the same
    W, V = ag.tensor(x, name="W"), ag.tensor(2 * x, name="\N{MATHEMATICAL ITALIC CAPITAL W}")
    for _ in range(2):
        np.testing.assert_array_equal(compiled(W, V), np.tanh(np.tanh(z) @ z))


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_array_of_one_entry_is_used_and_updated(backend: str, shape: Any, dtype: Any) -> None:
    def step(b: Any, x: Any, c: Any) -> Any:
        y = np.tanh(x - b) * c + b
        b += np.sum(x, axis=1, keepdims=True).reshape(shape)
        b -= c
        return y

    x = data(1, 5, dtype=dtype)
    b, expected = np.full(shape, 0.3, dtype), np.full(shape, 0.3, dtype)
    compiled = ag.compile(step, backend=backend)
    view = np.full((3, *shape), 0.3, dtype)[::2][1, ...]
    for c in (np.full(shape, 0.7, dtype), np.full((2, *shape), -1.5, dtype)[::-1][0, ...]):
        right = step(expected, x, c)
        for each in (b, view):
            found = compiled(each, x, c)
            assert (found.shape, found.dtype) == (right.shape, right.dtype)
            np.testing.assert_allclose(found, right, rtol=10 * np.finfo(dtype).eps)
            np.testing.assert_allclose(each, expected, rtol=10 * np.finfo(dtype).eps)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_numbers_are_written_where_a_mask_says_as_in_the_course(backend: str) -> None:
    def relu_backward(dA: Any, Z: Any) -> Any:
        dZ = dA.copy()
        dZ[Z <= 0] = 0
        return dZ

    rng = np.random.default_rng(0)
    compiled = ag.compile(relu_backward, backend=backend)
    for _ in range(3):
        dA, Z = rng.standard_normal((2, 4, 5))
        np.testing.assert_array_equal(compiled(dA, Z), relu_backward(dA, Z))
    gradient = ag.compile(ag.grad(lambda dA, Z: np.sum(relu_backward(dA, Z) ** 2)))
    np.testing.assert_array_equal(gradient(dA, Z), 2 * relu_backward(dA, Z))
    rows = [relu_backward(a, z) for a, z in zip(dA, Z, strict=True)]
    np.testing.assert_array_equal(ag.vmap(relu_backward)(dA, Z), np.stack(rows))
    with pytest.raises(ag.DataDependentError, match="depends on the values"):
        ag.compile(lambda x: _written(x, np.ones(3)))(np.ones(5))
    np.testing.assert_array_equal(
        ag.compile(lambda x: _written(x, 0.5))(np.arange(5)), [0, 1, 2, 0, 0]
    )


def _written(x: Any, value: Any) -> Any:
    made = x.copy()
    made[x > 2] = value
    return made


def test_arrays_of_objects_are_refused():
    with pytest.raises(TypeError, match="array of numbers"):
        ag.compile(lambda x: 2 * x)(np.array([1.0, None], dtype=object))


@pytest.mark.parametrize("by", [0.8, np.arange(1.0, 6.0)], ids=["a number", "an array"])
def test_gradients_of_quotients_by_constants_need_no_care_for_infinities(by):
    slope = ag.compile(ag.grad(lambda x: np.sum(np.tanh(x) / by)))
    x = np.linspace(-1.0, 1.0, 5)
    np.testing.assert_allclose(slope(x).numpy(), (1 - np.tanh(x) ** 2) / by, rtol=1e-15)
    assert "where" not in slope.source
    assert "isfinite" not in slope.source


def test_results_of_which_only_one_was_used_need_no_value_of_the_other():
    def cost(x):
        return np.linalg.slogdet(x)[1] * np.linalg.slogdet(x)[0]

    x = np.diag([1.0, -2.0, 4.0]) + 0.1
    slope = ag.compile(ag.grad(cost))
    for scale in (1.0, 1.5):
        np.testing.assert_allclose(slope(scale * x).numpy(), ag.grad(cost)(scale * x), rtol=1e-12)
