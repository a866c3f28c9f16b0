"""Every function of np.linalg: NumPy's values, and derivatives of both orders in both modes."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag


def rng(salt=0):
    return np.random.default_rng([20240607, salt])


def regular(*shape):
    """Matrices far from singular ones, with values and vectors well apart."""
    base = np.zeros(shape)
    k = np.arange(min(shape[-2:]))
    base[..., k, k] = 2.0 + 1.5 * k
    return base + 0.3 * rng().normal(size=shape)


def positive(*shape):
    root = regular(*shape)
    return root @ np.swapaxes(root, -1, -2)


def random(*shape):
    return rng(1).normal(size=shape)


def symmetric(x):
    return (x + np.swapaxes(x, -1, -2)) / 2


SQUARE, BATCH = regular(3, 3), regular(2, 3, 3)
TALL, WIDE = regular(4, 2), regular(2, 4)
L = np.linalg

CALLS = {
    "inv": (L.inv, SQUARE),
    "inv of a batch": (L.inv, BATCH),
    "pinv tall": (L.pinv, TALL),
    "pinv wide": (L.pinv, WIDE),
    "pinv of a batch": (L.pinv, regular(2, 3, 2)),
    "pinv rcond": (lambda x: L.pinv(x, rcond=1e-8), TALL),
    "pinv rtol": (lambda x: L.pinv(x, rtol=1e-8), TALL),
    "pinv hermitian": (lambda x: L.pinv(symmetric(x), hermitian=True), SQUARE),
    "solve vector": (L.solve, SQUARE, random(3)),
    "solve matrix": (L.solve, SQUARE, random(3, 2)),
    "solve batch with vector": (L.solve, BATCH, random(3)),
    "solve broadcast": (L.solve, SQUARE, random(2, 3, 1)),
    "lstsq overdetermined": (lambda a, b: L.lstsq(a, b)[:2], TALL, random(4)),
    "lstsq several": (lambda a, b: L.lstsq(a, b)[:2], TALL, random(4, 3)),
    "lstsq underdetermined": (lambda a, b: L.lstsq(a, b)[0], WIDE, random(2)),
    "lstsq singular values": (lambda a: L.lstsq(a, np.ones(4))[3], TALL),
    "det": (L.det, SQUARE),
    "det of a batch": (L.det, BATCH),
    "det 1x1": (L.det, random(1, 1)),
    "slogdet": (lambda x: L.slogdet(x)[1], SQUARE),
    "slogdet of a batch": (lambda x: L.slogdet(x).logabsdet, -BATCH),
    "cholesky": (lambda x: L.cholesky(symmetric(x)), positive(3, 3)),
    "cholesky upper": (lambda x: L.cholesky(symmetric(x), upper=True), positive(2, 2, 2)),
    "qr square": (lambda x: tuple(L.qr(x)), SQUARE),
    "qr tall": (lambda x: tuple(L.qr(x)), TALL),
    "qr wide": (lambda x: tuple(L.qr(x)), WIDE),
    "qr of a batch": (lambda x: tuple(L.qr(x)), regular(2, 3, 2)),
    "qr complete square": (lambda x: tuple(L.qr(x, "complete")), SQUARE),
    "qr complete tall": (lambda x: tuple(L.qr(x, "complete")), TALL),
    "qr complete wide": (lambda x: tuple(L.qr(x, mode="complete")), WIDE),
    "qr r": (lambda x: L.qr(x, mode="r"), TALL),
    "qr r wide": (lambda x: L.qr(x, mode="r"), WIDE),
    "qr raw tall": (lambda x: L.qr(x, mode="raw"), TALL),
    "qr raw square": (lambda x: L.qr(x, mode="raw"), SQUARE),
    "qr raw wide": (lambda x: L.qr(x, mode="raw"), WIDE),
    "svd thin tall": (lambda x: tuple(L.svd(x, full_matrices=False)), TALL),
    "svd thin wide": (lambda x: tuple(L.svd(x, full_matrices=False)), WIDE),
    "svd square": (lambda x: tuple(L.svd(x)), SQUARE),
    "svd of a batch": (lambda x: tuple(L.svd(x, full_matrices=False)), regular(2, 3, 2)),
    "svd values": (lambda x: L.svd(x, compute_uv=False), TALL),
    "svd hermitian": (lambda x: tuple(L.svd(symmetric(x), hermitian=True)), SQUARE - 3 * np.eye(3)),
    "svdvals": (L.svdvals, WIDE),
    "eigh": (lambda x: tuple(L.eigh(symmetric(x))), SQUARE),
    "eigh U": (lambda x: tuple(L.eigh(symmetric(x), "U")), BATCH),
    "eigvalsh": (lambda x: L.eigvalsh(symmetric(x)), BATCH),
    "eigvalsh U": (lambda x: L.eigvalsh(symmetric(x), UPLO="U"), SQUARE),
    "eig": (lambda x: tuple(L.eig(x)), SQUARE),
    "eig of a batch": (lambda x: tuple(L.eig(x)), BATCH),
    "eigvals": (L.eigvals, SQUARE),
    "matrix_power 3": (lambda x: L.matrix_power(x, 3), SQUARE),
    "matrix_power 1": (lambda x: L.matrix_power(x, 1), BATCH),
    "matrix_power -2": (lambda x: L.matrix_power(x, -2), BATCH),
    "multi_dot": (lambda *xs: L.multi_dot(xs), random(2, 3), random(3, 4), random(4, 1)),
    "multi_dot vectors": (lambda *xs: L.multi_dot(xs), random(3), random(3, 4), random(4)),
    "cond": (L.cond, SQUARE),
    "cond -2": (lambda x: L.cond(x, -2), TALL),
    "cond 1": (lambda x: L.cond(x, 1), SQUARE),
    "cond fro": (lambda x: L.cond(x, "fro"), BATCH),
    "cond inf": (lambda x: L.cond(x, np.inf), SQUARE),
    "tensorsolve": (L.tensorsolve, regular(6, 6).reshape(2, 3, 6), random(2, 3)),
    "tensorsolve axes": (
        lambda a, b: L.tensorsolve(a, b, axes=(0,)),
        np.moveaxis(regular(6, 6).reshape(2, 3, 6), -1, 0),
        random(2, 3),
    ),
    "tensorinv": (L.tensorinv, regular(6, 6).reshape(6, 2, 3).reshape(2, 3, 6)),
    "tensorinv 1": (lambda x: L.tensorinv(x, ind=1), regular(6, 6).reshape(6, 2, 3)),
    "outer": (L.outer, random(2), random(3)),
    "cross": (L.cross, random(2, 3), random(3)),
    "diagonal": (lambda x: L.diagonal(x, offset=1), BATCH),
    "trace": (L.trace, BATCH),
    "trace offset": (lambda x: L.trace(x, offset=-1), BATCH),
    "vecdot": (L.vecdot, random(2, 3), random(3)),
    "matmul": (L.matmul, random(2, 3, 4), random(4, 2)),
    "tensordot": (lambda a, b: L.tensordot(a, b, axes=1), random(2, 3), random(3, 4)),
    "matrix_transpose": (L.matrix_transpose, random(2, 3, 4)),
}

NORMS = {
    f"norm {order!r} axis={axis!r} keepdims={keepdims}": (
        lambda x, order=order, axis=axis, keepdims=keepdims: L.norm(x, order, axis, keepdims),
        random(*shape),
    )
    for shape, axis, orders in [
        ((3,), None, (None, 0, 1, 2, 3, 0.5, -1, -2, np.inf, -np.inf)),
        ((3, 2), None, (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)),
        ((2, 3, 2), None, (None,)),
        ((2, 3), 1, (None, 0, 1, 2, 2.5, -1, np.inf, -np.inf)),
        ((3, 2, 2), (0, 2), (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)),
        ((2, 3, 2), (-1, 1), (1, "nuc", np.inf)),
    ]
    for order in orders
    for keepdims in (False, True)
}
CALLS |= NORMS
CALLS |= {
    f"vector_norm {order!r} axis={axis!r}": (
        lambda x, order=order, axis=axis: L.vector_norm(x, ord=order, axis=axis, keepdims=True),
        random(2, 3, 2),
    )
    for order in (0, 1, 2, 3, np.inf, -np.inf)
    for axis in (None, 1, (0, 2))
}
CALLS |= {
    f"matrix_norm {order!r}": (lambda x, order=order: L.matrix_norm(x, ord=order), regular(2, 3, 3))
    for order in ("fro", "nuc", 1, 2, -2, np.inf)
}

every = pytest.mark.parametrize("name", CALLS)


def parts(out):
    return list(out) if isinstance(out, tuple) else [out]


@every
def test_values_and_dtypes_are_those_of_numpy(name):
    f, *args = CALLS[name]
    for dtype in (np.float64, np.float32):
        points = [each.astype(dtype) for each in args]
        expected = parts(f(*points))
        for requires_grad in (False, True):
            tensors = [ag.tensor(each, requires_grad=requires_grad) for each in points]
            got = parts(f(*tensors))
            for each, want in zip(got, expected, strict=True):
                assert isinstance(each, ag.Tensor)
                assert each.shape == want.shape
                assert each.dtype == want.dtype
                close = 1e-11 if dtype is np.float64 else 2e-5
                np.testing.assert_allclose(each.detach().numpy(), want, rtol=close, atol=close)


@every
def test_derivatives_agree_with_differences_in_both_modes_to_second_order(name):
    f, *args = CALLS[name]
    if name.startswith(("norm 0 ", "vector_norm 0 ")):
        out = f(ag.tensor(args[0], requires_grad=True))
        assert not out.requires_grad
        return
    assert ag.gradcheck(f, *args, order=2, rtol=2e-5, atol=1e-6)


@every
def test_gradients_of_single_precision_are_single_and_near_those_of_double(name):
    f, *args = CALLS[name]

    def scalar(*xs):
        return sum(  # real: eig gives complex numbers from NumPy 2.5 on
            np.sum(
                np.real(part) * np.cos(np.arange(part.size)).reshape(part.shape).astype(xs[0].dtype)
            )
            for part in parts(f(*xs))
        )

    argnums = tuple(range(len(args)))
    exact = ag.grad(scalar, argnums)(*args)
    single = ag.grad(scalar, argnums)(*[each.astype(np.float32) for each in args])
    for a, b in zip(single, exact, strict=True):
        assert a.dtype == np.float32
        assert a.shape == b.shape
        scale = np.abs(b.numpy()).max() + 1
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=5e-4 * scale)


STACKED = (
    "inv",
    "pinv",
    "det",
    "cholesky",
    "qr",
    "svd",
    "svdvals",
    "eigh",
    "eigvalsh",
    "eig",
    "eigvals",
    "slogdet",
    "cond",
    "matrix_norm",
    "trace",
)


@pytest.mark.parametrize("name", STACKED)
def test_a_stack_of_matrices_is_many_matrices(name):
    f = getattr(np.linalg, name)
    stack = np.stack([positive(3, 3), positive(3, 3) + np.diag([1.0, 2, 4])]).reshape(2, 1, 3, 3)

    def scalar(x):
        return sum(np.sum(np.real(part * part + part)) for part in parts(f(x)))

    whole = ag.grad(scalar)(stack)
    for k in range(2):
        one = ag.grad(scalar)(stack[k, 0])
        np.testing.assert_allclose(whole.numpy()[k, 0], one.numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", [*STACKED, "solve"])
@pytest.mark.parametrize("shape", [(0, 2, 2), (2, 0, 0), (0, 0)])
def test_no_matrices_and_empty_matrices(name, shape):
    f = getattr(np.linalg, name)
    args = [np.zeros(shape)] * (2 if name == "solve" else 1)
    try:
        expected = parts(f(*args))
    except (np.linalg.LinAlgError, ValueError) as error:
        with pytest.raises(type(error)):
            f(*[ag.tensor(x, requires_grad=True) for x in args])
        return
    tensors = [ag.tensor(x, requires_grad=True) for x in args]
    got = parts(f(*tensors))
    for each, want in zip(got, expected, strict=True):
        assert each.shape == np.shape(want)
    sum(np.sum(part) for part in got if part.requires_grad).backward()
    assert tensors[0].grad.shape == shape


def test_results_have_the_names_numpy_gives_them():
    t = ag.tensor(SQUARE, requires_grad=True)
    assert L.slogdet(t).sign == 1
    assert L.eigh(t).eigenvectors.shape == (3, 3)
    assert L.eig(t).eigenvalues.shape == (3,)
    assert L.qr(t).R.shape == (3, 3)
    assert L.svd(t).Vh.shape == (3, 3)


def test_matrix_rank_and_shapes_are_plain():
    t = ag.tensor(SQUARE, requires_grad=True)
    rank = L.matrix_rank(t)
    assert rank == 3
    assert not rank.requires_grad


def test_mistakes_raise_with_shapes():
    t = ag.tensor(np.ones((2, 3)), requires_grad=True)
    for name in ("inv", "det", "slogdet", "cholesky", "eig", "eigh"):
        with pytest.raises(np.linalg.LinAlgError, match=r"\(2, 3\)"):
            getattr(L, name)(t)
    with pytest.raises(np.linalg.LinAlgError, match=r"\(3,\)"):
        L.inv(ag.tensor(np.ones(3)))
    with pytest.raises(ValueError, match="'X'"):
        L.eigh(ag.tensor(np.eye(2)), UPLO="X")
    with pytest.raises(ValueError, match="'full'"):
        L.qr(t, mode="full")
    with pytest.raises(ValueError, match="matrices"):
        L.norm(t, 3)
    with pytest.raises(np.linalg.LinAlgError):
        L.cholesky(ag.tensor(-np.eye(2), requires_grad=True))
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        L.inv(ag.tensor(np.zeros((2, 2)), requires_grad=True))


def test_the_namespace_has_every_function_and_takes_lists():
    for name in ag.linalg.__all__:
        assert callable(getattr(ag.linalg, name)), name
    missing = {n for n in dir(np.linalg) if not n.startswith("_") and n.islower()}
    missing -= {"linalg", "test", *ag.linalg.__all__}
    assert not missing
    assert ag.linalg.det([[1.0, 2.0], [3.0, 4.0]]).item() == pytest.approx(-2)
    assert ag.linalg.vector_norm([3.0, 4.0]).item() == 5
    assert ag.linalg.multi_dot([np.eye(2), np.ones((2, 1))]).shape == (2, 1)


@pytest.mark.parametrize("mode", ["reduced", "complete", "raw"])
@pytest.mark.parametrize(
    ("dtype", "scale"),
    [("float32", 1e30), ("float32", 1e-30), ("float64", 1e200), ("complex64", 1e-30 + 1e-30j)],
)
def test_qr_of_entries_whose_squares_are_too_large_or_too_small_is_lapacks(mode, dtype, scale):
    a = (np.array([[1.0, 2.0], [3.0, 1.0], [1.0, 0.0]]) * scale).astype(dtype)
    for mine, theirs in zip(L.qr(ag.tensor(a), mode), L.qr(a, mode), strict=True):
        np.testing.assert_allclose(
            mine.numpy(), theirs, rtol=1e-5, atol=1e-6 * np.abs(theirs).max()
        )


@pytest.mark.parametrize("scale", [1.0, 1e-120, 1e120])
def test_condition_numbers_do_not_depend_on_the_scale(scale):
    a = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
    for p in (1, np.inf, "fro", 2):
        found = L.cond(ag.tensor(a * scale, requires_grad=True), p)
        np.testing.assert_allclose(found.item(), L.cond(a, p), rtol=1e-12)
