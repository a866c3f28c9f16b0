"""Properties of random expressions and indices: derivatives are those of numerical differences."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd_mini as ag

ELEMENTS = st.floats(-2, 2, allow_nan=False, width=32).map(lambda x: round(x, 2) + 0.003)
SMALL = hnp.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3)
settings.register_profile("derandomized", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("derandomized")

SMOOTH = {
    "tanh": np.tanh, "sin": np.sin, "softplus": ag.softplus, "square": np.square,
    "exp": lambda x: np.exp(x * 0.3), "sqrt": lambda x: np.sqrt(x * x + 1),
    "log": lambda x: np.log(x * x + 0.5), "cube": lambda x: x**3 * 0.1,
}  # fmt: skip
PAIRS = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y,
    "/": lambda x, y: x / (y * y + 1.0), "**": lambda x, y: (x * x + 0.5) ** (y * 0.3),
    "outer sum": lambda x, y: np.sum(x) * y, "logaddexp": np.logaddexp,
    "arctan2": lambda x, y: np.arctan2(x, y * y + 1.0),
}  # fmt: skip
FOLDS = {
    "sum": np.sum, "mean": np.mean, "prod": np.prod, "var": np.var, "logsumexp": ag.logsumexp,
}  # fmt: skip


@st.composite
def expressions(draw):
    """Draw a function of two arrays, as a list of steps on a stack of values."""
    steps = []
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["map", "pair", "fold", "shape"]))
        if kind == "map":
            steps.append((kind, draw(st.sampled_from(sorted(SMOOTH)))))
        elif kind == "pair":
            steps.append((kind, draw(st.sampled_from(sorted(PAIRS))), draw(st.integers(0, 5))))
        elif kind == "fold":
            name = draw(st.sampled_from(sorted(FOLDS)))
            steps.append((kind, name, draw(st.booleans()), draw(st.integers(0, 2))))
        else:
            steps.append((kind, draw(st.sampled_from(["T", "ravel", "flip", "stack", "cumsum"]))))

    def f(x, y):
        values = [x, y]
        for step in steps:
            top = values[-1]
            if step[0] == "map":
                made = SMOOTH[step[1]](top)
            elif step[0] == "pair":
                other = values[step[2] % len(values)]
                try:
                    np.broadcast_shapes(top.shape, other.shape)
                except ValueError:
                    other = np.sum(other)
                made = PAIRS[step[1]](top, other)
            elif step[0] == "fold":
                axis = step[3] % top.ndim if top.ndim else None
                made = FOLDS[step[1]](top, axis=axis, keepdims=step[2])
            else:
                made = {
                    "T": np.transpose, "ravel": np.ravel, "flip": np.flip,
                    "stack": lambda v: np.stack([v, v * 0.5]), "cumsum": np.cumsum,
                }[step[1]](top)  # fmt: skip
            if np.prod(made.shape) > 200:
                break
            values.append(np.tanh(made))  # keeps everything of order 1
        total = 0.0
        for k, value in enumerate(values):
            total = total + np.sum(value) * (k + 1.0)
        return total

    return f


def numerical(f, points, directions):
    h = 1e-4

    def at(s):
        return f(*[p + s * h * d for p, d in zip(points, directions, strict=True)])

    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)


@given(
    expressions(), hnp.arrays(np.float64, SMALL, elements=ELEMENTS),
    hnp.arrays(np.float64, SMALL, elements=ELEMENTS),
)  # fmt: skip
def test_gradients_tangents_and_curvatures_of_expressions(f, x, y):
    rng = np.random.default_rng(0)
    directions = [rng.normal(size=x.shape), rng.normal(size=y.shape)]
    slope = numerical(f, (x, y), directions)
    gradients = ag.grad(f, argnums=(0, 1))(x, y)
    total = sum(np.sum(g.numpy() * d) for g, d in zip(gradients, directions, strict=True))
    np.testing.assert_allclose(total, slope, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(ag.jvp(f, (x, y), directions)[1].item(), slope, rtol=1e-6, atol=1e-7)

    def along(*points):
        gs = ag.grad(f, argnums=(0, 1))(*points)
        return np.sum(gs[0] * directions[0]) + np.sum(gs[1] * directions[1])

    bend = numerical(lambda *p: along(*p).item(), (x, y), directions)
    products = ag.hvp(f, (x, y), directions)
    total = sum(np.sum(g.numpy() * d) for g, d in zip(products, directions, strict=True))
    np.testing.assert_allclose(total, bend, rtol=1e-5, atol=1e-6)


@given(st.data())
def test_reading_at_any_index_and_its_transpose(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4))
    index = data.draw(
        st.one_of(
            hnp.basic_indices(shape, allow_newaxis=True),
            hnp.integer_array_indices(shape),
            hnp.arrays(bool, shape),
        )
    )
    a = np.arange(float(np.prod(shape))).reshape(shape)
    expected = a[index]
    x = ag.tensor(a, requires_grad=True)
    y = x[index]
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    assert y.shape == expected.shape
    w = np.random.default_rng(0).normal(size=expected.shape)
    y.backward(w)
    by_hand = np.zeros(shape)
    np.add.at(by_hand, index, w)
    np.testing.assert_allclose(x.grad.numpy(), by_hand, atol=1e-12)


@given(st.data())
def test_writing_at_any_index_and_its_transposes(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4))
    index = data.draw(
        st.one_of(
            hnp.basic_indices(shape, allow_newaxis=True),
            hnp.integer_array_indices(shape),
            hnp.arrays(bool, shape),
        )
    )
    rng = np.random.default_rng(0)
    a, w = rng.normal(size=shape), rng.normal(size=shape)
    v = rng.normal(size=a[index].shape)
    expected = a.copy()
    expected[index] = v
    x, u = ag.tensor(a, requires_grad=True), ag.tensor(v, requires_grad=True)
    y = x * 1.0
    y[index] = u
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    np.sum(y * w).backward()
    kept = w.copy()
    kept[index] = 0
    np.testing.assert_array_equal(x.grad.numpy(), kept)
    numbers = np.full(shape, -1)
    numbers[index] = np.arange(v.size).reshape(v.shape)
    from_u = np.zeros(v.size)
    np.add.at(from_u, numbers[numbers >= 0], w[numbers >= 0])
    np.testing.assert_allclose(u.grad.numpy(), from_u.reshape(v.shape))


@given(st.data())
def test_broadcasting_of_any_shapes(data):
    shapes = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape) for shape in shapes.input_shapes)
    x, y = ag.tensor(a, requires_grad=True), ag.tensor(b, requires_grad=True)
    z = x * y
    assert z.shape == shapes.result_shape
    w = rng.normal(size=z.shape)
    z.backward(w)
    for t, other in ((x, b), (y, a)):
        d = rng.normal(size=t.shape)
        np.testing.assert_allclose(
            np.sum(t.grad.numpy() * d), np.sum(w * (d * other)), rtol=1e-10, atol=1e-12
        )


@given(
    st.sampled_from(["sum", "mean", "max", "min", "prod", "var", "std"]),
    hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=3, max_side=3), elements=ELEMENTS),
    st.data(),
)
def test_reductions_over_any_axes(name, a, data):
    n = a.ndim
    count = data.draw(st.integers(1, n))
    axis = tuple(data.draw(st.permutations(range(n)))[:count])
    axis = tuple(k - n if data.draw(st.booleans()) else k for k in axis)
    keepdims = data.draw(st.booleans())
    a = a + np.random.default_rng(0).normal(size=a.shape) * 1e-2  # no ties
    if name in ("std", "var") and np.prod([a.shape[k] for k in axis]) == 1:
        name = "sum"
    f = getattr(np, name)
    x = ag.tensor(a, requires_grad=True)
    y = f(x, axis=axis, keepdims=keepdims)
    np.testing.assert_allclose(y.detach().numpy(), f(a, axis=axis, keepdims=keepdims))
    w = np.random.default_rng(1).normal(size=y.shape)
    d = np.random.default_rng(2).normal(size=a.shape)
    y.backward(w)
    slope = numerical(lambda a: np.sum(w * f(a, axis=axis, keepdims=keepdims)), (a,), (d * 1e-2,))
    np.testing.assert_allclose(np.sum(x.grad.numpy() * d) * 1e-2, slope, rtol=1e-5, atol=1e-7)
