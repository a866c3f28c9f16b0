"""Elementary functions without branches, which LLVM turns into vector instructions.

Numba calls the C library for ``exp`` one number at a time, slower than NumPy.  These are straight
lines of additions and multiplications instead, right to within 4 units in the last place from the
smallest number to the largest, with NumPy's values at zeros, infinities and NaN.

Throughout, a float64 is taken apart by its bits: ``1.m * 2**k`` is the sign, k + 1023 in eleven
bits, and m in fifty-two.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

__all__ = [
    "accumulated", "exp", "expm1", "greatest", "inlined", "instructions", "least", "log", "log1p",
    "log_sigmoid", "logistic_loss", "sigmoid", "softplus", "streamed", "tanh", "wide",
]  # fmt: skip


def inlined(function: Callable[..., Any]) -> Any:
    """Return `function` for use in compiled loops, where it leaves no call behind.

    A product and a sum may become one rounding; nothing else may be rearranged.
    """
    return njit(forceinline=True, error_model="numpy", fastmath={"contract"})(function)


def instructions(function: Callable[..., Any]) -> Any:
    """Return an operation that numba writes as LLVM instructions of our choice."""
    return intrinsic(function)


@instructions
def _bits(_types: Any, _x: Any) -> Any:
    """Return the bits of a float64 as an integer."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), generate


@instructions
def _float(_types: Any, _bits: Any) -> Any:
    """Return the float64 with these bits."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), generate


@instructions
def accumulated(_types: Any, total: Any, _x: Any) -> Any:
    """Return the total and x added, in whichever order the loop around it likes to add."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.fadd(args[0], args[1], flags=("reassoc",))

    return total(total, total), generate


