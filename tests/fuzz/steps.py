"""What programs of mixed kinds of numbers are made of: each step with how its parameters are drawn.

A step is a function of arrays, NumPy scalars, Python numbers or tensors.  What NumPy refuses is
not drawn, so a drawing need not know which kinds of numbers a function takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd_mini as ag

__all__ = ["DTYPES", "STEPS", "Step", "a_number", "an_axis", "an_index", "declare", "nothing"]

Draw = Callable[[np.random.Generator, list[Any]], dict[str, Any] | None]

FLOATS = (np.float16, np.float32, np.float32, np.float64, np.float64)
WHOLE = (np.bool_, np.int8, np.uint8, np.int32, np.uint32, np.int64, np.int64)
COMPLEX = (np.complex64, np.complex128)
DTYPES = (*FLOATS, *FLOATS, *WHOLE, *COMPLEX)


@dataclass(frozen=True)
class Step:
    """One kind of step: its function, how to draw its parameters, and of how many operands."""

    name: str
    call: Callable[..., Any]
    draw: Draw
    operands: int = 1
    writes: bool = False
    """Whether the first operand itself changes, and with it what shares its memory."""


STEPS: list[Step] = []


def declare(draw: Draw, operands: int, /, writes: bool = False, **calls: Any) -> None:
    STEPS.extend(Step(name, call, draw, operands, writes) for name, call in calls.items())


def nothing(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    return {}


def a_number(rng: np.random.Generator) -> Any:
    """Draw a weak Python number or a strong one of NumPy; small, and often whole."""
    size = [0, 1, 2, 3, -1, -2, 0.5, 1.5, -0.75, 2.0][rng.integers(10)]
    kind = rng.integers(10)
    if kind < 5:
        return size
    if kind == 5:
        return bool(size)
    if kind == 6:
        return complex(size, 0.5)
    if kind == 7:
        return np.array(size, dtype=_dtype(rng, size))
    return _dtype(rng, size)(size)


def _dtype(rng: np.random.Generator, size: float) -> Any:
    known = FLOATS if size < 0 or size != int(size) else DTYPES
    return known[rng.integers(len(known))]


# -- entry by entry -------------------------------------------------------------------------------

declare(
    nothing, 1,
    negative=lambda x: -x, positive=np.positive, absolute=abs, sign=np.sign, square=np.square,
    sqrt=lambda x: np.sqrt(abs(x) + 1), cbrt=lambda x: np.cbrt(x + 3),
    exp=lambda x: np.exp(-abs(x)), log=lambda x: np.log(abs(x) + 2),
    log1p=lambda x: np.log1p(x * x), tanh=np.tanh, sin=np.sin, arctan=np.arctan,
    reciprocal=lambda x: 1 / (x * x + 2), reciprocal_itself=lambda x: np.reciprocal(abs(x) + 1),
    floor=np.floor, ceil=np.ceil, rint=np.rint, trunc=np.trunc, logical_not=np.logical_not,
    invert=lambda x: ~x, isfinite=np.isfinite, signbit=np.signbit, conj=np.conj, real=np.real,
    imag=np.imag, angle=np.angle, copy=np.copy, nan_to_num=np.nan_to_num, deg2rad=np.deg2rad,
    sinc=np.sinc, spacing=np.spacing, fraction=lambda x: np.modf(x)[0],
    mantissa=lambda x: np.frexp(x)[0], zeros_like=np.zeros_like,
    ones_like=lambda x: np.ones_like(x) * x, full_like=lambda x: np.full_like(x, 2) - x,
    sigmoid=ag.sigmoid, relu=ag.relu, leaky_relu=ag.leaky_relu, softplus=ag.softplus,
    silu=ag.silu, gelu=ag.gelu, elu=ag.elu,
)  # fmt: skip

declare(
    nothing, 2,
    add=lambda x, y: x + y,
    subtract=lambda x, y: x - y,
    multiply=lambda x, y: x * y,
    divide=lambda x, y: x / y,
    divide_safely=lambda x, y: x / (y * y + 1),
    floor_divide=lambda x, y: x // (abs(y) + 1),
    remainder=lambda x, y: x % (abs(y) + 1),
    fmod=lambda x, y: np.fmod(x, abs(y) + 1),
    divmod=lambda x, y: divmod(x, abs(y) + 1)[1],
    power=lambda x, y: x**y,
    power_safely=lambda x, y: (abs(x) + 1) ** y,
    float_power=lambda x, y: np.float_power(abs(x) + 1, y),
    maximum=np.maximum,
    minimum=np.minimum,
    fmax=np.fmax,
    hypot=lambda x, y: np.hypot(x, y + 3),
    arctan2=lambda x, y: np.arctan2(x, y * y + 1),
    logaddexp=np.logaddexp,
    copysign=np.copysign,
    heaviside=np.heaviside,
    ldexp=np.ldexp,
    gcd=np.gcd,
    bit_and=lambda x, y: x & y,
    bit_xor=lambda x, y: x ^ y,
    shift=lambda x, y: x << (y & 3),
    logical_or=np.logical_or,
    logical_and=np.logical_and,
    greater=lambda x, y: x > y,
    less_equal=lambda x, y: x <= y,
    equal=lambda x, y: x == y,
    choose=lambda x, y: np.where(x > y, x, y),
    mask=lambda x, y: (x > y) * x,
    isclose=np.isclose,
    plus_twice=lambda x, y: x * y + y * 2 - x / 2,
)  # fmt: skip
declare(nothing, 3, where=np.where, clip=lambda x, y, z: np.clip(x, np.minimum(y, z), z),
        fused=lambda x, y, z: x * y + z)  # fmt: skip


def _number(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    return {"n": a_number(rng)}


declare(
    _number, 1,
    plus=lambda x, n: x + n,
    minus=lambda x, n: x - n,
    taken_from=lambda x, n: n - x,
    times=lambda x, n: x * n,
    over=lambda x, n: x / n,
    divides=lambda x, n: n / x,
    whole_part=lambda x, n: x // n,
    rest=lambda x, n: x % n,
    to_the=lambda x, n: x**n,
    raised=lambda x, n: n**x,
    raised_safely=lambda x, n: (abs(n) + 1) ** x,
    at_least=np.maximum,
    at_most=lambda x, n: np.minimum(n, x),
    above=lambda x, n: x > n,
    below=lambda x, n: n < x,
    unlike=lambda x, n: x != n,
    kept_above=lambda x, n: np.where(x > n, x, n),
    kept_below=lambda x, n: np.where(x < n, x, 0),
    masked_times=lambda x, n: (x > n) * x * n,
    clipped=lambda x, n: np.clip(x, -abs(n), n),
    clipped_above=lambda x, n: np.clip(x, None, n),
    selected=lambda x, n: np.select([x > n, x < -n], [x * 2, x], n),
    affine=lambda x, n: n * x + n,
    filled=lambda x, n: np.full_like(x, n) + x,
)  # fmt: skip


def _cast(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    return {"dtype": np.dtype(DTYPES[rng.integers(len(DTYPES))])}


declare(
    _cast, 1,
    astype=lambda x, dtype: x.astype(dtype),
    exp_as=lambda x, dtype: np.exp(-abs(x), dtype=dtype),
    added_as=lambda x, dtype: np.add(x, x, dtype=dtype),
    scaled_as=lambda x, dtype: np.multiply(x, 2.5, dtype=dtype),
)  # fmt: skip


def _kept(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    return {"where": rng.random(np.shape(values[0])) < 0.6}


declare(
    _kept, 1,
    sqrt_where=lambda x, where: np.sqrt(abs(x), where=where, out=np.zeros_like(x)),
    negative_where=lambda x, where: np.negative(x, where=where, out=x * 2),
)  # fmt: skip

# -- reductions -----------------------------------------------------------------------------------


def _axes(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    """Draw axis=, keepdims= and, now and then, dtype= or where=."""
    shape = np.shape(values[0])
    n, drawn = len(shape), dict[str, Any]()
    kind = rng.integers(4)
    if kind == 0:
        drawn["axis"] = tuple(int(a) for a in rng.permutation(n)[: rng.integers(0, n + 1)])
    elif kind <= 2 and n:
        drawn["axis"] = int(rng.integers(-n, n))
    if rng.random() < 0.4:
        drawn["keepdims"] = True
    if rng.random() < 0.25:
        drawn |= _accumulator(rng, values)
    if rng.random() < 0.25:
        drawn["where"] = rng.random(shape[int(rng.integers(n + 1)) :]) < 0.7
    if rng.random() < 0.1:
        drawn["initial"] = a_number(rng)
    return drawn


def _accumulator(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    """Draw dtype=; NumPy takes no real one for complex numbers without a warning."""
    drawn = _cast(rng, values)
    real = drawn["dtype"].kind != "c" and np.iscomplexobj(values[0])
    return {} if real else drawn


def an_axis(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    n = np.ndim(values[0])
    return {"axis": int(rng.integers(-n, n)) if n and rng.random() < 0.8 else None}


def _axis_and_dtype(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    return an_axis(rng, values) | (_accumulator(rng, values) if rng.random() < 0.3 else {})


declare(
    _axes, 1, sum=np.sum, mean=np.mean, max=np.max, min=np.min, prod=np.prod, var=np.var,
    std=lambda x, **how: np.std(x, ddof=0.5, **how), any=np.any, all=np.all, nansum=np.nansum,
    summed=lambda x, **how: x.sum(**how), averaged=lambda x, **how: x.mean(**how),
    reduced=lambda x, **how: np.add.reduce(x, **how), argmax=np.argmax, ptp=np.ptp,
    count=np.count_nonzero, median=np.median, norm=np.linalg.norm, logsumexp=ag.logsumexp,
    nanmean=np.nanmean, nanmax=np.nanmax,
)  # fmt: skip
declare(
    _axis_and_dtype, 1, cumsum=np.cumsum, cumprod=np.cumprod,
    running=lambda x, **how: np.add.accumulate(x, **how),
    highest=lambda x, axis: np.maximum.accumulate(x, axis=axis or 0),
)  # fmt: skip
declare(
    an_axis, 1, sort=np.sort, argsort=np.argsort, diff=lambda x, axis: np.diff(x, axis=axis or 0),
    softmax=lambda x, axis: ag.softmax(x, axis=axis), flip=np.flip, squeeze=np.squeeze,
    log_softmax=lambda x, axis: ag.log_softmax(x, axis=axis),
    take=lambda x, axis: np.take(x, [0, -1, 0], axis=axis),
    average=lambda x, axis: np.average(x, axis=axis), roll=lambda x, axis: np.roll(x, 1, axis),
    repeat=lambda x, axis: np.repeat(x, 2, axis),
    quantile=lambda x, axis: np.quantile(x, 0.3, axis),
    expand=lambda x, axis: np.expand_dims(x, axis or 0),
    delete=lambda x, axis: np.delete(x, 0, axis),
    append=lambda x, axis: np.append(x, x, axis),
    trapezoid=lambda x, axis: np.trapezoid(x, axis=axis or 0),
)  # fmt: skip

# -- shapes and products --------------------------------------------------------------------------


def _reshaped(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    shapes: list[Any] = [-1, (1, -1), (-1, 1), (2, -1), (-1, 3), np.shape(values[0])[::-1]]
    order = "F" if rng.random() < 0.2 else "C"
    return {"shape": shapes[rng.integers(len(shapes))], "order": order}


def _widened(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    shape = [int(rng.integers(0, 4)) if n == 1 else n for n in np.shape(values[0])]
    return {"shape": (2, *shape) if rng.random() < 0.5 else tuple(shape)}


declare(_reshaped, 1, reshape=lambda x, shape, order: np.reshape(x, shape, order=order))
declare(_widened, 1, broadcast_to=lambda x, shape: np.broadcast_to(x, shape))
declare(
    nothing, 1, transpose=lambda x: x.T, ravel=np.ravel, atleast_2d=np.atleast_2d, tril=np.tril,
    diag=np.diag, tile=lambda x: np.tile(x, 2), pad=lambda x: np.pad(x, 1), trace=np.trace,
    bordered=lambda x: np.pad(x, 1, constant_values=2), gram=lambda x: x @ x.T,
    spectrum=lambda x: np.fft.fft(x), item=lambda x: x.reshape(-1)[-1],
    multiply_outer=lambda x: np.multiply.outer(x, x),
)  # fmt: skip
declare(
    nothing, 2, matmul=lambda x, y: x @ y, dot=np.dot, outer=np.outer, inner=np.inner,
    vdot=np.vdot, kron=np.kron, tensordot=lambda x, y: np.tensordot(x, y, axes=1),
    stack=lambda x, y: np.stack([x, y]), hstack=lambda x, y: np.hstack([x, y, x]),
    concatenate=lambda x, y: np.concatenate([x, y], axis=None), convolve=np.convolve,
    einsum=lambda x, y: np.einsum("...i,...i->...", x, y), cross=np.cross,
    weighted=lambda x, y: np.average(x, weights=abs(y) + 1),
    interp=lambda x, y: np.interp(x, [0, 1], y),
    polyval=lambda x, y: np.polyval(y, np.tanh(x)), block=lambda x, y: np.block([x, y]),
    by_columns=lambda x, y: np.column_stack([x, y]),
    vectors=lambda x, y: np.linalg.vecdot(x, y),
)  # fmt: skip

# -- indexing and writing -------------------------------------------------------------------------


def an_index(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Draw an index: of slices with steps of both signs, new axes, masks and repeated indices."""
    if shape and rng.random() < 0.15:
        return rng.random(shape[: rng.integers(1, len(shape) + 1)]) < 0.5
    entries: list[Any] = []
    for n in shape[: rng.integers(0, len(shape) + 1)]:
        kind = rng.integers(7)
        if kind == 0 and n:
            entries.append(int(rng.integers(-n, n)))
        elif kind == 1 and n:
            entries.append(rng.integers(-n, n, rng.integers(0, 4)))
        elif kind == 2:
            entries.append(rng.random(n) < 0.6)
        elif kind == 3:
            entries += [None, slice(None)]
        elif kind == 4:
            entries.append(slice(None, None, int(rng.choice([-2, -1, 2]))))
        else:
            entries.append(slice(*sorted(int(k) for k in rng.integers(-n - 1, n + 2, 2))))
    if rng.random() < 0.2:
        entries.insert(int(rng.integers(len(entries) + 1)), ...)
    return entries[0] if len(entries) == 1 else tuple(entries)


