"""np.einsum: every spelling that NumPy takes, with NumPy's values and right derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag

CALLS = [
    ("ij,jk", (2, 3), (3, 4)),
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij, jk -> ki", (2, 3), (3, 4)),
    ("ji", (2, 3)),
    ("ba", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (1, 3)),
    ("ii", (3, 3)),
    ("ii->i", (3, 3)),
    ("iii->i", (2, 2, 2)),
    ("iijj->ij", (2, 2, 3, 3)),
    ("iij,j->ij", (2, 2, 3), (3,)),
    ("ii,jj->", (2, 2), (3, 3)),
    ("ij,k->i", (2, 3), (4,)),
    ("i,j,k->", (2,), (3,), (4,)),
    ("i,i,i->i", (3,), (3,), (3,)),
    ("bij,bjk,kl->bl", (2, 3, 4), (2, 4, 5), (5, 6)),
    ("...", (2, 3)),
    ("...,...", (2, 3), (3,)),
    ("...->...", (2, 3)),
    ("i...->...", (2, 3)),
    ("i...->i...", (2, 3)),
    ("...ii->...i", (2, 3, 3)),
    ("...ij,...jk", (5, 2, 3), (3, 4)),
    ("...ij,...jk->...ik", (5, 1, 2, 3), (4, 3, 4)),
    ("i...,i...", (3, 2), (3, 2)),
    ("i...->...i", (2, 3, 4)),
    ("ij,ij->ij", (1, 3), (2, 1)),
    ("i,i->", (1,), (3,)),
    (",->", (), ()),
    ("i,->i", (3,), ()),
    ("ij,jk->ik", (2, 0), (0, 3)),
    ("ij,jk->ik", (0, 2), (2, 3)),
]
every = pytest.mark.parametrize("call", CALLS, ids=[str(call) for call in CALLS])


def drawn(shapes):
    rng = np.random.default_rng(3)
    return [np.asarray(rng.normal(size=shape)) for shape in shapes]


@every
@pytest.mark.parametrize("optimize", [False, True, "optimal"])
def test_values_and_gradients_of_every_spelling(call, optimize):
    subscripts, *shapes = call
    xs = drawn(shapes)

    def f(*xs):
        return np.einsum(subscripts, *xs, optimize=optimize)

    expected = np.asarray(f(*xs))
    got = f(*[ag.tensor(x, requires_grad=True) for x in xs])
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got.detach().numpy(), expected, rtol=1e-12, atol=1e-14)
    if all(x.size for x in xs):
        assert ag.gradcheck(f, *xs, order=2)
    else:
        for g, x in zip(
            ag.grad(lambda *xs: np.sum(f(*xs)), tuple(range(len(xs))))(*xs), xs, strict=True
        ):
            np.testing.assert_array_equal(g.numpy(), np.zeros_like(x))


def test_operands_that_alternate_with_numbers():
    x, y = drawn([(2, 3, 4), (4, 5)])
    for labels in (
        ([0, 1, 2], [2, 3]), ([..., 7], [7, 1]), ([30, 1, 2], [2, 3]), ([1, 0, 2], [2, 40])
    ):  # fmt: skip
        t = ag.tensor(x, requires_grad=True)
        np.testing.assert_allclose(
            np.einsum(t, labels[0], y, labels[1]).detach().numpy(),
            np.einsum(x, labels[0], y, labels[1]),
        )
    out = np.einsum(ag.tensor(x), [0, 1, 2], y, [2, 3], [3, 0])
    np.testing.assert_allclose(out.numpy(), np.einsum(x, [0, 1, 2], y, [2, 3], [3, 0]))


def test_single_precision_and_complex_numbers():
    x, y = drawn([(2, 3), (3, 2)])
    g = ag.grad(lambda x: np.einsum("ij,ji->", x, y.astype(np.float32)))(x.astype(np.float32))
    assert g.dtype == np.float32
    z = x + 1j * x[::-1]
    g = ag.grad(lambda z: np.real(np.einsum("ij,ji->", z, y * 1j)))(z)
    np.testing.assert_allclose(g.numpy(), np.conj(y.T * 1j))


def test_only_what_is_recorded_is_differentiated():
    x, y = drawn([(2, 3), (3, 2)])
    t = ag.tensor(x, requires_grad=True)
    np.einsum("ij,ji->", t, y).backward()
    np.testing.assert_allclose(t.grad.numpy(), y.T)


def test_a_path_is_plain_and_can_be_given():
    x, y, z = drawn([(2, 3), (3, 4), (4, 5)])
    t = ag.tensor(x, requires_grad=True)
    path, text = np.einsum_path("ij,jk,kl->il", t, y, z)
    assert path[0] == "einsum_path"
    assert "Complete contraction" in text
    out = np.einsum("ij,jk,kl->il", t, y, z, optimize=path)
    np.testing.assert_allclose(out.detach().numpy(), x @ y @ z)
    out.sum().backward()
    np.testing.assert_allclose(t.grad.numpy(), np.ones((2, 5)) @ (y @ z).T)


def test_mistakes_raise_as_in_numpy():
    t = ag.tensor(np.ones((2, 3)), requires_grad=True)
    for subscripts in ("ijk", "i", "ij,jk", "ij->ijj", "ij->k", "...i->i"):
        with pytest.raises(ValueError, match=r"einsum|einstein|subscript"):
            np.einsum(subscripts, t)
    with pytest.raises(TypeError, match="what"):
        np.einsum("ij", t, what=1)


def test_the_function_of_the_namespace_takes_lists():
    assert ag.einsum("ij->", [[1.0, 2.0]]).item() == 3


def test_writing_into_a_diagonal_of_a_result_raises():
    t = ag.tensor(np.eye(2), requires_grad=True) * 2
    view = np.einsum("ii->i", t)
    with pytest.raises(ag.NotDifferentiableError, match="einsum"):
        view[0] = 7
