"""Elementwise operations: each line is a function and its partial derivatives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_mini.ops.domains import inside, settled
from autograd_mini.ops.kinds import elementwise, linear
from autograd_mini.ops.logic import exponent
from autograd_mini.ops.rules import BITS, chosen
from autograd_mini.ops.sampling import Sample

POSITIVE = {"x": (0.3, 3.0)}
INSIDE = {"x": (-0.9, 0.9)}

# -- arithmetic -----------------------------------------------------------------------------------


def _inverse(y: Any) -> Any:
    """Return 1 / y; infinite where y is Python's own 0, such as the size of an empty array."""
    if isinstance(y, (int, float)) and not y:
        return math.copysign(math.inf, y)
    return 1 / y


add = elementwise("add", np.add, x=1, y=1, latex="{x} + {y}")
subtract = elementwise("subtract", np.subtract, x=1, y=-1, latex="{x} - {y}")
multiply = elementwise("multiply", np.multiply, x="y", y="x", latex=r"{x} \odot {y}")
divide = elementwise(
    "divide",
    np.divide,
    singular=True,
    x=_inverse,
    y=lambda out, y: -out / y,
    domain={"y": (0.5, 2.0)},
    latex=r"\frac{{{x}}}{{{y}}}",
)
negative = elementwise("negative", np.negative, x=-1, latex="-{x}")
positive = elementwise("positive", np.positive, x=1, latex="{x}")


def _power_base(x: Any, y: Any) -> Any:
    """d(x**y)/dx = y x**(y-1), and 0 for 0**0."""
    if isinstance(y, (int, float)):
        return y * x ** (y - 1) if y else np.zeros_like(x)
    constant = (y == 0) & (x == 0)  # elsewhere the derivative by y is not that of a constant
    return np.where(constant, 0, y * x ** np.where(constant, 1, y - 1))


def _power_exponent(out: Any, x: Any, y: Any) -> Any:
    """d(x**y)/dy = x**y log x, and its limit 0 at x = 0 with y >= 0."""
    limit = (x == 0) & (y >= 0)
    base = np.where(limit, 1, x)
    return np.where(limit, 0, out * np.log(base + 0j if out.dtype.kind == "c" else base))


power = elementwise(
    "power",
    np.power,
    singular=True,
    x=_power_base,
    y=_power_exponent,
    domain={"x": (0.3, 2.0)},
    latex="{{{x}}}^{{{y}}}",
)
square = elementwise("square", np.square, x=lambda x: 2 * x, latex="{{{x}}}^2")
reciprocal = elementwise(
    "reciprocal", np.reciprocal, singular=True, x=lambda out: -(out**2), domain={"x": (0.5, 2.0)},
    latex=r"\frac{{1}}{{{x}}}",
)  # fmt: skip

# -- roots, exponentials, logarithms --------------------------------------------------------------

sqrt = elementwise(
    "sqrt", np.sqrt, singular=True, x=lambda out: 0.5 / out, domain=POSITIVE,
    latex=r"\sqrt{{{x}}}",
)  # fmt: skip
cbrt = elementwise(
    "cbrt", np.cbrt, singular=True, x=lambda out: 1 / (3 * out**2), domain=POSITIVE,
    latex=r"\sqrt[3]{{{x}}}",
)  # fmt: skip
exp = elementwise("exp", np.exp, singular=True, x="out", latex="e^{{{x}}}")
exp2 = elementwise(
    "exp2", np.exp2, singular=True, x=lambda out: out * np.log(2.0), latex="2^{{{x}}}"
)
expm1 = elementwise("expm1", np.expm1, singular=True, x=lambda out: out + 1, latex="e^{{{x}}} - 1")
log = elementwise(
    "log", np.log, singular=True, x=lambda x: 1 / inside(x, 0), domain=POSITIVE,
    latex=r"\log {x}",
)  # fmt: skip
log2 = elementwise(
    "log2", np.log2, singular=True, x=lambda x: 1 / (inside(x, 0) * np.log(2.0)), domain=POSITIVE,
    latex=r"\log_2 {x}",
)  # fmt: skip
log10 = elementwise(
    "log10", np.log10, singular=True, x=lambda x: 1 / (inside(x, 0) * np.log(10.0)),
    domain=POSITIVE, latex=r"\log_{{10}} {x}",
)  # fmt: skip
log1p = elementwise(
    "log1p", np.log1p, singular=True, x=lambda x: 1 / (1 + inside(x, -1)), domain=POSITIVE,
    latex=r"\log(1 + {x})",
)  # fmt: skip