def _index(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    return {"index": an_index(rng, np.shape(values[0]))}


def _index_and_number(rng: np.random.Generator, values: list[Any]) -> dict[str, Any]:
    return _index(rng, values) | _number(rng, values)


def _written(x: Any, y: Any, index: Any) -> Any:
    x = x.copy()
    x[index] = y
    return x


def _added_at(x: Any, y: Any, index: Any) -> Any:
    x = x * 1
    x[index] += y
    return x


def _number_at(x: Any, index: Any, n: Any) -> Any:
    x = x.copy()
    x[index] *= n
    return x


def _where_positive(x: Any, y: Any) -> Any:
    x = x + y
    x[x > 0] = 1
    return x


declare(_index, 1, getitem=lambda x, index: x[index])
declare(_index, 2, setitem=_written, added_at=_added_at)
declare(_index_and_number, 1, number_at=_number_at)
declare(nothing, 2, where_positive=_where_positive)


def _masks(rng: np.random.Generator, values: list[Any]) -> dict[str, Any] | None:
    """Take what may be a mask of the first operand: one of no entries NumPy takes for []."""
    x, y = values
    return {} if np.size(y) and 0 < np.ndim(y) <= np.ndim(x) else None


declare(_masks, 2, by_mask=lambda x, y: np.sum(x[y > 0], keepdims=True))


def _in_place(name: str) -> Callable[..., Any]:
    return lambda x, y: getattr(x, f"__{name}__")(y)


def _set_part(x: Any, y: Any, index: Any) -> Any:
    x[index] = y
    return x


declare(
    nothing, 2, writes=True, iadd=_in_place("iadd"), isub=_in_place("isub"),
    imul=_in_place("imul"), itruediv=_in_place("itruediv"), ior=_in_place("ior"),
    add_into=lambda x, y: np.add(x, y, out=x),
)  # fmt: skip
declare(
    _number, 1, writes=True, iplus=lambda x, n: _in_place("iadd")(x, n),
    itimes=lambda x, n: _in_place("imul")(x, n), ipower=lambda x, n: _in_place("ipow")(x, n),
)  # fmt: skip
declare(_index, 2, writes=True, set_part=_set_part)