@instructions
def streamed(_types: Any, array: Any, index: Any, value: Any) -> Any:
    """Write an entry of a long array past the caches, which would read the old one first.

    The array has to begin where a line of the cache does.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind, _, given = signature.args
        memory = context.make_array(kind)(context, builder, args[0]).data
        entry = context.cast(builder, args[2], given, kind.dtype)
        store = builder.store(entry, builder.gep(memory, [args[1]]))
        # Vectors are written in steps of their size from the beginning, so each is aligned; what
        # is left over goes entry by entry, by instructions that need no alignment.
        store.align = 64
        flag = builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)])
        store.set_metadata("nontemporal", flag)
        return context.get_dummy_value()

    return types.none(array, index, value), generate


@instructions
def wide(_types: Any) -> Any:
    """Have the function around this use vectors of 512 bits where the machine has them.

    LLVM prefers 256, for fear of a lower clock; for so much arithmetic 512 takes a third less.
    """

    def generate(context: Any, builder: Any, _signature: Any, _args: Any) -> Any:
        # llvmlite only lets pass the names it knows; LLVM knows more.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.none(), generate


_ONE = 1023 << 52
"""The bits of 1.0."""
_ROUND = 1.5 * 2.0**52
"""Added to a number of moderate size, it leaves the nearest integer in the lowest bits."""
_ROUND_BITS = 0x4338 << 48
_LOG2_E = 1 / math.log(2)
_LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")  # k times this is exact
_LN2_LOW = float.fromhex("0x1.ef35793c76730p-45")

# exp(r) = 1 + r + r²/2 + r³ (E3 + E4 r + …) within 6e-18, for |r| up to log(2) / 2: nearly the
# 1/k! of its series, but of the least error over the whole range
_E3 = float.fromhex("0x1.555555555555cp-3")
_E4 = float.fromhex("0x1.5555555553174p-5")
_E5 = float.fromhex("0x1.111111110e590p-7")
_E6 = float.fromhex("0x1.6c16c17cf3af8p-10")
_E7 = float.fromhex("0x1.a01a01b672ae5p-13")
_E8 = float.fromhex("0x1.a019aa90a4022p-16")
_E9 = float.fromhex("0x1.71dde87743a69p-19")
_E10 = float.fromhex("0x1.28a02937ec104p-22")
_E11 = float.fromhex("0x1.af794ee80a477p-26")
# log((1 + s) / (1 - s)) = 2 s + s³ (L1 + L2 s² + …) within 3e-18, for |s| up to 3 - √8, likewise
_L1 = float.fromhex("0x1.555555555558fp-1")
_L2 = float.fromhex("0x1.9999999980c22p-2")
_L3 = float.fromhex("0x1.249249414a564p-2")
_L4 = float.fromhex("0x1.c71c527cdabc6p-3")
_L5 = float.fromhex("0x1.74662a30399ccp-3")
_L6 = float.fromhex("0x1.39a396810c32bp-3")
_L7 = float.fromhex("0x1.2ef483573326bp-3")


@inlined
def greatest(a: Any, b: Any) -> Any:
    """Return the greater one; NaN if either is."""
    return a if (a >= b) | (a != a) else b


@inlined
def least(a: Any, b: Any) -> Any:
    """Return the lesser one; NaN if either is."""
    return a if (a <= b) | (a != a) else b


@inlined
def _growth(r: Any) -> Any:
    """Return ``exp(r) - 1`` for |r| up to log(2) / 2."""
    r2 = r * r
    r4 = r2 * r2
    low = (0.5 + r * _E3) + r2 * (_E4 + r * _E5)
    high = (_E6 + r * _E7) + r2 * (_E8 + r * _E9) + r4 * (_E10 + r * _E11)
    return r + r2 * (low + r4 * high)


@inlined
def exp(x: Any) -> Any:
    """Return e to the power x, which is ``2**k * exp(r)`` with ``r = x - k log(2)``."""
    return _bounded_exp(710.0 if x > 710.0 else x)


@inlined
def _bounded_exp(x: Any) -> Any:
    """Return ``exp(x)`` for x up to 710."""
    x = -746.0 if x < -746.0 else x
    shifted = x * _LOG2_E + _ROUND
    k = shifted - _ROUND
    grown = 1.0 + _growth((x - k * _LN2_HIGH) - k * _LN2_LOW)
    n = _bits(shifted) - _ROUND_BITS
    half = n >> 1  # 2**k itself may be too large or too small for a number
    return grown * _float((half << 52) + _ONE) * _float(((n - half) << 52) + _ONE)


@inlined
def expm1(x: Any) -> Any:
    """Return ``exp(x) - 1``, as exact near 0 as anywhere."""
    y = 710.0 if x > 710.0 else x
    y = -40.0 if y < -40.0 else y
    shifted = y * _LOG2_E + _ROUND
    k = shifted - _ROUND
    grown = _growth((y - k * _LN2_HIGH) - k * _LN2_LOW)
    n = _bits(shifted) - _ROUND_BITS
    half = n >> 1
    first, second = _float((half << 52) + _ONE), _float(((n - half) << 52) + _ONE)
    inverse = _float(((half - n) << 52) + _ONE)
    return math.copysign((grown * first + (first - inverse)) * second, x)


@inlined
def _series(f: Any, k: Any) -> Any:
    """Return ``log(1 + f) + k log(2)`` for 1 + f from √½ to √2."""
    s = f / (2.0 + f)
    z = s * s
    z2 = z * z
    low = (_L1 + z * _L2) + z2 * (_L3 + z * _L4)
    rest = z * (low + z2 * z2 * ((_L5 + z * _L6) + z2 * _L7))
    half = 0.5 * f * f  # log(1 + f) = f - f²/2 + s (f²/2 + rest), of which f is exact
    return k * _LN2_HIGH - ((half - (s * (half + rest) + k * _LN2_LOW)) - f)


_ROOT_HALF = 0x3FE6A09E667F3BCD
"""The bits of √½."""


@inlined
def log(x: Any) -> Any:
    """Return the logarithm of x."""
    tiny = x < 2.0**-1022
    scaled = x * 2.0**54 if tiny else x
    bits = _bits(scaled)
    k = (bits - _ROOT_HALF) >> 52
    f = _float(bits - (k << 52)) - 1.0
    exponent = float(k - 54 if tiny else k)
    value = _series(f, exponent)
    value = x if x == math.inf else value
    value = -math.inf if x == 0.0 else value
    return value if x >= 0.0 else math.nan


@inlined
def log1p(x: Any) -> Any:
    """Return ``log(1 + x)``, as exact near 0 as anywhere."""
    u = 1.0 + x
    shown = u - 1.0
    lost = (1.0 - (u - shown)) + (x - shown)  # u + lost is 1 + x exactly
    bits = _bits(u)
    k = (bits - _ROOT_HALF) >> 52
    small = k if k < 1000 else 1000  # beyond that nothing that counts is lost
    f = (_float(bits - (k << 52)) - 1.0) + lost * _float(_ONE - (small << 52))
    value = _series(f, float(k))
    value = x if (x == math.inf) | (x == 0.0) else value
    value = -math.inf if x == -1.0 else value
    return value if x >= -1.0 else math.nan


@inlined
def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent, ``-t / (t + 2)`` with ``t = exp(-2|x|) - 1``."""
    y = -2.0 * abs(x)
    y = -40.0 if y < -40.0 else y
    shifted = y * _LOG2_E + _ROUND
    k = shifted - _ROUND
    scale = _float(((_bits(shifted) - _ROUND_BITS) << 52) + _ONE)
    t = _growth((y - k * _LN2_HIGH) - k * _LN2_LOW) * scale + (scale - 1.0)
    return math.copysign(t / (t + 2.0), x)


@inlined
def sigmoid(x: Any) -> Any:
    """Return ``1 / (1 + exp(-x))`` by exp of negative numbers only."""
    e = _bounded_exp(-abs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


@inlined
def softplus(x: Any) -> Any:
    """Return ``log(1 + exp(x))``."""
    return greatest(x, 0.0) + log1p(_bounded_exp(-abs(x)))


@inlined
def log_sigmoid(x: Any) -> Any:
    """Return ``log(sigmoid(x))``."""
    return least(x, 0.0) - log1p(_bounded_exp(-abs(x)))


@inlined
def logistic_loss(z: Any, y: Any) -> Any:
    """Return ``log(1 + exp(z)) - y z``; 0 where 0 meets infinity."""
    factor = 1.0 - y if z > 0.0 else -y
    return factor * (0.0 if factor == 0.0 else z) + log1p(_bounded_exp(-abs(z)))
