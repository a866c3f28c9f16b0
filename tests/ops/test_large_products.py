"""Gradients of large sums of products, and of products of very large and very small numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

rng = np.random.default_rng(0)


@pytest.mark.parametrize(
    "subscripts", ["ij,jk->ik", "ij,kj->ik", "ji,jk->ki", "ij,ij->i", "ij,i->"]
)
def test_einsum_is_numpys_to_the_last_bit_and_its_gradients_those_of_matrix_products(
    subscripts: str,
) -> None:
    operands, result = subscripts.split("->")
    names = operands.split(",")
    x, y = (rng.normal(size=(40,) * len(each)) for each in names)
    weights = rng.normal(size=np.einsum(subscripts, x, y).shape)
    assert np.array_equal(ag.einsum(subscripts, x, y).numpy(), np.einsum(subscripts, x, y))
    found = ag.grad(lambda x, y: np.sum(np.einsum(subscripts, x, y) * weights), (0, 1))(x, y)
    for k, (ours, other) in enumerate(zip(found, (y, x), strict=True)):
        free = [letter for letter in names[k] if letter not in result + names[1 - k]]
        back = f"{result},{names[1 - k]}{''.join(f',{each}' for each in free)}->{names[k]}"
        expected = np.einsum(back, weights, other, *(np.ones(40) for _ in free))
        np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-12, atol=1e-12)
        assert ours.numpy().flags.c_contiguous


def test_einsum_beside_lesser_precision_keeps_its_own() -> None:
    A, b = rng.normal(size=(300, 200)).astype(np.float32), rng.normal(size=300)
    found = ag.grad(lambda b: np.einsum("ij,i->", A, b))(b).numpy()
    np.testing.assert_allclose(found, A.astype(np.float64).sum(axis=1), rtol=1e-12, atol=1e-12)
    # a letter that only the lesser operand has would be summed first, and in that precision
    x, y = rng.normal(size=(20, 30, 50)).astype(np.float32), rng.normal(size=(30, 20))
    found = ag.grad(lambda y: np.sum(np.einsum("ijl,jk->ik", x, y)))(y).numpy()
    expected = np.repeat(x.astype(np.float64).sum(axis=(0, 2))[:, None], 20, axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("x", "scale", "expected"),
    [
        (np.array([1e-37, 1], np.float32), np.float32(1e-9), [1e-9, 0]),
        (np.array([1e-200, 1.0]), 1e-200, [1e-200, 0]),
        (np.array([1e-160, 1e-160, 1e150, 1e150]), 1.0, [1e140, 1e140]),
        (np.array([1e-25, 1e-19, 1e30, 1], np.float32), np.float32(1), [1e11, 1e5]),
    ],
)
def test_no_gradient_of_a_product_is_lost_on_the_way(x: Any, scale: Any, expected: Any) -> None:
    found = ag.grad(lambda x: np.prod(x) * scale)(x).numpy()
    np.testing.assert_allclose(found[: len(expected)], expected, rtol=1e-6)


def test_running_products_of_extremes_keep_their_slopes() -> None:
    x = np.array([1e-37, 1], np.float32)
    weights = np.array([1e-9, 0], np.float32)
    found = ag.grad(lambda x: np.sum(np.cumprod(x) * weights))(x).numpy()
    np.testing.assert_allclose(found, [1e-9, 0], rtol=1e-6)
    _, slope = ag.jvp(np.cumprod, (np.array([1e300, 1e-310]),), (np.array([0.0, 1]),))
    np.testing.assert_allclose(slope.numpy(), [0, 1e300])


@pytest.mark.parametrize("order", ["C", "F"])
def test_what_choosing_gives_lies_as_numpy_would_have_it(order: Any) -> None:
    x = np.array(rng.normal(size=(30, 40)), order=order)
    for f in (ag.relu, ag.elu, ag.softplus):
        assert f(x).numpy().strides == np.maximum(x, 0).strides
