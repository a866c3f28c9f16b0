"""The functions of neural networks that NumPy lacks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_mini.ops.blocks import blockwise
from autograd_mini.ops.broadcasting import Axis
from autograd_mini.ops.halves import in_single
from autograd_mini.ops.kinds import elementwise, structured
from autograd_mini.ops.sampling import normal

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "elu",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
]


def floating(x: Any) -> Any:
    """Return `x`, whole numbers as float64: in their own few bits they would overflow."""
    return x.astype(np.float64) if getattr(x, "dtype", None) and x.dtype.kind in "iub" else x


_FEW = 1 << 19
"""Bytes up to which an array of zeros is kept to compare with."""


def positive_part(x: Any) -> Any:
    """Return ``np.maximum(x, 0)``, in a third of the time: beside an array it is vectorised."""
    if (
        x.__class__ is np.ndarray
        and x.dtype.char in "fd"
        and x.nbytes <= _FEW
        and x.flags.c_contiguous
    ):
        return np.maximum(x, _filled(0, x.shape, x.dtype.char))
    return np.maximum(x, 0)


@functools.lru_cache(maxsize=16)
def _filled(number: float, shape: tuple[int, ...], char: str) -> NDArray[Any]:
    """Return an array of one number: NumPy takes longer to make one of Python's its own."""
    made = np.full(shape, number, char)
    made.flags.writeable = False
    return made


relu = elementwise(
    "relu",
    positive_part,
    chooses=True,
    x=lambda out: out > 0,
    latex=r"\operatorname{{relu}}({x})",
    wrong={"({Z} < 0)": lambda x: x < 0, "({dA} > 0)": lambda g: g > 0},
    source="np.maximum(x, 0)",
)


def _leaky_relu(x: Any, slope: float = 0.01) -> Any:
    if is_gentle(slope):
        return np.maximum(x, slope * x)  # where() is slow: no processor guesses a random choice
    return np.where(x > 0, x, slope * x)


def is_gentle(slope: Any) -> bool:
    """Return whether ``slope * x`` is at most x where x is positive, and no less where negative.

    A slope that is 0 in some precision is not: it makes NaN of infinity.
    """
    return slope.__class__ is float and 1e-6 < slope <= 1


def _least(below: float) -> float:
    """Return the least subgradient at a kink between the slopes `below` and 1."""
    return min(max(below, 0.0), 1.0)


def _leaky_slope(x: Any, slope: float) -> Any:
    if is_gentle(slope):
        if x.__class__ is np.ndarray and x.dtype.char in "fd":
            return np.maximum((x > 0).astype(x.dtype), slope)
        return np.where(x > 0, np.ones((), x.dtype), np.asarray(slope, x.dtype))
    below = np.where(x < 0, np.asarray(slope, x.dtype), np.asarray(_least(slope), x.dtype))
    return np.where(x > 0, np.ones_like(x), below)


leaky_relu = elementwise(
    "leaky_relu",
    _leaky_relu,
    x=_leaky_slope,
    latex=r"\operatorname{{leaky\_relu}}({x})",
    source="np.where(x > 0, x, slope * x)",
)


def _size(x: Any) -> Any:
    """Return x or -x, whichever has a real part of at least 0."""
    return np.abs(x) if np.asarray(x).dtype.kind != "c" else np.where(np.real(x) >= 0, x, -x)


@np.errstate(over="ignore")  # as a decorator, in a third of the time of a with statement
def _exp_to_infinity(x: Any, out: Any) -> None:
    np.exp(x, out)


def _sigmoid(x: Any) -> Any:
    """Use only exp of negative numbers, so that nothing overflows, or overflow that is no harm."""
    if x.__class__ is np.ndarray and x.ndim and x.dtype.char in "fd":
        falling = np.negative(x)
        _exp_to_infinity(falling, falling)
        # infinite only where the result is 0 to the last bit but its denormals
        np.add(falling, _filled(1, (), x.dtype.char), falling)
        return np.reciprocal(falling, falling)
    x = floating(x)
    falling = np.exp(-_size(x))
    return np.where(np.real(x) >= 0, 1, falling) / (1 + falling)


sigmoid = elementwise(
    "sigmoid",
    _sigmoid,
    x=lambda out: out * (1 - out),
    latex=r"\sigma({x})",
    wrong={
        "{Z} * (1 - {Z})": lambda x: x * (1 - x),
        "{A} * (1 + {A})": lambda out: out * (1 + out),
        "(1 - {A})": lambda out: 1 - out,
        "(1 - {A}**2)": lambda out: 1 - out**2,
    },
    source="1 / (1 + np.exp(-x))",
)


@blockwise
def _softplus(x: Any) -> Any:
    if x.__class__ is np.ndarray and x.dtype.char in "fd":
        return positive_part(x) + np.log1p(np.exp(-np.abs(x)))
    x = floating(x)
    return np.where(np.real(x) >= 0, x, 0) + np.log1p(np.exp(-_size(x)))


