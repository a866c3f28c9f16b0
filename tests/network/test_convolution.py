"""Convolution and pooling: the definition written out, and derivatives for every option."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import autograd_mini as ag


def normal(*shape, salt=0):
    return np.random.default_rng([9, salt]).normal(size=shape)


def padded(x, pads, fill=0.0):
    return np.pad(x, [(0, 0), (0, 0), *pads], constant_values=fill)


def windows_of(x, window, stride, dilation=None):
    """Yield (position, window) of a padded array: the definition, slowly."""
    dilation = dilation or (1,) * len(window)
    reach = [d * (k - 1) + 1 for k, d in zip(window, dilation, strict=True)]
    counts = [(n - r) // s + 1 for n, r, s in zip(x.shape[2:], reach, stride, strict=True)]
    for position in itertools.product(*map(range, counts)):
        where = tuple(
            slice(p * s, p * s + r, d)
            for p, s, r, d in zip(position, stride, reach, dilation, strict=True)
        )
        yield position, x[(slice(None), slice(None), *where)]


def conv_written_out(x, w, stride, pads, dilation, groups):
    x = padded(x, pads)
    found = {}
    per_group = x.shape[1] // groups
    for position, cell in windows_of(x, w.shape[2:], stride, dilation):
        for o in range(w.shape[0]):
            first = o // (w.shape[0] // groups) * per_group
            axes = tuple(range(1, cell.ndim))
            found[position, o] = np.sum(cell[:, first : first + per_group] * w[o], axis=axes)
    last = max(found)[0]
    out = np.zeros((x.shape[0], w.shape[0], *(k + 1 for k in last)), x.dtype)
    for (position, o), value in found.items():
        out[(slice(None), o, *position)] = value
    return out


CONVOLUTIONS = [
    ((2, 3, 7), (4, 3, 3), {}, ((1,), ((0, 0),), (1,), 1)),
    ((2, 3, 7), (4, 3, 2), {"stride": 2, "padding": 1}, ((2,), ((1, 1),), (1,), 1)),
    ((1, 1, 5), (1, 1, 5), {"padding": "same"}, ((1,), ((2, 2),), (1,), 1)),
    ((1, 2, 6), (1, 2, 4), {"padding": "same"}, ((1,), ((1, 2),), (1,), 1)),
    ((1, 2, 7), (1, 2, 3), {"padding": "same", "stride": 2}, ((2,), ((1, 1),), (1,), 1)),
    ((1, 2, 6), (1, 2, 1), {"padding": "same", "stride": 3}, ((3,), ((0, 0),), (1,), 1)),
    ((1, 4, 6), (6, 2, 2), {"groups": 2, "padding": [(2, 0)]}, ((1,), ((2, 0),), (1,), 2)),
    ((2, 2, 5, 4), (3, 2, 2, 3), {}, ((1, 1), ((0, 0),) * 2, (1, 1), 1)),
    (
        (2, 2, 5, 4),
        (2, 1, 2, 2),
        {"groups": 2, "stride": (2, 1)},
        ((2, 1), ((0, 0),) * 2, (1, 1), 2),
    ),
    (
        (1, 2, 6, 6),
        (2, 2, 2, 3),
        {"dilation": (2, 1), "padding": (1, 2)},
        ((1, 1), ((1, 1), (2, 2)), (2, 1), 1),
    ),
    (
        (1, 2, 5, 5),
        (2, 2, 3, 3),
        {"padding": "valid", "stride": 2},
        ((2, 2), ((0, 0),) * 2, (1, 1), 1),
    ),
    (
        (1, 1, 6, 5),
        (1, 1, 3, 3),
        {"padding": "same", "dilation": 2},
        ((1, 1), ((2, 2),) * 2, (2, 2), 1),
    ),
    (
        (1, 2, 3, 4, 3),
        (2, 2, 2, 2, 2),
        {"padding": 1, "stride": 2},
        ((2,) * 3, ((1, 1),) * 3, (1,) * 3, 1),
    ),
    ((1, 1, 2, 2, 2, 3), (1, 1, 1, 2, 1, 2), {}, ((1,) * 4, ((0, 0),) * 4, (1,) * 4, 1)),
]
every_convolution = pytest.mark.parametrize(
    "case", CONVOLUTIONS, ids=[str(c[:3]) for c in CONVOLUTIONS]
)


@every_convolution
def test_convolution_is_its_definition(case):
    x_shape, w_shape, options, written = case
    x, w = normal(*x_shape), normal(*w_shape, salt=1)
    for requires_grad in (False, True):
        got = ag.conv(ag.tensor(x, requires_grad=requires_grad), w, **options)
        np.testing.assert_allclose(
            got.detach().numpy(), conv_written_out(x, w, *written), atol=1e-13
        )


@every_convolution
def test_derivatives_of_convolution(case):
    x_shape, w_shape, options, _ = case
    x, w = normal(*x_shape), normal(*w_shape, salt=1)
    assert ag.gradcheck(lambda x, w: ag.conv(x, w, **options), x, w, order=2)


def test_single_precision_stays_single_and_half_half():
    for dtype in (np.float32, np.float16):
        x, w = normal(2, 2, 6, 6).astype(dtype), normal(2, 2, 3, 3).astype(dtype)
        dx, dw = ag.grad(lambda x, w: np.sum(ag.conv(x, w) ** 2), (0, 1))(x, w)
        assert dx.dtype == dw.dtype == dtype
        assert ag.max_pool(x, 2).dtype == ag.avg_pool(x, 2).dtype == dtype
        for pool in (ag.max_pool, ag.avg_pool):
            assert ag.grad(lambda x, pool=pool: np.sum(pool(x, 2)))(x).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_the_average_of_a_window_of_more_entries_than_float16_can_count(dtype):
    x = np.ones((1, 1, 300, 300), dtype)
    found, pullback = ag.vjp(lambda x: ag.avg_pool(x, (300, 300)), x)
    assert found.item() == 1
    dx = pullback(np.full((1, 1, 1, 1), 90, dtype))[0]
    np.testing.assert_allclose(dx, np.full(x.shape, 1e-3), rtol=1e-3)


def test_an_empty_batch_has_empty_results():
    x, w = np.zeros((0, 2, 5)), normal(3, 2, 2)
    dx, dw = ag.grad(lambda x, w: np.sum(ag.conv(x, w)), (0, 1))(x, w)
    assert dx.shape == (0, 2, 5)
    np.testing.assert_array_equal(dw.numpy(), np.zeros((3, 2, 2)))
    assert ag.max_pool(x, 2).shape == (0, 2, 2)


def test_operands_that_are_not_contiguous():
    x = normal(5, 6, 2, 3).transpose(3, 2, 1, 0)
    w = normal(4, 2, 3, 3)[:, :, ::-1, ::-1]
    g = ag.grad(lambda x: np.sum(ag.conv(x, w) ** 2))(x)
    h = ag.grad(lambda x: np.sum(ag.conv(x, w.copy()) ** 2))(x.copy())
    np.testing.assert_allclose(g.numpy(), h.numpy(), rtol=1e-13)


POOLS = [
    ((2, 2, 7), 2, {}),
    ((2, 2, 7), 3, {"stride": 1}),
    ((1, 2, 6), 3, {"stride": 2, "padding": 1}),
    ((2, 1, 5, 6), 2, {}),
    ((2, 1, 5, 6), (2, 3), {"stride": (1, 2), "padding": (1, 0)}),
    ((1, 1, 5, 5), 3, {"stride": 2, "padding": [(0, 1), (1, 0)]}),
    ((1, 1, 5, 5), 2, {"padding": "same"}),
    ((1, 2, 4, 4, 4), 2, {}),
    ((1, 1, 3, 4, 3), (1, 2, 2), {"stride": 1}),
]
every_pool = pytest.mark.parametrize(
    ("shape", "window", "options"), POOLS, ids=[str(p) for p in POOLS]
)


def pool_written_out(x, window, options, fill, reduce):
    n = x.ndim - 2
    window = (window,) * n if isinstance(window, int) else window
    stride = options.get("stride", window)
    stride = (stride,) * n if isinstance(stride, int) else stride
    pads = options.get("padding", 0)
    if pads == "same":
        pads = [(0, (-size) % k) for size, k in zip(x.shape[2:], window, strict=True)]
    pads = (pads,) * n if isinstance(pads, int) else pads
    pads = [(p, p) if isinstance(p, int) else p for p in pads]
    found = dict(windows_of(padded(x, pads, fill), window, stride))
    out = np.zeros((*x.shape[:2], *(k + 1 for k in max(found))))
    for position, cell in found.items():
        out[(..., *position)] = reduce(cell, axis=tuple(range(2, 2 + n)))
    return out


@every_pool
def test_pooling_is_its_definition(shape, window, options):
    x = normal(*shape) - 3
    expected = pool_written_out(x, window, options, -np.inf, np.max)
    np.testing.assert_array_equal(ag.max_pool(x, window, **options).numpy(), expected)
    expected = pool_written_out(x, window, options, 0.0, np.mean)
    np.testing.assert_allclose(ag.avg_pool(x, window, **options).numpy(), expected, rtol=1e-14)


@every_pool
def test_derivatives_of_pooling(shape, window, options):
    x = normal(*shape)
    for pool in (ag.max_pool, ag.avg_pool):
        assert ag.gradcheck(lambda x, pool=pool: pool(x, window, **options) ** 2, x, order=2)


def test_ties_in_a_window_share_equally():
    g = ag.grad(lambda x: np.sum(ag.max_pool(x, 2)))(np.ones((1, 1, 2, 2)))
    np.testing.assert_array_equal(g.numpy(), np.full((1, 1, 2, 2), 0.25))
    x = np.array([[[1.0, 3.0, 3.0, 2.0]]])
    g = ag.grad(lambda x: np.sum(ag.max_pool(x, 3, stride=1)))(x)
    np.testing.assert_array_equal(g.numpy(), [[[0, 1, 1, 0]]])
    _, t = ag.jvp(lambda x: ag.max_pool(x, 4), (x,), (np.array([[[5.0, 1.0, 2.0, 7.0]]]),))
    np.testing.assert_array_equal(t.numpy(), [[[1.5]]])


def test_padding_never_wins_nor_shares():
    x = np.full((1, 1, 2), -5.0)
    assert ag.max_pool(x, 2, stride=1, padding=1).numpy().tolist() == [[[-5, -5, -5]]]
    g = ag.grad(lambda x: np.sum(ag.max_pool(x, 2, stride=1, padding=1)))(np.zeros((1, 1, 2)))
    np.testing.assert_array_equal(g.numpy(), [[[1.5, 1.5]]])


def test_mistakes_raise_with_shapes():
    x, w = np.ones((1, 2, 5)), np.ones((3, 2, 2))
    for call, match in (
        (lambda: ag.conv(x, np.ones((3, 3, 2))), r"2 channels"),
        (lambda: ag.conv(x, np.ones((3, 2, 2, 2))), r"\(3, 2, 2, 2\)"),
        (lambda: ag.conv(np.ones(4), w), r"\(4,\)"),
        (lambda: ag.conv(x, np.ones((3, 1, 2)), groups=2), "groups=2"),
        (lambda: ag.conv(x, w, stride=0), "stride"),
        (lambda: ag.conv(x, w, stride=(1, 1)), "stride"),
        (lambda: ag.conv(x, w, padding="full"), "'full'"),
        (lambda: ag.conv(x, w, padding=-1), "padding"),
        (lambda: ag.conv(x, np.ones((3, 2, 9))), "does not fit"),
        (lambda: ag.max_pool(x, 6), "does not fit"),
        (lambda: ag.max_pool(x, 2, padding=2), "nothing but padding"),
        (lambda: ag.avg_pool(np.ones((2, 2)), 2), r"\(2, 2\)"),
    ):
        with pytest.raises(ValueError, match=match):
            call()
    with pytest.raises(TypeError):
        ag.max_pool(np.ones((1, 1, 4), complex), 2)


@pytest.mark.parametrize("options", [
    {"stride": 1.5}, {"dilation": (1, 2.0)}, {"padding": 0.5}, {"padding": (1, 0.5)},
    {"padding": ((0, 1), (0, 1, 2))}, {"padding": ((0, 1), (0, -1))}, {"stride": 0},
])  # fmt: skip
def test_what_is_no_whole_number_of_steps_is_refused_by_name(options):
    (name,) = options
    with pytest.raises(ValueError, match=f"{name} is a whole number of at least"):
        ag.conv(np.ones((1, 1, 5, 5)), np.ones((1, 1, 2, 2)), **options)
