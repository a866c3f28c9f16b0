"""Random shapes and options: convolution and einsum agree with their transposes and NumPy."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_mini as ag

quick = settings(max_examples=80, deadline=None, derandomize=True)


def adjoint_identity(f, *xs):
    """Check <u, J v> = <Jᵀ u, v> for random u and v, which for linear maps is all there is."""
    rng = np.random.default_rng(0)
    vs = [rng.normal(size=x.shape) for x in xs]
    out, tangent = ag.jvp(f, xs, vs)
    u = rng.normal(size=out.shape)
    gradients = ag.vjp(f, *xs)[1](u)
    forward = np.sum(u * tangent.numpy())
    reverse = sum(np.sum(g.numpy() * v) for g, v in zip(gradients, vs, strict=True))
    np.testing.assert_allclose(forward, reverse, rtol=1e-9, atol=1e-9)
    h = 1e-6
    moved = [np.asarray(f(*(x + s * h * v for x, v in zip(xs, vs, strict=True)))) for s in (1, -1)]
    np.testing.assert_allclose(
        tangent.numpy(), (moved[0] - moved[1]) / (2 * h), rtol=1e-4, atol=1e-5
    )


@st.composite
def convolutions(draw):
    n = draw(st.integers(1, 3))
    size = st.lists(st.integers(1, 4), min_size=n, max_size=n)
    groups, kernel = draw(st.integers(1, 3)), draw(size)
    dilation, stride = draw(size), draw(size)
    pads = [tuple(draw(st.lists(st.integers(0, 2), min_size=2, max_size=2))) for _ in range(n)]
    space = [
        max(d * (k - 1) + 1 - sum(p), 1) + draw(st.integers(0, 3))
        for k, d, p in zip(kernel, dilation, pads, strict=True)
    ]
    x = (draw(st.integers(0, 2)), groups * draw(st.integers(1, 2)), *space)
    w = (groups * draw(st.integers(1, 2)), x[1] // groups, *kernel)
    padding = draw(st.sampled_from([pads, "same"]))
    return x, w, {"stride": stride, "dilation": dilation, "padding": padding, "groups": groups}


@quick
@given(convolutions())
def test_convolution_and_its_transposes(call):
    x_shape, w_shape, options = call
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=x_shape), rng.normal(size=w_shape)
    adjoint_identity(lambda x, w: ag.conv(x, w, **options), x, w)
    adjoint_identity(ag.grad(lambda x: np.sum(ag.conv(x, w, **options) ** 2)), x)


@st.composite
def pools(draw):
    n = draw(st.integers(1, 3))
    window = draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))
    stride = draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))
    pads = [(draw(st.integers(0, k - 1)), draw(st.integers(0, k - 1))) for k in window]
    space = [k + draw(st.integers(0, 3)) for k in window]
    return (draw(st.integers(1, 2)), draw(st.integers(1, 2)), *space), window, stride, pads


@quick
@given(pools())
def test_pooling_and_its_transpose(call):
    shape, window, stride, pads = call
    x = np.random.default_rng(2).permutation(int(np.prod(shape))).reshape(shape) * 1.0
    for pool in (ag.max_pool, ag.avg_pool):
        adjoint_identity(lambda x, pool=pool: pool(x, window, stride=stride, padding=pads), x)


@st.composite
def einsums(draw):
    sizes = {letter: draw(st.integers(1, 3)) for letter in "ijkl"}
    word = st.lists(st.sampled_from("ijkl"), min_size=0, max_size=3).map("".join)
    terms = draw(st.lists(word, min_size=1, max_size=3))
    named = sorted(set("".join(terms)))
    result = draw(st.permutations(named))[: draw(st.integers(0, len(named)))]
    subscripts = ",".join(terms) + "->" + "".join(result)
    return subscripts, [tuple(sizes[letter] for letter in term) for term in terms]


@quick
@given(einsums())
def test_einsum_of_any_letters(call):
    subscripts, shapes = call
    rng = np.random.default_rng(3)
    xs = [np.asarray(rng.normal(size=shape)) for shape in shapes]
    adjoint_identity(lambda *xs: np.einsum(subscripts, *xs), *xs)
    first = ag.grad(lambda *xs: np.sum(np.einsum(subscripts, *xs) ** 2))
    adjoint_identity(first, *xs)
