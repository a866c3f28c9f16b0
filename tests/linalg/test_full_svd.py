"""Second derivatives of the full SVD, whose spare vectors are any basis of what is left."""

from functools import partial

import numpy as np
import pytest

import autograd_mini as ag


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (2, 2, 3)])
def test_spare_vectors_that_are_not_used_leave_second_derivatives_alone(shape):
    rng = np.random.default_rng(0)
    a, v = rng.normal(size=shape), rng.normal(size=shape)
    thin, full = ({"full_matrices": each} for each in (False, True))

    def values(x, options):
        return np.linalg.svd(x, **options)[1].sum()

    def vectors(x, options):
        u, _, vt = np.linalg.svd(x, **options)
        return (u[..., :2] ** 2)[..., 0].sum() + (vt[..., :2, :] ** 3).sum()

    for f in (values, vectors):
        want, found = (ag.hessian(partial(f, options=o))(a).numpy() for o in (thin, full))
        assert np.allclose(found, want)
        product = ag.hvp(partial(f, options=full), (a,), (v,))[0].numpy()
        axes = tuple(range(-len(shape), 0))
        assert np.allclose(product, np.sum(want * v, axis=axes))


def test_a_mixed_derivative_where_the_first_one_is_zero():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(2, 3))
    spare = np.linalg.svd(a)[2][2]
    across = np.cross(spare, rng.normal(size=3))  # spare @ across == 0, and so its gradient

    def f(x, w):
        return (np.linalg.svd(x)[2][2] @ w) ** 2

    def stepped(h):
        return ag.grad(f)(a, across + h * spare).numpy()

    _, mixed = ag.jvp(lambda w: ag.grad(f)(a, w), (across,), (spare,))
    assert np.allclose(mixed.numpy(), (stepped(1e-4) - stepped(-1e-4)) / 2e-4, atol=1e-6)