# -- trigonometric and hyperbolic -----------------------------------------------------------------

sin = elementwise("sin", np.sin, x=lambda x: np.cos(x), latex=r"\sin {x}")
cos = elementwise("cos", np.cos, x=lambda x: -np.sin(x), latex=r"\cos {x}")
tan = elementwise("tan", np.tan, x=lambda out: 1 + out**2, domain=INSIDE, latex=r"\tan {x}")


def _opposite_leg(x: Any) -> Any:
    """Return ``sqrt(1 - x**2)``, of complex numbers on the side of the cut on which x is."""
    if x.dtype.kind != "c":
        return np.sqrt(1 - x**2)
    return np.sqrt(-(x - 1)) * np.sqrt(x - -1)  # adding 1 would lose the sign of a zero


arcsin = elementwise(
    "arcsin", np.arcsin, singular=True, x=lambda x: 1 / _opposite_leg(x), domain=INSIDE,
    latex=r"\arcsin {x}",
)  # fmt: skip
arccos = elementwise(
    "arccos", np.arccos, singular=True, x=lambda x: -1 / _opposite_leg(x), domain=INSIDE,
    latex=r"\arccos {x}",
)  # fmt: skip
arctan = elementwise(
    "arctan", np.arctan, x=lambda x: 1 / (1 + settled(x) ** 2), latex=r"\arctan {x}"
)
sinh = elementwise("sinh", np.sinh, singular=True, x=lambda x: np.cosh(x), latex=r"\sinh {x}")
cosh = elementwise("cosh", np.cosh, singular=True, x=lambda x: np.sinh(x), latex=r"\cosh {x}")


def _tanh_slope(out: Any) -> Any:
    if out.__class__ is np.ndarray and out.ndim:  # in two passes through memory, not in three
        slope = out * out
        return np.subtract(1, slope, out=slope)
    return 1 - out**2


tanh = elementwise(
    "tanh", np.tanh, x=_tanh_slope, latex=r"\tanh {x}",
    wrong={
        "(1 - {Z}**2)": lambda x: 1 - x**2,
        "(1 + {A}**2)": lambda out: 1 + out**2,
        "(1 - {A})": lambda out: 1 - out,
        "{A} * (1 - {A})": lambda out: out * (1 - out),
    },
)  # fmt: skip
arcsinh = elementwise("arcsinh", np.arcsinh, x=lambda x: 1 / np.sqrt(settled(x) ** 2 + 1))
arccosh = elementwise(
    "arccosh", np.arccosh, singular=True, x=lambda x: 1 / np.sqrt(x - 1) / np.sqrt(x - -1),
    domain={"x": (1.2, 3.0)},
)  # fmt: skip
arctanh = elementwise(
    "arctanh", np.arctanh, singular=True, x=lambda x: 1 / (1 - inside(x, -1, 1) ** 2),
    domain=INSIDE,
)  # fmt: skip


def _radius_part(x: Any, out: Any) -> Any:
    """Return d hypot/dx = x / out, and the least subgradient 0 at the origin."""
    return x / np.where(out == 0, 1, out)


hypot = elementwise(
    "hypot", np.hypot,
    x=lambda x, out: _radius_part(x, out),
    y=lambda y, out: _radius_part(y, out),
)  # fmt: skip


def _squared_radius(x: Any, y: Any) -> Any:
    squared = x * x + y * y
    return np.where(squared == 0, 1, squared)


arctan2 = elementwise(
    "arctan2", np.arctan2,
    x=lambda x, y: y / _squared_radius(x, y),
    y=lambda x, y: -x / _squared_radius(x, y),
)  # fmt: skip
logaddexp = elementwise(
    "logaddexp", np.logaddexp,
    x=lambda x, y: _share(x, y, np.exp),
    y=lambda x, y: _share(y, x, np.exp),
)  # fmt: skip
logaddexp2 = elementwise(
    "logaddexp2", np.logaddexp2,
    x=lambda x, y: _share(x, y, np.exp2),
    y=lambda x, y: _share(y, x, np.exp2),
)  # fmt: skip


def _share(x: Any, y: Any, base: Any) -> Any:
    """Return base^x / (base^x + base^y), which is 0 where both are -inf."""
    nowhere = (x == -np.inf) & (y == -np.inf)
    difference = np.where(nowhere, 0, x) - np.where(nowhere, 0, y)
    falling = base(-abs(difference))
    return np.where(nowhere, 0, np.where(difference >= 0, 1, falling) / (1 + falling))


