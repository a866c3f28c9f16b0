"""np.fft: NumPy's values, and derivatives for every n, s, axis and norm."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag

RNG = np.random.default_rng(11)
REAL = RNG.normal(size=(3, 4, 5))
COMPLEX = REAL + 1j * RNG.normal(size=(3, 4, 5))

ONE_AXIS = {
    "fft": COMPLEX,
    "ifft": COMPLEX,
    "rfft": REAL,
    "irfft": COMPLEX,
    "hfft": COMPLEX,
    "ihfft": REAL,
}
TWO_AXES = {"fft2": COMPLEX, "ifft2": COMPLEX, "rfft2": REAL, "irfft2": COMPLEX}
MANY_AXES = {"fftn": COMPLEX, "ifftn": COMPLEX, "rfftn": REAL, "irfftn": COMPLEX}

CASES = (
    [
        (name, x, options)
        for name, x in ONE_AXIS.items()
        for options in (
            {},
            {"n": 3},
            {"n": 8},
            {"n": 6, "axis": 0, "norm": "ortho"},
            {"axis": -2, "norm": "forward"},
            {"n": 1},
            {"norm": "backward"},
        )
    ]
    + [
        (name, x, options)
        for name, x in TWO_AXES.items()
        for options in ({}, {"s": (3, 7)}, {"axes": (0, 1), "norm": "ortho"}, {"s": (4, -1)})
    ]
    + [
        (name, x, options)
        for name, x in MANY_AXES.items()
        for options in (
            {},
            {"axes": (2, 0)},
            {"s": (2, 6), "axes": (0, 2), "norm": "forward"},
            {"axes": (1,)},
        )
    ]
)
every = pytest.mark.parametrize(
    ("name", "x", "options"), CASES, ids=[f"{name} {options}" for name, _, options in CASES]
)


@every
def test_values_and_dtypes_are_those_of_numpy(name, x, options):
    f = getattr(np.fft, name)
    for narrow in (False, True):
        point = x.astype(np.complex64 if x.dtype.kind == "c" else np.float32) if narrow else x
        expected = f(point, **options)
        for requires_grad in (False, True):
            got = f(ag.tensor(point, requires_grad=requires_grad), **options)
            assert isinstance(got, ag.Tensor)
            assert got.dtype == expected.dtype
            np.testing.assert_allclose(
                got.detach().numpy(), expected, rtol=1e-12, atol=1e-5 if narrow else 1e-12
            )


@every
def test_forward_is_the_function_itself_and_reverse_its_adjoint(name, x, options):
    def f(x):
        return getattr(np.fft, name)(x, **options)

    rng = np.random.default_rng(1)
    d = rng.normal(size=x.shape) + (1j * rng.normal(size=x.shape) if x.dtype.kind == "c" else 0)
    out, tangent = ag.jvp(f, (x,), (d,))
    np.testing.assert_allclose(tangent.numpy(), f(d), atol=1e-12)
    u = rng.normal(size=out.shape) + (
        1j * rng.normal(size=out.shape) if out.dtype.kind == "c" else 0
    )
    _, pullback = ag.vjp(f, x)
    (g,) = pullback(u)
    assert g.dtype == x.dtype
    assert g.shape == x.shape
    forward = np.sum(np.real(np.conj(u) * f(d)))
    reverse = np.sum(np.real(np.conj(g.numpy()) * d))
    np.testing.assert_allclose(forward, reverse, rtol=1e-11)


@pytest.mark.parametrize("name", [*ONE_AXIS, *TWO_AXES, *MANY_AXES])
def test_second_derivatives(name):
    x = {**ONE_AXIS, **TWO_AXES, **MANY_AXES}[name][:2, :3, :3]

    def energy(x):
        return np.sum(np.abs(getattr(np.fft, name)(x)) ** 4)

    d, h = np.ones_like(x), 1e-5
    expected = (ag.grad(energy)(x + h * d).numpy() - ag.grad(energy)(x - h * d).numpy()) / (2 * h)
    np.testing.assert_allclose(
        ag.hvp(energy, (x,), (d,))[0].numpy(), expected, rtol=1e-5, atol=1e-4
    )


@pytest.mark.parametrize("name", ["fft", "ifft", "fft2", "fftn"])
def test_real_input_of_complex_transforms_has_a_real_gradient(name):
    g = ag.grad(lambda x: np.sum(np.real(getattr(np.fft, name)(x)) ** 2))(REAL)
    assert g.dtype == np.float64
    assert ag.gradcheck(lambda x: np.real(getattr(np.fft, name)(x)), REAL[:2, :2, :3], order=2)


def test_the_energy_theorem_holds_for_gradients():
    g = ag.grad(lambda x: np.sum(np.abs(np.fft.fft(x, norm="ortho")) ** 2))(REAL)
    np.testing.assert_allclose(g.numpy(), 2 * REAL, atol=1e-13)


@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
@pytest.mark.parametrize("axes", [None, 0, -1, (0, 2)])
def test_shifts(name, axes):
    f = getattr(np.fft, name)
    t = ag.tensor(REAL, requires_grad=True)
    np.testing.assert_array_equal(f(t, axes).detach().numpy(), f(REAL, axes))
    weights = np.arange(60.0).reshape(3, 4, 5)
    back = getattr(np.fft, "ifftshift" if name == "fftshift" else "fftshift")
    np.testing.assert_array_equal(
        ag.grad(lambda x: np.sum(f(x, axes) * weights))(REAL).numpy(), back(weights, axes)
    )


def test_empty_batches():
    x = np.zeros((0, 4))
    g = ag.grad(lambda x: np.sum(np.abs(np.fft.rfft(x))))(x)
    assert g.shape == (0, 4)


def test_what_n_cuts_off_has_no_gradient():
    g = ag.grad(lambda x: np.sum(np.real(np.fft.fft(x, n=2))))(np.ones(4))
    np.testing.assert_array_equal(g.numpy(), [2, 0, 0, 0])


def test_mistakes_raise():
    t = ag.tensor(REAL, requires_grad=True)
    with pytest.raises(ValueError, match="norm"):
        np.fft.fft(t, norm="other")
    with pytest.raises(ValueError, match="norm"):
        np.fft.hfft(t, norm="other")
    with pytest.raises(ValueError, match="different lengths"):
        np.fft.fftn(t, s=(2, 2), axes=(0,))
    with pytest.raises(TypeError):
        np.fft.rfft(ag.tensor(COMPLEX, requires_grad=True))


def test_the_namespace_is_complete():
    missing = {name for name in dir(np.fft) if not name.startswith("_")} - {"helper", "test"}
    assert not missing - set(ag.fft.__all__)
    np.testing.assert_array_equal(ag.fft.fftfreq(5, d=0.1).numpy(), np.fft.fftfreq(5, d=0.1))
    assert ag.fft.rfftfreq(4, dtype=np.float32).dtype == np.float32
    with pytest.raises(ValueError, match="cpu"):
        ag.fft.fftfreq(4, device="gpu")
    assert ag.fft.ifft([1.0, 2.0]).shape == (2,)
