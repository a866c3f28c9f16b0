"""Normalisation, dropout, embedding and attention."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag


def normal(*shape, salt=0):
    return np.random.default_rng([4, salt]).normal(size=shape)


# -- normalisation -------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 2), (3, 2, 3, 2)])
def test_batch_norm_gives_channels_mean_0_and_variance_1(shape):
    x = normal(*shape) * 3 + 1
    out = ag.batch_norm(x, eps=0.0).numpy()
    axes = (0, *range(2, x.ndim))
    np.testing.assert_allclose(out.mean(axis=axes), 0, atol=1e-14)
    np.testing.assert_allclose(out.var(axis=axes), 1)
    w, b = normal(shape[1], salt=1), normal(shape[1], salt=2)
    assert ag.gradcheck(ag.batch_norm, x, w, b, order=2)


def test_batch_norm_with_given_statistics_is_a_scale_and_a_shift():
    x, mean, var = normal(4, 3), normal(3, salt=1), np.array([1.0, 4.0, 9.0])
    out = ag.batch_norm(x, mean=mean, var=var, eps=0.0)
    np.testing.assert_allclose(out.numpy(), (x - mean) / np.sqrt(var))
    assert ag.gradcheck(lambda x, m, v: ag.batch_norm(x, mean=m, var=v), x, mean, var)
    with pytest.raises(TypeError, match="together"):
        ag.batch_norm(x, mean=mean)


@pytest.mark.parametrize(("axis", "shape"), [(-1, (4,)), ((1, 2), (3, 4)), (1, (3,))])
def test_layer_norm(axis, shape):
    x = normal(2, 3, 4)
    out = ag.layer_norm(x, axis=axis, eps=0.0).numpy()
    np.testing.assert_allclose(out.mean(axis=axis), 0, atol=1e-14)
    np.testing.assert_allclose(out.std(axis=axis), 1)
    w, b = normal(*shape, salt=1), normal(*shape, salt=2)
    assert ag.gradcheck(lambda x, w, b: ag.layer_norm(x, w, b, axis=axis), x, w, b, order=2)


def test_equal_entries_have_finite_gradients():
    g = ag.grad(lambda x: np.sum(ag.layer_norm(x) * np.arange(3.0)))(np.ones((2, 3)))
    assert np.isfinite(g.numpy()).all()


def test_normalisation_keeps_single_precision():
    x = normal(4, 3).astype(np.float32)
    for f in (ag.batch_norm, ag.layer_norm):
        assert f(x).dtype == np.float32
        assert ag.grad(lambda x, f=f: np.sum(f(x) ** 3))(x).dtype == np.float32


def test_a_weight_of_the_wrong_shape_raises():
    with pytest.raises(ValueError, match=r"weight of shape \(3,\), got \(4,\)"):
        ag.batch_norm(normal(4, 3), np.ones(4))
    with pytest.raises(ValueError, match=r"bias of shape \(3,\), got \(1,\)"):
        ag.layer_norm(normal(4, 3), bias=np.ones(1))


# -- dropout -------------------------------------------------------------------------------------


def test_dropout_keeps_what_the_generator_says_and_the_same_backward():
    x = normal(50, 4)
    mask = np.random.default_rng(3).random(x.shape) < 0.8
    t = ag.tensor(x, requires_grad=True)
    out = ag.dropout(t, keep_prob=0.8, rng=np.random.default_rng(3))
    np.testing.assert_allclose(out.detach().numpy(), x * mask / 0.8)
    out.sum().backward()
    np.testing.assert_allclose(t.grad.numpy(), mask / 0.8)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64, np.int64])
@pytest.mark.parametrize("keep_prob", [0.0, 0.3, 0.7, np.float64(0.7), 1, 1.0])
def test_dropout_scales_in_the_dtype_it_is_given(keep_prob, dtype):
    x = np.arange(1, 1001).astype(dtype)
    out = ag.dropout(x, keep_prob=keep_prob, rng=5).numpy()
    assert out.dtype == (x.dtype if x.dtype.kind in "fc" else np.float64)
    scale = np.asarray(1 / keep_prob if keep_prob else 0.0).astype(out.dtype)
    kept = np.random.default_rng(5).random(1000) < keep_prob
    np.testing.assert_array_equal(out, np.where(kept, x * scale, 0))


def test_dropout_draws_afresh_from_a_generator_and_repeats_a_seed():
    x, rng = np.ones(100), np.random.default_rng(0)
    first, second = ag.dropout(x, 0.5, rng=rng).numpy(), ag.dropout(x, 0.5, rng=rng).numpy()
    assert (first != second).any()
    np.testing.assert_array_equal(
        ag.dropout(x, 0.5, rng=1).numpy(), ag.dropout(x, 0.5, rng=1).numpy()
    )
    assert (ag.dropout(x, 0.5).numpy() != ag.dropout(x, 0.5).numpy()).any()


def test_rate_is_what_is_dropped():
    x = np.ones(20000)
    out = ag.dropout(x, 0.25, rng=2).numpy()
    assert np.mean(out == 0) == pytest.approx(0.25, abs=0.02)
    np.testing.assert_array_equal(out, ag.dropout(x, keep_prob=0.75, rng=2).numpy())


def test_keeping_all_and_nothing():
    x = normal(5)
    np.testing.assert_array_equal(ag.dropout(x, keep_prob=1.0).numpy(), x)
    np.testing.assert_array_equal(ag.dropout(x, keep_prob=0.0).numpy(), 0)
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(ag.dropout(x, 1.0)))(x).numpy(), 0)


def test_dropout_has_second_derivatives_forward_mode_and_precision():
    x = normal(6)
    assert ag.gradcheck(lambda x: ag.dropout(x, 0.5, rng=7) ** 3, x, order=2)
    single = x.astype(np.float32)
    assert ag.dropout(single, 0.5).dtype == np.float32
    assert ag.grad(lambda x: np.sum(ag.dropout(x, 0.5)))(single).dtype == np.float32


def test_dropout_needs_one_probability():
    for options in ({}, {"rate": 0.5, "keep_prob": 0.5}):
        with pytest.raises(TypeError, match="keep_prob"):
            ag.dropout(np.ones(2), **options)
    for options in ({"rate": 1.5}, {"keep_prob": -0.1}, {"rate": np.nan}):
        with pytest.raises(ValueError, match="between 0 and 1"):
            ag.dropout(np.ones(2), **options)


# -- embedding -----------------------------------------------------------------------------------


def test_embedding_adds_the_gradients_of_rows_used_twice():
    table = normal(4, 3)
    indices = np.array([[0, 2], [2, 2]])
    np.testing.assert_array_equal(ag.embedding(indices, table).numpy(), table[indices])
    g = ag.grad(lambda t: np.sum(ag.embedding(indices, t)))(table)
    np.testing.assert_array_equal(g.numpy(), np.array([1, 0, 3, 0])[:, None] * np.ones(3))
    assert ag.gradcheck(lambda t: ag.embedding(indices, t) ** 2, table, order=2)


def test_embedding_and_one_hot_refuse_what_is_no_index():
    with pytest.raises(TypeError, match="integers"):
        ag.embedding(np.array([0.0]), np.ones((2, 2)))
    with pytest.raises(ValueError, match="0 … 1"):
        ag.embedding([2], np.ones((2, 2)))
    with pytest.raises(ValueError, match="0 … 1"):
        ag.one_hot([-1], 2)


def test_one_hot():
    labels = np.array([[0, 2], [1, 1]])
    out = ag.one_hot(labels, 3, dtype=np.float32)
    assert out.dtype == np.float32
    assert not out.requires_grad
    np.testing.assert_array_equal(out.numpy(), np.eye(3)[labels])
    np.testing.assert_array_equal(ag.one_hot(ag.tensor(labels), 3).numpy(), np.eye(3)[labels])


# -- attention -----------------------------------------------------------------------------------


def attention_written_out(q, k, v, allowed):
    scores = np.where(allowed, q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1]), -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True) @ v


Q, K, V = normal(2, 3, 4), normal(2, 5, 4, salt=1), normal(2, 5, 2, salt=2)


@pytest.mark.parametrize(
    "options", [{}, {"causal": True}, {"mask": np.arange(15).reshape(3, 5) % 3 < 2}]
)
def test_attention(options):
    allowed = options.get("mask", np.tri(3, 5, dtype=bool) if options else np.ones((3, 5), bool))
    out = ag.scaled_dot_product_attention(Q, K, V, **options)
    np.testing.assert_allclose(out.numpy(), attention_written_out(Q, K, V, allowed), rtol=1e-12)
    assert ag.gradcheck(
        lambda q, k, v: ag.scaled_dot_product_attention(q, k, v, **options), Q, K, V
    )


def test_attention_adds_a_mask_of_numbers():
    bias = normal(3, 5, salt=3)
    out = ag.scaled_dot_product_attention(Q, K, V, mask=bias, scale=1.0)
    scores = Q @ np.swapaxes(K, -1, -2) + bias
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(out.numpy(), weights @ V)
    hidden = np.where(np.arange(5) < 2, 0.0, -np.inf)
    np.testing.assert_allclose(
        ag.scaled_dot_product_attention(Q, K, V, mask=hidden).numpy(),
        attention_written_out(Q, K, V, np.arange(5) < 2),
    )


def test_a_query_that_may_look_nowhere_gets_0_and_spoils_nothing():
    mask = np.array([[True] * 5, [False] * 5, [True] * 5])
    out = ag.scaled_dot_product_attention(Q, K, V, mask=mask)
    np.testing.assert_array_equal(out.numpy()[:, 1], 0)
    for g in ag.grad(
        lambda q, k, v: np.sum(ag.scaled_dot_product_attention(q, k, v, mask=mask)), (0, 1, 2)
    )(Q, K, V):
        assert np.isfinite(g.numpy()).all()