# -- with kinks -----------------------------------------------------------------------------------


def _direction(x: Any) -> Any:
    """Return conj(x)/|x|, the sign of real numbers, and 0 at 0."""
    if x.dtype.kind != "c":
        return np.sign(x)
    size = abs(x)
    return np.conj(x) / np.where(size == 0, 1, size)


absolute = elementwise(
    "absolute", np.absolute, x=_direction, latex=r"\left|{x}\right|", domain={"x": (0.3, 2.0)}
)
fabs = elementwise("fabs", np.fabs, x=lambda x: np.sign(x), domain={"x": (0.3, 2.0)})


def _wins(x: Any, y: Any, out: Any) -> Any:
    """Return 1 where the result is x, 1/2 where it is y as well."""
    ties = x == y
    if ties.__class__ is np.ndarray and not ties.any():  # as hardly ever: truth values are quicker
        return x == out
    return (x == out) / (1.0 + ties)


maximum = elementwise(
    "maximum",
    np.maximum,
    chooses=True,
    x=lambda x, y, out: _wins(x, y, out),
    y=lambda y, x, out: _wins(y, x, out),
    latex=r"\max({x}, {y})",
)  # fmt: skip
minimum = elementwise(
    "minimum",
    np.minimum,
    chooses=True,
    x=lambda x, y, out: _wins(x, y, out),
    y=lambda y, x, out: _wins(y, x, out),
    latex=r"\min({x}, {y})",
)  # fmt: skip
fmax = elementwise(
    "fmax",
    np.fmax,
    chooses=True,
    x=lambda x, y, out: _wins(x, y, out),
    y=lambda y, x, out: _wins(y, x, out),
)  # fmt: skip
fmin = elementwise(
    "fmin",
    np.fmin,
    chooses=True,
    x=lambda x, y, out: _wins(x, y, out),
    y=lambda y, x, out: _wins(y, x, out),
)  # fmt: skip


def _inside(x: Any, low: Any, high: Any) -> Any:
    return (x >= low) & (x <= high) & (low != high)


def _at_both_bounds(x: Any, low: Any, high: Any) -> Any:
    """Return 1/2 where both bounds are the result: where they are equal, and x not above them."""
    return ((low == high) & (x <= low)) * 0.5


clip = elementwise(
    "clip",
    lambda x, low, high: np.clip(x, low, high),
    chooses=True,
    x=_inside,
    low=lambda x, low, high: ((x < low) & (low < high)) + _at_both_bounds(x, low, high),
    high=lambda x, low, high: ((x > high) | (high < low)) + _at_both_bounds(x, low, high),
    domain={"low": (-1.0, -0.5), "high": (0.5, 1.0)},
)


def _if_any(out: Any, slope: Any) -> Any:
    """Return `slope`, and NaN where there is no result; so are further derivatives there."""
    return np.where(np.isnan(out), out, slope)


remainder = elementwise(
    "remainder", np.remainder, singular=True, x=lambda out: _if_any(out, 1),
    y=lambda x, y, out: _if_any(out, -np.floor_divide(x, y)), domain={"y": (0.8, 2.0)},
)  # fmt: skip
fmod = elementwise(
    "fmod", np.fmod, singular=True, x=lambda out: _if_any(out, 1),
    y=lambda x, y, out: _if_any(out, -np.rint((x - out) / y)), domain={"y": (0.8, 2.0)},
)  # fmt: skip
copysign = elementwise(
    "copysign", np.copysign, x=lambda x, out: np.sign(x) * np.sign(out), y=0.0,
    domain={"x": (0.3, 2.0)},
)  # fmt: skip
heaviside = elementwise(
    "heaviside", np.heaviside, x=0.0, y=lambda x: (x == 0) * 1.0, domain={"x": (0.3, 2.0)}
)
deg2rad = elementwise("deg2rad", np.deg2rad, x=np.pi / 180)
rad2deg = elementwise("rad2deg", np.rad2deg, x=180 / np.pi)
float_power = elementwise(
    "float_power", np.float_power, singular=True, x=_power_base, y=_power_exponent,
    domain={"x": (0.3, 2.0)},
)  # fmt: skip
ldexp = elementwise(
    "ldexp",
    np.ldexp,
    operands=("x", "n"),
    x=lambda n: np.ldexp(1.0, n),
    samples=[lambda rng: ((rng.normal(size=(2, 3)), rng.integers(-3, 4, (3,))), {})],
)
nextafter = elementwise("nextafter", np.nextafter, x=1, y=0.0)
fraction = elementwise("fraction", lambda x: np.modf(x)[0], x=1)
mantissa = elementwise(
    "mantissa", lambda x: np.frexp(x)[0], x=lambda x: np.ldexp(1.0, -exponent(x)),
    domain={"x": (0.6, 0.9)},
)  # fmt: skip
sinc = elementwise("sinc", np.sinc, x=lambda x: _sinc_slope(x), latex=r"\operatorname{{sinc}} {x}")