softplus = elementwise(
    "softplus",
    _softplus,
    x=lambda x: sigmoid(x),
    latex=r"\log(1 + e^{{{x}}})",
    source="np.logaddexp(0, x)",
)
log_sigmoid = elementwise(
    "log_sigmoid",
    lambda x: -_softplus(-floating(x)),
    x=lambda x: sigmoid(-x),
    latex=r"\log \sigma({x})",
    source="-np.logaddexp(0, -x)",
)


@blockwise
def _silu_slope(x: Any) -> Any:
    s = sigmoid(x)
    return s * (1 + x * (1 - s))


silu = elementwise(
    "silu",
    lambda x: x * _sigmoid(x),
    x=lambda x: _silu_slope(x),
    latex=r"{x} \sigma({x})",
    source="x / (1 + np.exp(-x))",
)


def _elu(x: Any, alpha: float = 1.0) -> Any:
    x = floating(x)
    return positive_part(x) + alpha * np.expm1(np.minimum(x, 0))  # where() would be slower


def _elu_slope(x: Any, alpha: float) -> Any:
    if x.__class__ is np.ndarray and x.dtype.char in "fd" and alpha == 1:
        return np.exp(np.fmin(x, 0))  # of both NaN and 0 the slope is 1
    falling = np.where(x < 0, alpha * np.exp(np.minimum(x, 0)), _least(alpha))
    return np.where(x > 0, 1, falling)


elu = elementwise(
    "elu",
    _elu,
    x=lambda x, alpha: _elu_slope(x, alpha),
    source="np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))",
)


_ALONG = (
    normal((2, 3)), normal((2, 3), axis=0), normal((2, 3), axis=(0, 1)), normal((2, 3), axis=None),
)  # fmt: skip


def is_plain(x: Any) -> bool:
    """Return whether `x` is an array of floats, of which temporaries may be written into."""
    return x.__class__ is np.ndarray and x.ndim > 0 and x.dtype.char in "fd"


@np.errstate(invalid="ignore")  # nothing possible: NaN; as a decorator, in a third of the time
def _shifted(x: Any, axis: Axis) -> Any:
    """Return `x` with the largest entry at 0."""
    return x - np.maximum.reduce(x, axis=axis, keepdims=True)  # np.max, without its detours


@in_single
def _softmax(x: Any, axis: Axis = -1) -> Any:
    x = floating(x)
    if not np.size(x):
        return np.exp(x)
    if is_plain(x):
        made = _shifted(x, axis)
        np.exp(made, out=made)
        made /= np.add.reduce(made, axis=axis, keepdims=True)
        return made
    with np.errstate(invalid="ignore"):
        shifted = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return shifted / np.sum(shifted, axis=axis, keepdims=True)


@in_single
def _through_softmax(g: Any, out: Any, axis: Axis) -> Any:
    if is_plain(g) and is_plain(out) and g.dtype == out.dtype:
        made = g * out
        np.subtract(g, np.add.reduce(made, axis=axis, keepdims=True), out=made)
        made *= out
        return made
    return out * (g - np.sum(g * out, axis=axis, keepdims=True))


softmax = structured(
    "softmax",
    _softmax,
    x=lambda g, out, axis: _through_softmax(g, out, axis),
    jvp={"x": lambda t, out, axis: _through_softmax(t, out, axis)},
    latex=r"\operatorname{{softmax}}({x})",
    samples=_ALONG,
    wrong={"{A} * (1 - {A})": lambda g, out: g * out * (1 - out)},
    source="np.exp(x - np.max(x, axis=axis, keepdims=True))"
    " / np.sum(np.exp(x - np.max(x, axis=axis, keepdims=True)), axis=axis, keepdims=True)",
)


@in_single
def _log_softmax(x: Any, axis: Axis = -1) -> Any:
    x = floating(x)
    if not np.size(x):
        return x - 0.0
    if is_plain(x):
        made = _shifted(x, axis)
        made -= np.log(np.add.reduce(np.exp(made), axis=axis, keepdims=True))
        return made
    with np.errstate(invalid="ignore"):
        shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


@in_single
def _through_log_softmax(g: Any, out: Any, axis: Axis) -> Any:
    if is_plain(g) and is_plain(out) and g.dtype == out.dtype:
        made = np.exp(out)
        made *= np.add.reduce(g, axis=axis, keepdims=True)
        return np.subtract(g, made, out=made)
    return g - np.exp(out) * np.sum(g, axis=axis, keepdims=True)


@in_single
def _moved_log_softmax(t: Any, out: Any, axis: Axis) -> Any:
    return t - np.sum(np.exp(out) * t, axis=axis, keepdims=True)


log_softmax = structured(
    "log_softmax",
    _log_softmax,
    x=lambda g, out, axis: _through_log_softmax(g, out, axis),
    jvp={"x": lambda t, out, axis: _moved_log_softmax(t, out, axis)},
    latex=r"\log \operatorname{{softmax}}({x})",
    samples=_ALONG,
    source="x - np.max(x, axis=axis, keepdims=True)"
    " - np.log(np.sum(np.exp(x - np.max(x, axis=axis, keepdims=True)), axis=axis, keepdims=True))",
)
