"""Convolution, pooling, normalisation, attention and losses beside torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

import autograd_mini as ag

pytestmark = pytest.mark.oracle


def normal(*shape, salt=0):
    return np.random.default_rng([8, salt]).normal(size=shape)


def compare(mine, theirs, *arrays, close=1e-10):
    """Compare values, gradients, and Hessian-vector products of a scalar of both."""
    ts = [ag.tensor(x, requires_grad=True) for x in arrays]
    us = [torch.tensor(x, requires_grad=True) for x in arrays]
    a, b = mine(*ts), theirs(*us)
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=close, atol=close)

    def here(*xs):
        return np.sum(np.sin(mine(*xs)))

    here(*ts).backward()
    torch.sin(b).sum().backward()
    for t, u in zip(ts, us, strict=True):
        assert t.grad.dtype == t.dtype
        np.testing.assert_allclose(t.grad.numpy(), u.grad.numpy(), rtol=close, atol=close)
    vectors = [np.cos(np.arange(x.size)).reshape(x.shape) for x in arrays]
    found = ag.hvp(here, tuple(arrays), tuple(vectors))
    _, expected = torch.autograd.functional.hvp(
        lambda *xs: torch.sin(theirs(*xs)).sum(),
        tuple(torch.tensor(x) for x in arrays),
        tuple(torch.tensor(v) for v in vectors),
    )
    for g, e in zip(found, expected, strict=True):
        np.testing.assert_allclose(g.numpy(), e.numpy(), rtol=close, atol=close)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(
    ("x", "w", "options"),
    [
        ((2, 3, 9), (4, 3, 3), {}),
        ((2, 4, 9), (6, 2, 3), {"groups": 2, "stride": 2, "padding": 1}),
        ((2, 2, 9), (3, 2, 3), {"dilation": 2, "padding": "same"}),
        ((2, 2, 9), (3, 2, 4), {"padding": "same"}),
        ((2, 3, 6, 7), (4, 3, 3, 2), {"stride": (2, 1), "padding": (1, 0)}),
        ((2, 4, 6, 7), (4, 1, 3, 3), {"groups": 4, "padding": 1, "dilation": (1, 2)}),
        ((1, 2, 4, 5, 4), (3, 2, 2, 3, 2), {"stride": (1, 2, 1), "padding": 1}),
    ],
)
def test_convolution(x, w, options):
    theirs = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[len(x)]
    compare(
        lambda x, w: ag.conv(x, w, **options),
        lambda x, w: theirs(x, w, **options),
        normal(*x),
        normal(*w, salt=1),
    )


@pytest.mark.parametrize(
    ("shape", "window", "options"),
    [
        ((2, 3, 9), 2, {}),
        ((2, 3, 9), 3, {"stride": 2, "padding": 1}),
        ((2, 3, 6, 7), 2, {}),
        ((2, 3, 6, 7), (3, 2), {"stride": (2, 1), "padding": (1, 0)}),
        ((1, 2, 4, 5, 4), 2, {"stride": 1}),
    ],
)
def test_pooling(shape, window, options):
    n = len(shape) - 2
    largest = getattr(F, f"max_pool{n}d")
    average = getattr(F, f"avg_pool{n}d")
    x = normal(*shape)
    compare(lambda x: ag.max_pool(x, window, **options), lambda x: largest(x, window, **options), x)
    compare(lambda x: ag.avg_pool(x, window, **options), lambda x: average(x, window, **options), x)


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5), (2, 3, 4, 4)])
def test_batch_norm(shape):
    compare(
        ag.batch_norm,
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        normal(*shape),
        normal(3, salt=1),
        normal(3, salt=2),
        close=1e-8,
    )
    mean, var = np.array([0.1, 0.2, 0.3]), np.array([1.0, 2.0, 3.0])
    compare(
        lambda x: ag.batch_norm(x, mean=mean, var=var),
        lambda x: F.batch_norm(x, torch.tensor(mean), torch.tensor(var)),
        normal(*shape),
    )


def test_layer_norm():
    compare(
        lambda x, w, b: ag.layer_norm(x, w, b, axis=(1, 2)),
        lambda x, w, b: F.layer_norm(x, (3, 4), w, b),
        normal(2, 3, 4),
        normal(3, 4, salt=1),
        normal(3, 4, salt=2),
        close=1e-8,
    )


@pytest.mark.parametrize("causal", [False, True])
def test_attention(causal):
    compare(
        lambda q, k, v: ag.scaled_dot_product_attention(q, k, v, causal=causal),
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=causal),
        normal(2, 3, 4),
        normal(2, 3, 4, salt=1),
        normal(2, 3, 5, salt=2),
    )


def test_embedding():
    indices = np.array([[0, 2, 2], [1, 0, 0]])
    compare(
        lambda t: ag.embedding(indices, t),
        lambda t: F.embedding(torch.tensor(indices), t),
        normal(3, 4),
    )


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (ag.gelu, F.gelu),
        (lambda x: ag.gelu(x, "tanh"), lambda x: F.gelu(x, approximate="tanh")),
        (ag.silu, F.silu),
        (ag.softplus, F.softplus),
        (ag.log_sigmoid, F.logsigmoid),
        (ag.elu, F.elu),
        (lambda x: ag.elu(x, 0.3), lambda x: F.elu(x, 0.3)),
        (lambda x: ag.leaky_relu(x, 0.2), lambda x: F.leaky_relu(x, 0.2)),
        (ag.softmax, lambda x: F.softmax(x, dim=-1)),
        (ag.log_softmax, lambda x: F.log_softmax(x, dim=-1)),
        (lambda x: ag.logsumexp(x, axis=1), lambda x: torch.logsumexp(x, 1)),
    ],
)
def test_activations(mine, theirs):
    compare(mine, theirs, normal(5, 6) * 3)


def test_losses():
    z, labels = normal(6, 3), np.array([0, 1, 2, 2, 1, 0])
    compare(
        lambda z: ag.cross_entropy(z, labels), lambda z: F.cross_entropy(z, torch.tensor(labels)), z
    )
    y = np.random.default_rng(0).random((6, 3))
    compare(ag.binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits, z, y)
    compare(
        lambda p: ag.binary_cross_entropy(p, y),
        lambda p: F.binary_cross_entropy(p, torch.tensor(y)),
        1 / (1 + np.exp(-z)),
    )
    compare(ag.mse, F.mse_loss, z, y)
