"""Each call form gives NumPy's value, and right derivatives, first and second, in both modes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from tests.numpy_functions.forms import Form, forms

FORMS = forms()
every_form = pytest.mark.parametrize(
    "form", FORMS, ids=[f"{k} {f.code}" for k, f in enumerate(FORMS)]
)


def flat(result: Any) -> list[Any]:
    """Return the arrays in a result that may be a tuple or list of them."""
    if isinstance(result, (tuple, list)):
        return [each for part in result for each in flat(part)]
    return [result]


def value(x: Any) -> Any:
    return x.numpy() if isinstance(x, ag.Tensor) else x


def weighted(form: Form, weights: Sequence[Any]) -> Any:
    """Return the form as a function to one number."""

    def f(*points: Any) -> Any:
        parts = [each for each in flat(form(*points)) if np.asarray(value(each)).dtype.kind in "fc"]
        total = 0.0
        for part, weight in zip(parts, weights, strict=True):
            total = total + np.sum(np.real(part * weight))
        return total

    return f


def weights_of(form: Form, points: Sequence[Any]) -> list[Any]:
    rng = np.random.default_rng(len(form.code))
    parts = [np.asarray(each) for each in flat(form(*points))]
    return [rng.uniform(0.5, 1.5, size=p.shape) for p in parts if p.dtype.kind in "fc"]


def numerical(f: Any, points: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the central differences of `f` in every entry, of fourth order."""
    found = []
    for k, point in enumerate(points):
        slopes = np.zeros(point.shape)
        for at in np.ndindex(point.shape):
            h = 1e-3 * max(1.0, abs(point[at]))

            def moved(step: float, k: int = k, at: Any = at) -> Any:
                changed = [p.copy() for p in points]
                changed[k][at] += step
                return f(*changed)

            near, far = moved(h) - moved(-h), moved(2 * h) - moved(-2 * h)
            slopes[at] = (8 * near - far) / (12 * h)
        found.append(slopes)
    return found


def gradients(f: Any, points: Sequence[np.ndarray]) -> list[Any]:
    tensors = [ag.tensor(p.copy(), requires_grad=True) for p in points]
    f(*tensors).backward()
    return [np.zeros(t.shape, t.dtype) if t.grad is None else t.grad.numpy() for t in tensors]


@every_form
def test_value_and_dtype_are_numpys(form: Form):
    for dtype in (np.float64, np.float32):
        points = form.points(dtype)
        expected = flat(form(*points))
        tensors = [ag.tensor(p, requires_grad=True) for p in points]
        made = flat(form(*tensors))
        assert len(made) == len(expected)
        assert any(isinstance(each, ag.Tensor) and each.requires_grad for each in made)
        for ours, wanted in zip(made, expected, strict=True):
            theirs, plain = np.asarray(wanted), np.asarray(value(ours))
            assert plain.dtype == theirs.dtype
            assert plain.shape == theirs.shape
            tolerance = 1e-12 if dtype is np.float64 else 2e-5
            np.testing.assert_allclose(plain, theirs, rtol=tolerance, atol=tolerance)


@every_form
def test_gradient_is_that_of_differences(form: Form):
    points = form.points()
    f = weighted(form, weights_of(form, points))
    for ours, theirs in zip(gradients(f, points), numerical(f, points), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


@every_form
def test_forward_mode_agrees(form: Form):
    points = form.points()
    f = weighted(form, weights_of(form, points))
    rng = np.random.default_rng(1)
    tangents = [rng.normal(size=p.shape) for p in points]
    _, out = ag.jvp(f, tuple(points), tuple(tangents))
    along = sum(np.sum(g * t) for g, t in zip(gradients(f, points), tangents, strict=True))
    np.testing.assert_allclose(float(value(out)), along, rtol=1e-9, atol=1e-10)


@every_form
def test_gradient_has_the_dtype_of_its_tensor(form: Form):
    wide = form.points()
    narrow = [p.astype(np.float32) for p in wide]
    weights = weights_of(form, wide)
    exact = gradients(weighted(form, weights), [p.astype(np.float64) for p in narrow])
    short = gradients(weighted(form, [w.astype(np.float32) for w in weights]), narrow)
    for ours, theirs in zip(short, exact, strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=2e-3)


@every_form
def test_second_derivative_is_that_of_differences_of_gradients(form: Form):
    points = form.points()
    f = weighted(form, weights_of(form, points))
    rng = np.random.default_rng(2)
    directions = [rng.normal(size=p.shape) for p in points]
    tensors = [ag.tensor(p.copy(), requires_grad=True) for p in points]
    f(*tensors).backward(create_graph=True)
    first = [t.grad for t in tensors]
    along: Any = sum(
        (np.sum(g * d) for g, d in zip(first, directions, strict=True) if g is not None), 0.0
    )
    for t in tensors:
        t.zero_grad()
    if isinstance(along, ag.Tensor) and along.requires_grad:
        along.backward()
    ours = [np.zeros(t.shape) if t.grad is None else t.grad.numpy() for t in tensors]
    h = 1e-4

    def moved(step: float) -> list[Any]:
        return gradients(f, [p + step * d for p, d in zip(points, directions, strict=True)])

    differences = [
        (8 * (a - b) - (c - d)) / (12 * h)
        for a, b, c, d in zip(moved(h), moved(-h), moved(2 * h), moved(-2 * h), strict=True)
    ]
    for mine, theirs in zip(ours, differences, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


# -- complex numbers ------------------------------------------------------------------------------

MEANINGLESS = {
    "np.histogram(x, 3, density=True)",
    "np.interp(x, y, z, period=4.0)",
    "np.unique_values(x)",
}
"""NumPy drops an imaginary part in these, or gives complex values in no certain order."""


def complex_points(form: Form) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [np.array(p + 1j * rng.uniform(0.2, 1, p.shape)) for p in form.points()]


def takes_complex(form: Form) -> bool:
    """Return whether NumPy does; it may also compare or lose parts on the way, with a warning."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            form(*complex_points(form))
    except (TypeError, ValueError, np.exceptions.ComplexWarning):
        return False
    return form.code not in MEANINGLESS


COMPLEX = [each for each in FORMS if takes_complex(each)]


@pytest.mark.parametrize("form", COMPLEX, ids=[f"{k} {f.code}" for k, f in enumerate(COMPLEX)])
def test_complex_gradient_is_the_direction_of_steepest_ascent(form: Form):
    points = complex_points(form)
    expected = [np.asarray(each) for each in flat(form(*points))]
    rng = np.random.default_rng(4)
    weights = [
        rng.normal(size=each.shape) + 1j * rng.normal(size=each.shape)
        for each in expected
        if each.dtype.kind in "fc"
    ]
    f = weighted(form, weights)
    made = [np.asarray(value(each)) for each in flat(form(*map(ag.tensor, points)))]
    for ours, theirs in zip(made, expected, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-11)
    found = gradients(f, points)
    for _ in range(3):
        steps = [rng.normal(size=p.shape) + 1j * rng.normal(size=p.shape) for p in points]

        def moved(h: float, steps: Any = steps) -> Any:
            return f(*(p + h * s for p, s in zip(points, steps, strict=True)))

        h = 1e-4
        slope = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)
        along = sum(np.sum(np.real(np.conj(g) * s)) for g, s in zip(found, steps, strict=True))
        np.testing.assert_allclose(along, slope, rtol=1e-6, atol=1e-6)
