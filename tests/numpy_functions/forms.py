"""Every call form of NumPy that differentiates, as data: one line of code a row.

Tests run each row on arrays and on tensors; the coverage page of the documentation is made from
the same table.  A row is code over its operands; statements before the last ``;`` run first, so
that writing in place has a row too.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["TABLE", "Form", "forms"]

Sample = Callable[[np.random.Generator], np.ndarray]


def normal(*shape: int) -> Sample:
    """Normal numbers, no two of them close together."""

    def sample(rng: np.random.Generator) -> np.ndarray:
        size = int(np.prod(shape))
        apart = rng.permutation(np.linspace(-1.7, 1.9, size)) if size > 1 else rng.normal(size=size)
        return (apart + 0.1 / max(size, 1) * rng.uniform(-1, 1, size)).reshape(shape)

    return sample


def between(low: float, high: float, *shape: int) -> Sample:
    return lambda rng: rng.uniform(low, high, size=shape)


def positive(*shape: int) -> Sample:
    return between(0.4, 2.5, *shape)


def of(*values: Any) -> Sample:
    """These values, moved a little."""
    return lambda rng: np.array(values) * (1 + 0.001 * rng.uniform(-1, 1, np.shape(values)))


def exactly(*values: Any) -> Sample:
    return lambda rng: np.array(values)


def rising(n: int) -> Sample:
    return lambda rng: np.cumsum(rng.uniform(0.5, 1.5, n))


@dataclass(frozen=True)
class Form:
    """One call form.

    Attributes
    ----------
    code : str
        Statements, separated by ``;``; the last is the result.
    operands : mapping of str to sample
        What it is differentiated by.
    """

    code: str
    operands: Mapping[str, Sample] = field(hash=False)

    @property
    def names(self) -> list[str]:
        return list(self.operands)

    def points(self, dtype: Any = np.float64) -> list[np.ndarray]:
        """Return operands, the same ones each time."""
        rng = np.random.default_rng(zlib.crc32(self.code.encode()))
        return [np.asarray(sample(rng)).astype(dtype) for sample in self.operands.values()]

    def __call__(self, *points: Any) -> Any:
        """Run the code."""
        *before, last = self.code.split("; ")
        scope = {"np": np, **dict(zip(self.operands, points, strict=True))}
        for statement in before:
            exec(statement, scope)
        return eval(last, scope)


def form(code: str, **operands: Sample) -> Form:
    return Form(code, operands)


X23, X34, X5, X1 = normal(2, 3), normal(3, 4), normal(5), normal()


def _unary(names: str, sample: Callable[..., Sample], wrap: str = "np.{}(x)") -> list[Form]:
    return [form(wrap.format(name), x=sample(2, 3)) for name in names.split()]


def _inside(*shape: int) -> Sample:
    return between(-0.8, 0.8, *shape)


def _beyond(*shape: int) -> Sample:
    return between(1.3, 3.0, *shape)


ELEMENTWISE = [
    *_unary(
        "negative positive absolute abs fabs square exp exp2 expm1 sin cos tanh sinh cosh", normal
    ),
    *_unary(
        "arctan arcsinh sinc i0 deg2rad rad2deg radians degrees cbrt conj conjugate real", normal
    ),
    *_unary("atan asinh", normal),
    *_unary("sqrt log log2 log10 log1p reciprocal", positive),
    *_unary("arcsin arccos arctanh asin acos atanh tan", _inside),
    *_unary("arccosh acosh", _beyond),
    *_unary("nan_to_num real_if_close copy", normal),
    *[
        form(f"np.{name}(x, y)", x=normal(2, 3), y=of(-0.6, 1.1, 0.3))
        for name in [
            "add",
            "subtract",
            "multiply",
            "arctan2",
            "atan2",
            "hypot",
            "logaddexp",
            "logaddexp2",
            "maximum",
            "minimum",
            "fmax",
            "fmin",
            "copysign",
            "nextafter",
        ]
    ],
    *[
        form(f"np.{name}(x, y)", x=normal(2, 1), y=positive(3))
        for name in ["divide", "true_divide", "remainder", "mod", "fmod"]
    ],
    *[
        form(f"np.{name}(x, y)", x=positive(2, 3), y=normal(2, 1))
        for name in ["power", "pow", "float_power"]
    ],
    form("np.power(x, 3)", x=X23),
    form("np.power(x, 2.5)", x=positive(3)),
    form("np.power(2.0, x)", x=X23),
    form("np.ldexp(x, np.array([1, -2, 3]))", x=X23),
    form("np.frexp(x)", x=of(0.7, -3.3, 5.1)),
    form("np.modf(x)", x=of(0.7, -3.3, 5.1)),
    form("np.divmod(x, y)", x=of(0.7, -3.3, 5.1), y=of(0.9, 2.1, 1.3)),
    form("divmod(x, y)", x=of(0.7, -3.3, 5.1), y=of(0.9, 2.1, 1.3)),
    form("np.heaviside(np.array([-1.0, 0.0, 2.0]), x)", x=normal(3)),
    form("np.clip(x, -0.5, 0.6)", x=X23),
    form("np.clip(x, None, 0.6)", x=X23),
    form("np.clip(x, min=-0.3)", x=X23),
    form("np.clip(x, y, z)", x=X23, y=between(-1, -0.5, 3), z=between(0.5, 1, 2, 1)),
    form("x.clip(-0.5, 0.6)", x=X23),
    form("x.clip(max=0.6)", x=X23),
    form("np.unwrap(x)", x=of(0.1, 2.0, 5.9, 6.4, -3.0)),
    form("np.unwrap(x, axis=0, period=2.0)", x=X34),
    form("np.where(x > 0, x, y)", x=X23, y=normal(3)),
    form("np.where(x > 0, x, 0.0)", x=X23),
    form("np.angle(x + 1j * y)", x=X23, y=normal(2, 3)),
    form("np.imag(x * (2 + 3j))", x=X23),
    form("np.real(x * (2 + 3j))", x=X23),
    form("abs(x + 1j * y)", x=X23, y=normal(2, 3)),
    form("np.real(np.sign(x + 1j * y))", x=X23, y=normal(2, 3)),
    form("np.sqrt(x, dtype=np.float64)", x=positive(3)),
    form("np.emath.sqrt(x)", x=positive(3)),
    form("np.emath.log(x)", x=positive(3)),
    form("np.emath.log2(x)", x=positive(3)),
    form("np.emath.log10(x)", x=positive(3)),
    form("np.emath.logn(y, x)", x=positive(3), y=_beyond(3)),
    form("np.emath.power(x, y)", x=positive(3), y=normal(3)),
    form("np.emath.arcsin(x)", x=_inside(3)),
    form("np.emath.arccos(x)", x=_inside(3)),
    form("np.emath.arctanh(x)", x=_inside(3)),
    form("np.real(np.emath.sqrt(x))", x=exactly(-2.0, 3.0)),
    form("np.imag(np.emath.log(x))", x=exactly(-2.0, 3.0)),
]

OPERATORS = [
    *[
        form(f"x {sign} y", x=positive(2, 3), y=positive(3))
        for sign in ["+", "-", "*", "/", "**", "%"]
    ],
    *[form(f"2.5 {sign} x", x=positive(2, 3)) for sign in ["+", "-", "*", "/", "**", "%"]],
    *[form(f"x {sign} 2", x=positive(2, 3)) for sign in ["+", "-", "*", "/", "**", "%"]],
    form("-x", x=X23),
    form("+x", x=X23),
    form("abs(x)", x=X23),
    form("x @ y", x=X23, y=normal(3, 2)),
    form("np.ones((4, 2)) @ x", x=X23),
    form("[1.0, 2.0, 3.0] * x", x=X23),
    form("np.arange(3.0) - x", x=X23),
    *[
        form(f"t = x * 1.0; t {sign}= y; t", x=positive(2, 3), y=positive(3))
        for sign in ["+", "-", "*", "/", "**", "%"]
    ],
    form("t = x * 1.0; t @= y; t", x=normal(3, 3), y=normal(3, 3)),
]

REDUCTIONS = [
    *[
        form(f"np.{name}(x{options})", x=X34)
        for name in [
            "sum",
            "prod",
            "mean",
            "max",
            "min",
            "amax",
            "amin",
            "ptp",
            "var",
            "std",
            "median",
        ]
        for options in ("", ", axis=0", ", axis=(0, -1), keepdims=True", ", axis=1, keepdims=True")
    ],
    *[
        form(f"x.{name}({options})", x=X34)
        for name in ["sum", "prod", "mean", "max", "min", "var", "std"]
        for options in ("", "axis=-1", "1, keepdims=True")
        if not (name in ("sum", "prod", "mean", "var", "std") and options.startswith("1"))
    ],
    *[form(f"np.{name}(x, axis=())", x=X23) for name in ["sum", "prod", "mean", "max"]],
    *[
        form(f"np.{name}(x, where=np.array([True, False, True, True]))", x=X34)
        for name in ["sum", "prod", "mean", "var", "std"]
    ],
    *[
        form(f"np.{name}(x, axis=0, initial={start})", x=X34)
        for name, start in (("sum", 2.0), ("prod", 2.0), ("max", 0.1), ("min", -0.1))
    ],
    *[
        form(f"np.{name}(x, axis=0, where=x > -0.5, initial={start})", x=X34)
        for name, start in (("sum", 2.0), ("prod", 2.0), ("max", -9.0), ("min", 9.0))
    ],
    *[form(f"np.{name}(x, ddof=1)", x=X34) for name in ("var", "std")],
    *[form(f"np.{name}(x, axis=1, correction=1)", x=X34) for name in ("var", "std")],
    *[form(f"np.{name}(x, mean=np.mean(x))", x=X34) for name in ("var", "std")],
    *[form(f"np.{name}(x, dtype=np.float64)", x=X23) for name in ("sum", "prod", "mean")],
    *[
        form(f"np.{name}(x{options})", x=X34)
        for name in ["cumsum", "cumprod"]
        for options in ("", ", axis=0", ", -1")
    ],
    form("x.cumsum(1)", x=X34),
    form("x.cumprod()", x=X34),
    form("np.cumulative_sum(x)", x=X5),
    form("np.cumulative_sum(x, axis=1, include_initial=True)", x=X34),
    form("np.cumulative_prod(x, axis=0)", x=X34),
    form("np.cumulative_prod(x, include_initial=True)", x=X5),
    form("np.trace(x)", x=X34),
    form("np.trace(x, 1, 0, 2)", x=normal(3, 2, 3)),
    form("x.trace()", x=X34),
]

_NAN = "np.where(np.eye(3, 4, dtype=bool), np.nan, x)"
NAN = [
    *[
        form(f"np.nan{name}({_NAN}{options})", x=X34)
        for name in ["sum", "prod", "mean", "max", "min", "var", "std", "median"]
        for options in ("", ", axis=0", ", axis=1, keepdims=True")
    ],
    *[
        form(f"np.nan{name}({_NAN}, q{options})", x=X34, q=between(0.1, 0.9))
        for name in ("quantile",)
        for options in ("", ", axis=0", ", axis=1, keepdims=True, method='hazen'")
    ],
    form(f"np.nanpercentile({_NAN}, [30, 60], axis=1)", x=X34),
    form(f"np.nancumsum({_NAN}, axis=1)", x=X34),
    form(f"np.nancumprod({_NAN})", x=X34),
    form(f"np.nanvar({_NAN}, ddof=1, axis=1)", x=X34),
    form(f"np.nan_to_num({_NAN}, nan=2.0)", x=X34),
]

_METHODS = [
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
]

STATISTICS = [
    *[form(f"np.quantile(x, 0.37, axis=0, method='{name}')", x=normal(7, 2)) for name in _METHODS],
    *[form(f"np.percentile(x, [12, 55.5], method='{name}')", x=normal(7)) for name in _METHODS],
    form("np.quantile(x, q)", x=normal(6), q=between(0.1, 0.9, 2)),
    form("np.quantile(x, q, axis=1, method='weibull')", x=X34, q=between(0.3, 0.6)),
    form("np.quantile(x, 0.4, weights=[1, 2, 1, 3, 2], method='inverted_cdf')", x=X5),
    form("np.quantile(x, [0.2, 0.7], axis=0, weights=[1, 2, 1], method='inverted_cdf')", x=X34),
    form("np.median(x, axis=(0, 2))", x=normal(2, 3, 2)),
    form("np.average(x)", x=X34),
    form("np.average(x, axis=1, weights=y)", x=X34, y=positive(4)),
    form("np.average(x, weights=y, returned=True)", x=X34, y=positive(3, 4)),
    form("np.average(x, axis=(0, 1), weights=y, keepdims=True)", x=X34, y=positive(3, 4)),
    form("np.cov(x)", x=X34),
    form("np.cov(x, rowvar=False)", x=X34),
    form("np.cov(x, y)", x=X5, y=normal(5)),
    form("np.cov(x, bias=True)", x=X34),
    form("np.cov(x, ddof=0)", x=X5),
    form("np.cov(x, fweights=[1, 2, 1, 1], aweights=y)", x=X34, y=positive(4)),
    form("np.corrcoef(x)", x=X34),
    form("np.corrcoef(x, y)", x=X5, y=normal(5)),
    form("np.bincount([0, 2, 2, 1], weights=x)", x=normal(4)),
    form("np.bincount([0, 2, 2, 1], x, minlength=5)", x=normal(4)),
    form("np.histogram(np.array([0.1, 0.7, 0.3, 2.0]), 3, weights=x)", x=normal(4)),
    form("np.histogram(x, 4)[1]", x=X5),
    form("np.histogram(x, 3, density=True)", x=X5),
    form("np.histogram_bin_edges(x, 4)", x=X5),
    form("np.histogram_bin_edges(x, 4, range=(-3, 3)) + x[0]", x=X5),
    form("np.histogram2d(x, y, 2, density=True)[0]", x=normal(6), y=normal(6)),
    form("np.histogramdd(x, 2)[1][0]", x=normal(5, 2)),
    form("np.histogramdd(np.eye(4, 2), 2, weights=x)[0]", x=normal(4)),
]

CALCULUS = [
    form("np.diff(x)", x=X34),
    form("np.diff(x, 2, axis=0)", x=X34),
    form("np.diff(x, prepend=0.0)", x=X34),
    form("np.diff(x, axis=0, prepend=y, append=1.5)", x=X34, y=normal(1, 4)),
    form("np.ediff1d(x)", x=X23),
    form("np.ediff1d(x, to_begin=y, to_end=[1.0, 2.0])", x=X5, y=normal()),
    form("np.gradient(x)", x=X5),
    form("np.gradient(x)", x=X34),
    form("np.gradient(x, 0.5, axis=1, edge_order=2)", x=X34),
    form("np.gradient(x, y, axis=0)", x=X34, y=rising(3)),
    form("np.gradient(x, y, edge_order=2)", x=X5, y=rising(5)),
    form("np.gradient(x, y, 2.0)", x=X34, y=positive()),
    form("np.trapezoid(x)", x=X34),
    form("np.trapezoid(x, y)", x=X34, y=rising(4)),
    form("np.trapezoid(x, dx=y, axis=0)", x=X34, y=positive()),
    form("np.trapezoid(x, y, axis=0)", x=X34, y=normal(3, 4)),
    form("np.interp(x, y, z)", x=between(0, 5, 3, 2), y=rising(5), z=normal(5)),
    form(
        "np.interp(x, [0.0, 1.0, 2.0], z, left=y, right=-1)",
        x=of(-1, 0.3, 1.6, 7),
        y=X1,
        z=normal(3),
    ),
    form("np.interp(x, y, z, period=4.0)", x=of(-3.0, 0.3, 9.6), y=of(0.2, 1.7, 5.1), z=normal(3)),
    *[
        form(f"np.convolve(x, y, '{mode}')", x=X5, y=normal(3))
        for mode in ("full", "same", "valid")
    ],
    *[form(f"np.convolve(x, y, '{mode}')", x=X5, y=normal(2)) for mode in ("same", "valid")],
    *[
        form(f"np.convolve(x, y, '{mode}')", x=normal(2), y=X5)
        for mode in ("full", "same", "valid")
    ],
    *[
        form(f"np.correlate(x, y, '{mode}')", x=X5, y=normal(3))
        for mode in ("full", "same", "valid")
    ],
    *[
        form(f"np.correlate(x, y, '{mode}')", x=normal(2), y=X5)
        for mode in ("full", "same", "valid")
    ],
    *[form(f"np.correlate(x, y, '{mode}')", x=normal(3), y=X5) for mode in ("same",)],
    form("np.correlate(x, y)", x=X5, y=normal(5)),
    form("np.linspace(x, y, 5)", x=X1, y=normal()),
    form("np.linspace(x, y, 4, endpoint=False, axis=-1)", x=X23, y=normal(3)),
    form("np.linspace(x, y, 4, retstep=True)", x=normal(2), y=normal(2)),
    form("np.logspace(x, y, 4)", x=_inside(), y=_inside()),
    form("np.logspace(x, y, 3, base=z)", x=_inside(), y=_inside(), z=positive()),
    form("np.geomspace(x, y, 4)", x=positive(), y=positive()),
]

PRODUCTS = [
    form("np.dot(x, y)", x=X5, y=normal(5)),
    form("np.dot(x, y)", x=X23, y=normal(3, 4)),
    form("np.dot(x, y)", x=normal(2, 3, 4), y=normal(2, 4, 3)),
    form("np.dot(x, 2.0)", x=X23),
    form("x.dot(y)", x=X23, y=normal(3)),
    form("np.matmul(x, y)", x=normal(2, 1, 3, 4), y=normal(5, 4, 2)),
    form("np.matmul(x, y)", x=normal(3), y=normal(2, 3, 4)),
    form("np.matmul(x, y)", x=normal(2, 4, 3), y=normal(3)),
    form("np.inner(x, y)", x=X23, y=normal(4, 3)),
    form("np.inner(x, y)", x=X23, y=normal()),
    form("np.outer(x, y)", x=X23, y=normal(4)),
    form("np.vdot(x, y)", x=X23, y=normal(2, 3)),
    form("np.vecdot(x, y)", x=X23, y=normal(3)),
    form("np.vecdot(x, y, axis=0)", x=X23, y=normal(2, 3)),
    form("np.matvec(x, y)", x=normal(2, 3, 4), y=normal(4)),
    form("np.vecmat(x, y)", x=normal(3), y=normal(2, 3, 4)),
    form("np.kron(x, y)", x=X23, y=normal(2, 2)),
    form("np.kron(x, y)", x=normal(2), y=normal(2, 2)),
    form("np.cross(x, y)", x=X23, y=normal(2, 3)),
    form("np.cross(x, y, axis=0)", x=normal(3, 2), y=normal(3, 1)),
    form("np.cross(x, y, axisa=0, axisc=0)", x=normal(3, 2), y=normal(2, 3)),
    form("np.tensordot(x, y, axes=1)", x=X23, y=normal(3, 2)),
    form("np.tensordot(x, y, axes=([0, 1], [1, 0]))", x=X23, y=normal(3, 2)),
    form("np.tensordot(x, y, axes=0)", x=normal(2), y=normal(3)),
]

SHAPES = [
    form("np.reshape(x, (3, 2))", x=X23),
    form("np.reshape(x, -1, order='F')", x=X23),
    form("x.reshape(3, -1)", x=X23),
    form("np.ravel(x)", x=X23),
    form("np.ravel(x, 'F')", x=X23),
    form("x.ravel()", x=X23),
    form("x.flatten()", x=X23),
    form("np.transpose(x)", x=X23),
    form("np.transpose(x, (2, 0, 1))", x=normal(2, 3, 2)),
    form("np.permute_dims(x, (1, 0))", x=X23),
    form("x.transpose(1, 0)", x=X23),
    form("x.T", x=X23),
    form("x.mT", x=X23),
    form("np.matrix_transpose(x)", x=X23),
    form("np.swapaxes(x, 0, -1)", x=normal(2, 3, 2)),
    form("x.swapaxes(0, 1)", x=X23),
    form("np.moveaxis(x, 0, -1)", x=normal(2, 3, 2)),
    form("np.moveaxis(x, (0, 1), (2, 0))", x=normal(2, 3, 2)),
    form("np.rollaxis(x, 2)", x=normal(2, 3, 2)),
    form("np.rollaxis(x, 0, 2)", x=normal(2, 3, 2)),
    form("np.squeeze(x)", x=normal(2, 1, 3)),
    form("x.squeeze(1)", x=normal(2, 1, 3)),
    form("np.expand_dims(x, (0, 2))", x=X23),
    form("x[None, :, np.newaxis]", x=X23),
    form("np.broadcast_to(x, (4, 2, 3))", x=normal(2, 1)),
    form("np.broadcast_arrays(x, y)", x=normal(2, 1), y=normal(3)),
    form("np.atleast_1d(x)", x=X1),
    form("np.atleast_2d(x, y)", x=X1, y=X5),
    form("np.atleast_3d(x)", x=X23),
    form("np.atleast_3d(x)", x=X5),
    form("np.flip(x)", x=X23),
    form("np.flip(x, (0, 1))", x=normal(2, 3, 2)),
    form("np.flipud(x)", x=X23),
    form("np.fliplr(x)", x=X23),
    form("np.rot90(x)", x=X23),
    form("np.rot90(x, 3, (2, 1))", x=normal(2, 3, 2)),
    form("np.roll(x, 2)", x=X23),
    form("np.roll(x, (1, -2), axis=(0, 1))", x=X23),
    form("np.astype(x, np.float64)", x=X23),
    form("x.astype(np.float64)", x=X23),
    form("x.copy()", x=X23),
    form("np.meshgrid(x, y)", x=normal(2), y=normal(3)),
    form("np.meshgrid(x, y, sparse=True, indexing='ij')", x=normal(2), y=normal(3)),
    form("np.lib.stride_tricks.sliding_window_view(x, 3)", x=X5),
    form("np.lib.stride_tricks.sliding_window_view(x, (2, 2))", x=X34),
]

JOINING = [
    form("np.concatenate([x, y])", x=X23, y=normal(1, 3)),
    form("np.concatenate((x, y), axis=1)", x=X23, y=normal(2, 1)),
    form("np.concatenate([x, y], axis=None)", x=X23, y=normal(2)),
    form("np.concat([x, [[1.0, 2.0, 3.0]]])", x=X23),
    form("np.stack([x, y], axis=1)", x=X23, y=normal(2, 3)),
    form("np.stack(list(x))", x=X23),
    form("np.vstack([x, y])", x=normal(3), y=X23),
    form("np.hstack([x, y])", x=normal(3), y=normal(2)),
    form("np.hstack([x, y])", x=X23, y=normal(2, 1)),
    form("np.dstack([x, y])", x=X23, y=normal(2, 3)),
    form("np.column_stack([x, y])", x=normal(2), y=X23),
    form("np.block([[x, y], [np.ones((1, 4))]])", x=X23, y=normal(2, 1)),
    form("np.block([x, y])", x=normal(2), y=normal(3)),
    form("np.append(x, y)", x=X23, y=normal(2)),
    form("np.append(x, y, axis=0)", x=X23, y=normal(1, 3)),
    form("np.split(x, 2, axis=1)", x=X34),
    form("np.split(x, [1, 2])", x=X5),
    form("np.array_split(x, 3)", x=X5),
    form("np.hsplit(x, 2)", x=X34),
    form("np.vsplit(x, [1])", x=X34),
    form("np.dsplit(x, 2)", x=normal(2, 1, 4)),
    form("np.unstack(x, axis=1)", x=X23),
    form("np.tile(x, 2)", x=X23),
    form("np.tile(x, (2, 1, 2))", x=X23),
    form("np.tile(x, (2,))", x=normal(2, 1, 2)),
    form("np.repeat(x, 2)", x=X23),
    form("np.repeat(x, [1, 0, 2], axis=1)", x=X23),
    form("x.repeat(3, 0)", x=X23),
    form("np.resize(x, (2, 5))", x=X23),
    form("np.full_like(x, y)", x=X23, y=normal()),
    form("np.full_like(x, x, shape=(2, 2))", x=normal(2)),
    form("np.broadcast_to(np.full((2, 2), 1.0) * x, (2, 2))", x=X1),
]

DIAGONALS = [
    form("np.diag(x)", x=X5),
    form("np.diag(x, 1)", x=X34),
    form("np.diag(x, -1)", x=normal(2)),
    form("np.diagflat(x, 1)", x=X23),
    form("np.diagonal(x)", x=X34),
    form("np.diagonal(x, 1, 0, 2)", x=normal(2, 3, 4)),
    form("x.diagonal(-1)", x=X34),
    form("np.tril(x)", x=X34),
    form("np.tril(x, -1)", x=normal(2, 3, 3)),
    form("np.triu(x, 1)", x=X34),
    form("np.triu(x)", x=normal(3)),
    form("x[np.tril_indices(3)]", x=X34),
    form("np.vander(x)", x=normal(3)),
    form("np.vander(x, 4, increasing=True)", x=normal(3)),
]

SORTING = [
    form("np.sort(x)", x=X34),
    form("np.sort(x, axis=0)", x=X34),
    form("np.sort(x, axis=None)", x=X34),
    form("np.sort(x, kind='stable')", x=X5),
    form("np.sort_complex(x)", x=X5),
    form("np.partition(x, 2)", x=X34),
    form("np.partition(x, (1, 3), axis=None)", x=X34),
    form("np.take_along_axis(x, np.argsort(x, axis=1), axis=1)", x=X34),
    form("x[np.argsort(x)]", x=X5),
    form("x[np.argmax(x)]", x=X5),
    form("np.take_along_axis(x, np.argmax(x, axis=1, keepdims=True), 1)", x=X34),
    form("np.unique(x)", x=X5),
    form("np.unique(x, return_inverse=True)[0]", x=X34),
    form("np.unique(x, axis=0)", x=X34),
    form("np.unique_values(x)", x=X5),
    form("np.unique_counts(x).values", x=X5),
    form("np.unique_inverse(x).values", x=X5),
    form("np.unique_all(x).values", x=X34),
    form("np.union1d(x, y)", x=normal(3), y=normal(2)),
    form("np.intersect1d(x, x[1:3])", x=X5),
    form("np.setdiff1d(x, x[1:3])", x=X5),
    form("np.setxor1d(x, y)", x=normal(3), y=of(2.5, -3.0)),
    form("t = x * 1.0; t.sort(); t", x=X34),
    form("t = x * 1.0; t.sort(axis=0); t", x=X34),
    form("t = x * 1.0; t.partition(1); t", x=X34),
]

SELECTING = [
    form("x[1]", x=X23),
    form("x[..., -1]", x=X23),
    form("x[::-1, 1:]", x=X23),
    form("x[[0, 1, 1, 0]]", x=X23),
    form("x[[0, 1], [2, 2]]", x=X23),
    form("x[x > 0]", x=X23),
    form("x[np.array([[True, False, True], [False, True, False]])]", x=X23),
    form("x[np.ix_([0, 1], [2, 0])]", x=X23),
    form("np.take(x, [0, 4, 4])", x=X23),
    form("np.take(x, [[0, 1], [1, 1]], axis=1)", x=X23),
    form("np.take(x, [5, -1], mode='wrap', axis=0)", x=X23),
    form("x.take([0, 3])", x=X23),
    form("np.take_along_axis(x, np.array([[0], [2]]), axis=1)", x=X23),
    form("np.compress([True, False, True], x, axis=1)", x=X23),
    form("x.compress([False, True], 0)", x=X23),
    form("np.extract(x > 0, x)", x=X23),
    form("np.choose([0, 1, 1], [x, y])", x=normal(3), y=normal(3)),
    form("np.choose([[0], [3]], [x, 2.0, y], mode='wrap')", x=normal(3), y=normal(2, 1)),
    form("np.select([x > 1, x > 0], [x, x**2], default=y)", x=X23, y=normal()),
    form("np.piecewise(x, [x < 0, x >= 0], [lambda v: -v, lambda v: v**2])", x=X23),
    form("np.piecewise(x, [x < -1, x > 1], [np.sin, 2.0, np.exp])", x=X23),
    form("np.delete(x, 1)", x=X23),
    form("np.delete(x, [0, 2], axis=1)", x=X23),
    form("np.delete(x, slice(0, 2))", x=X5),
    form("np.insert(x, 1, y)", x=X5, y=normal()),
    form("np.insert(x, [1, 3], y)", x=X5, y=normal(2)),
    form("np.insert(x, 1, y, axis=1)", x=X23, y=normal(2)),
    form("np.trim_zeros(np.concatenate([[0.0], x, [0.0, 0.0]]))", x=normal(3)),
    form("np.trim_zeros(np.concatenate([[0.0], x]), 'f')", x=normal(3)),
    form("np.apply_along_axis(np.cumsum, 0, x)", x=X23),
    form("np.apply_along_axis(lambda v: v[0] * v[-1], 1, x)", x=X23),
    form("np.apply_along_axis(np.diag, 1, x)", x=X23),
    form("np.apply_over_axes(np.sum, x, [0, 2])", x=normal(2, 3, 2)),
    form("x.flat[3]", x=X23),
    form("x.flat[1:4]", x=X23),
    form("np.stack(list(x.flat))", x=X23),
]

_PADS = (
    "2, mode='edge'", "((1, 0), (2, 3)), mode='edge'", "((1, 2), (0, 1))", "1, constant_values=3.0",
    "2, 'reflect'", "2, 'symmetric'", "((1, 1), (4, 5)), 'reflect'",
    "((0, 0), (5, 7)), 'symmetric'", "((1, 1), (4, 5)), 'wrap'",
    "2, 'reflect', reflect_type='odd'", "((0, 3), (5, 1)), 'reflect', reflect_type='odd'",
    "2, 'symmetric', reflect_type='odd'", "((4, 0), (1, 7)), 'symmetric', reflect_type='odd'",
    "2, 'linear_ramp'", "(2, 1), 'linear_ramp', end_values=((1, 2), (3, 4))",
    "1, 'maximum'", "2, 'minimum'", "(1, 2), 'mean'", "1, 'median'",
    "2, 'maximum', stat_length=2", "2, 'mean', stat_length=((1, 2), (3, 2))",
    "{1: (1, 2)}, 'constant'",
)  # fmt: skip
PADDING = [
    *[form(f"np.pad(x, {options})", x=normal(3, 4)) for options in _PADS],
    form("np.pad(x, 1, constant_values=((y, 2.0), (y, y)))", x=X23, y=normal()),
    form("np.pad(x, (1, 2), 'linear_ramp', end_values=y)", x=X5, y=normal()),
]

POLYNOMIALS = [
    form("np.polyval(x, y)", x=normal(4), y=X23),
    form("np.polyval([1.0, 2.0, 3.0], x)", x=X23),
    form("np.polyadd(x, y)", x=normal(3), y=normal(2)),
    form("np.polysub(x, [1.0, 2.0, 3.0, 4.0])", x=normal(3)),
    form("np.polymul(x, y)", x=normal(3), y=normal(2)),
    form("np.polydiv(x, y)[0]", x=normal(4), y=positive(2)),
    form("np.polydiv(x, y)[1]", x=normal(4), y=positive(2)),
    form("np.polyder(x)", x=normal(4)),
    form("np.polyder(x, 2)", x=normal(4)),
    form("np.polyint(x)", x=normal(3)),
    form("np.polyint(x, 2, k=y)", x=normal(3), y=normal(2)),
    form("np.poly(x)", x=normal(3)),
    form("np.real(np.roots(x))", x=of(2.0, -1.0, -13.0, -6.0)),
    form("np.abs(np.roots(x))", x=of(1.0, 2.0, 3.0, 5.0)),
    form("np.poly(x @ x.T)", x=normal(3, 4)),
    form("np.polyfit(x, y, 2)", x=X5, y=normal(5)),
    form("np.polyfit(x, y, 1, w=z)", x=X5, y=normal(5, 2), z=positive(5)),
    form("np.polyfit(x, y, 1, cov=True)", x=X5, y=normal(5)),
    form("np.polyfit(x, y, 1, cov='unscaled')[1]", x=X5, y=normal(5, 2)),
    form("np.polyfit(x, y, 1, full=True)[:2]", x=X5, y=normal(5)),
    form("np.poly1d(x)(y)", x=normal(3), y=X23),
]

WRITING = [
    form("t = x * 1.0; t[0] = y; t", x=X23, y=normal(3)),
    form("t = x * 1.0; t[:, [0, 2, 0]] = y; t", x=X23, y=normal(2, 3)),
    form("t = x * 1.0; t[t > 0] = 2.0; t", x=X23),
    form("t = x * 1.0; t[t > 0] *= y; t", x=X23, y=normal()),
    form("t = x * 1.0; np.copyto(t, y); t", x=X23, y=normal(3)),
    form("t = x * 1.0; np.copyto(t, y, where=x > 0); t", x=X23, y=normal(3)),
    form("t = x * 1.0; np.put(t, [0, 4, 0], y); t", x=X23, y=normal(3)),
    form("t = x * 1.0; np.put(t, [0, 4], y, mode='clip'); t", x=X23, y=normal(1)),
    form("t = x * 1.0; t.put([1, 2], y); t", x=X23, y=normal(2)),
    form("t = x * 1.0; np.place(t, x > 0, y); t", x=X23, y=normal(2)),
    form("t = x * 1.0; np.putmask(t, x > 0, y); t", x=X23, y=normal(2)),
    form("t = x * 1.0; np.putmask(t, x > 0, x**2); t", x=X23),
    form(
        "t = x * 1.0; np.put_along_axis(t, np.array([[0], [2]]), y, axis=1); t",
        x=X23,
        y=normal(2, 1),
    ),
    form("t = x * 1.0; np.fill_diagonal(t, y); t", x=X34, y=normal(3)),
    form("t = x * 1.0; np.fill_diagonal(t, y, wrap=True); t", x=normal(5, 2), y=normal()),
    form("t = x * 1.0; t.fill(y); t * x", x=X23, y=normal()),
    form("t = x * 1.0; t.flat[1] = y; t", x=X23, y=normal()),
    form("t = x * 1.0; t.flat[[0, 5]] = y; t", x=X23, y=normal(2)),
    form("t = x * 1.0; t.flat = y; t * x", x=X23, y=normal(3)),
    form("t = x * 1.0; np.add(x, y, out=t); t", x=X23, y=normal(3)),
    form("t = x * 1.0; np.sum(x * y, axis=0, out=t[0]); t", x=X23, y=normal(3)),
    form("t = x * 1.0; np.sqrt(x, where=x > 0, out=t); t", x=X23),
    form("t = x * 1.0; np.log(x, where=x > 0, out=t); t", x=X23),
    form("t = x * 1.0; np.nan_to_num(t, copy=False); t", x=X23),
    form("t = x * 1.0; t.T[0] = y; t", x=X23, y=normal(2)),
]

_BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "minimum",
    "hypot",
    "logaddexp",
    "fmax",
    "power",
]
UFUNC_METHODS = [
    *[form(f"np.{name}.reduce(x)", x=positive(3, 2)) for name in _BINARY],
    *[form(f"np.{name}.reduce(x, axis=1, keepdims=True)", x=positive(3, 2)) for name in _BINARY],
    *[form(f"np.{name}.accumulate(x)", x=positive(4, 2)) for name in _BINARY],
    *[form(f"np.{name}.accumulate(x, axis=1)", x=positive(2, 3)) for name in _BINARY],
    *[form(f"np.{name}.outer(x, y)", x=positive(2, 2), y=positive(3)) for name in _BINARY],
    # NumPy's own power.reduceat takes one exponent for all of a slice
    *[form(f"np.{name}.reduceat(x, [0, 3, 1])", x=positive(5)) for name in _BINARY[:-1]],
    *[
        form(f"t = x * 1.0; np.{name}.at(t, [0, 2, 0], y); t", x=positive(4), y=positive(3))
        for name in _BINARY
    ],
    form("np.add.reduce(x, axis=None, initial=2.0, where=x > 0)", x=X34),
    form("np.multiply.reduce(x, axis=(0, 1))", x=X34),
    form("np.maximum.reduce(x, axis=None, initial=0.2)", x=X34),
    form("np.logaddexp.reduce(x, axis=0, where=x > -1)", x=X34),
    form("np.hypot.reduce(x, axis=(0, 1))", x=X34),
    form("np.subtract.outer(x, [1.0, 2.0])", x=X5),
    form("np.add.reduceat(x, [0, 2], axis=1)", x=X34),
    form("t = x * 1.0; np.add.at(t, (slice(None), [0, 0, 2]), y); t", x=X34, y=normal(3, 3)),
    form("t = x * 1.0; np.negative.at(t, [0, 1]); t", x=X5),
    form("t = x * 1.0; np.exp.at(t, [0, 0]); t", x=X5),
    form("np.sin(x, out=None)", x=X5),
]

TABLE: dict[str, list[Form]] = {
    "Elementwise functions": ELEMENTWISE,
    "Operators": OPERATORS,
    "Reductions and running sums": REDUCTIONS,
    "Without NaN": NAN,
    "Statistics": STATISTICS,
    "Differences, integrals, interpolation": CALCULUS,
    "Products": PRODUCTS,
    "Shapes and axes": SHAPES,
    "Joining, splitting, repeating": JOINING,
    "Diagonals and triangles": DIAGONALS,
    "Sorting and sets": SORTING,
    "Selecting": SELECTING,
    "Padding": PADDING,
    "Polynomials": POLYNOMIALS,
    "Writing in place": WRITING,
    "Methods of ufuncs": UFUNC_METHODS,
}
"""The call forms by topic."""


def forms() -> list[Form]:
    """Return the forms of all topics."""
    return [each for topic in TABLE.values() for each in topic]