def _sinc_slope(x: Any) -> Any:
    """Return d sinc/dx = (cos(pi x) - sinc x) / x, by its Taylor series near 0."""
    near = abs(x) < 1e-2
    z = np.pi * np.where(near, x, 0)
    far = np.where(near, 1, x)
    series = np.pi * (-z / 3 + z**3 / 30 - z**5 / 840 + z**7 / 45360)
    return np.where(near, series, (np.cos(np.pi * far) - np.sinc(far)) / far)


# -- complex parts --------------------------------------------------------------------------------

conj = linear("conj", np.conjugate, x=lambda g: np.conj(g), latex=r"\overline{{{x}}}")
real = elementwise("real", lambda x: np.real(x), x=1, latex=r"\operatorname{{Re}} {x}")
imag = elementwise("imag", lambda x: np.imag(x), x=lambda x: -1j, latex=r"\operatorname{{Im}} {x}")
angle = elementwise(
    "angle", lambda x, deg=False: np.angle(x, deg),
    x=lambda x, deg: _turn(x) * (180 / np.pi if deg else 1.0),
)  # fmt: skip


def _turn(x: Any) -> Any:
    """Return -i conj(x) / |x|^2, which turns a step into a change of angle."""
    squared = np.real(x * np.conj(x))
    return -1j * np.conj(x) / np.where(squared == 0, 1, squared)


def _where_sample(*shapes: tuple[int, ...]) -> Sample:
    def sample(rng: np.random.Generator) -> tuple[tuple[Any, ...], dict[str, Any]]:
        condition, x, y = (np.asarray(rng.normal(size=shape)) for shape in shapes)
        return (np.asarray(condition > 0), x, y), {}

    return sample


def _where(condition: Any, x: Any, y: Any) -> Any:
    """Multiply by truth values where that does it: no processor guesses a random choice."""
    if _is_zero(y) and _masks(condition, x):
        return chosen(x, condition)
    if _is_zero(x) and _masks(condition, y):
        return chosen(y, ~condition)
    return np.where(condition, x, y)


def _is_zero(number: Any) -> bool:
    return number.__class__ in (int, float) and number == 0 and math.copysign(1, number) > 0


def _masks(condition: Any, x: Any) -> bool:
    return (
        x.__class__ is np.ndarray
        and x.nbytes > _PREDICTABLE
        and condition.__class__ is np.ndarray
        and x.shape == condition.shape
        and x.dtype in BITS
        and condition.dtype.char == "?"
        and x.flags.c_contiguous
        and condition.flags.c_contiguous
    )


_PREDICTABLE = 1 << 16
"""Bytes up to which where() is as quick."""


where = elementwise(
    "where",
    _where,
    chooses=True,
    operands=("condition", "x", "y"),
    x=lambda condition: np.not_equal(condition, 0),
    y=lambda condition: np.logical_not(condition),
    samples=[
        _where_sample((2, 3), (2, 3), (2, 3)),
        _where_sample((3,), (2, 1), ()),
        _where_sample((2, 1), (), (3,)),
        _where_sample((), (2,), (2,)),
        _where_sample((0,), (0,), (1,)),
        lambda rng: ((np.array([0.0, 2.0, -0.5]), *rng.normal(size=(2, 3))), {}),
    ],
    latex=r"\operatorname{{where}}({condition}, {x}, {y})",
)


def _masked_sample(rng: np.random.Generator) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (rng.normal(size=(2, 3)), rng.normal(size=(2, 3)) > 0), {}


masked = elementwise(
    "masked",
    lambda x, mask: chosen(x, mask),
    chooses=True,
    operands=("x", "mask"),
    x=lambda mask: mask,
    samples=[_masked_sample],
    latex=r"{x} \odot {mask}",
)
"""What compiled programs use for ``where(mask, x, 0)``."""
