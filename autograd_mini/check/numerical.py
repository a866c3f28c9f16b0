"""Derivatives from values of the function alone: the referee between manual and automatic.

Everything is reduced to functions of one real number, ``phi(t) = f(x + t e)``, where ``e`` is one
entry of an array or any other direction.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.looking import looked_at
from autograd_mini.differentiate.boundary import require_differentiable
from autograd_mini.differentiate.tree import leaves, map_tree, rebuild, selected
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import Tensor, wrap

__all__ = ["METHODS", "along", "entry_line", "has_kink", "noise", "numerical_grad", "step_for"]

Array = NDArray[Any]
Line = Callable[[Any], Any]
"""``phi(t)``: the function along a line."""

METHODS = ("central", "complex", "richardson")
_IMAGINARY_STEP = 1e-30
_HALVINGS = 8
_NAME = "ag.numerical_grad"


# -- along a line ---------------------------------------------------------------------------------


def step_for(size: float, precision: np.dtype[Any]) -> float:
    """Return the step of a central difference at a point of this size.

    The step balances the error of the formula, which grows with it, and that of rounding, which
    falls: 1e-5 where `precision`, the dtype of the function's values, is float64.
    """
    bytes_of_real = precision.itemsize // (2 if precision.kind == "c" else 1)
    base = {2: 5e-2, 4: 5e-3}.get(bytes_of_real, 1e-5)
    return base * max(1.0, size)


def noise(value: Any, step: float) -> float:
    """Return how far rounding of the function's values may move a difference quotient."""
    dtype = np.asarray(value).dtype
    eps = float(np.finfo(dtype if dtype.kind in "fc" else np.float64).eps)
    largest = float(np.max(np.abs(value), initial=0.0))
    return 8 * eps * largest / step if math.isfinite(largest) else math.inf


def along(phi: Line, step: float, method: str = "central") -> Any:
    """Return phi'(0): a number, or an array where `phi` returns arrays."""
    if method == "complex":
        return np.imag(phi(1j * _IMAGINARY_STEP)) / _IMAGINARY_STEP
    if method == "richardson":
        return _extrapolated(phi, 1000 * step)
    return (phi(step) - phi(-step)) / (2 * step)


def _extrapolated(phi: Line, step: float) -> Any:
    """Return the limit of central differences for steps that are halved (Ridders' method)."""
    previous: list[Any] = []
    best: Any = math.nan
    smallest: Any = math.inf
    for k in range(_HALVINGS + 6):
        row = [along(phi, step / 2**k)]
        for order, before in enumerate(previous, 1):
            row.append(row[-1] + (row[-1] - before) / (4.0**order - 1))
            change = np.maximum(abs(row[-1] - row[-2]), abs(row[-1] - before))
            change = np.where(np.isfinite(change), change, math.inf)
            best = np.where(change < smallest, row[-1], best)
            smallest = np.minimum(change, smallest)
        previous = row[:_HALVINGS]
    return best if np.ndim(best) else best[()]


def has_kink(phi: Line, step: float) -> Any:
    """Return whether `phi` bends sharply within `step` of 0, or is not finite there.

    The slope to the right minus that to the left shrinks with the step where `phi` is smooth,
    and only there.
    """
    centre = phi(0.0)
    gaps = [(phi(h) - 2 * centre + phi(-h)) / h for h in (step, step / 2, step / 4)]
    tolerance = 0.1 * abs(gaps[0]) + noise(centre, step / 8)
    smooth = np.isfinite(gaps[0])
    for k in (1, 2):
        smooth = smooth & (abs(gaps[k] - gaps[0] / 2**k) <= tolerance)
    return ~smooth


def entry_line(
    f: Callable[[Array], Any], x: Array, entry: tuple[int, ...], unit: Any = 1.0
) -> Line:
    """Return ``t -> f(x + t * unit * e)``, where e is 1 at `entry` and 0 elsewhere."""

    def phi(t: Any) -> Any:
        moved = x.astype(complex) if isinstance(t, complex) else x.copy()
        moved[entry] += t * unit
        return f(moved)

    return phi


# -- of a function of arrays and containers -------------------------------------------------------


def _plain(value: Any) -> Any:
    return value._value if isinstance(value, Recorded) else value


def _is_float(value: Any) -> bool:
    return isinstance(value, (float, complex)) or (
        isinstance(value, (np.ndarray, np.generic, Recorded)) and _plain(value).dtype.kind in "fc"
    )


def _widened(value: Any) -> Any:
    """Return float16, float32 and complex64 values in double precision, others as they are."""
    plain = _plain(value)
    narrow = getattr(plain, "dtype", None)
    if narrow is None or narrow.kind not in "fc":
        return value
    wide = np.result_type(narrow, np.float64)
    return value if wide == narrow else _like(value, np.asarray(plain, dtype=wide))


def _like(original: Any, values: Array) -> Any:
    """Return `values` as the kind of object that `original` is."""
    if isinstance(original, Tensor):
        return wrap(values)
    if isinstance(original, np.ndarray):
        return values
    return values.item() if isinstance(original, (int, float, complex)) else values[()]


def _fresh(value: Any) -> Any:
    """Return a copy that the function may write into."""
    if isinstance(value, Recorded):
        return wrap(np.array(value._value))
    return value.copy() if isinstance(value, np.ndarray) else value


class _Point:
    """A function at one choice of arguments, of which one leaf at a time varies."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], name: str) -> None:
        self.f, self.name = f, name
        self.args = map_tree(_widened, args)
        try:
            self.precision = np.asarray(self(None, None)).dtype
        except (TypeError, ValueError, AssertionError):  # f insists on its dtypes
            self.args = args
            self.precision = np.asarray(self(None, None)).dtype
        if self.precision.kind == "c":
            raise TypeError(
                f"{name} returned a complex number, which has no gradient: return a real one "
                "(np.real, np.abs)"
            )

    def __call__(self, varied: int | None, x: Array | None) -> Any:
        """Return f's value where leaf number `varied` is `x`."""
        values = [
            _like(value, x) if k == varied and x is not None else _fresh(value)
            for k, (_, value) in enumerate(leaves(self.args))
        ]
        result = looked_at(self.f(*rebuild(self.args, iter(values))), _NAME)
        if np.shape(result) != () or isinstance(result, (dict, list, tuple)):
            shape = (
                "" if isinstance(result, (dict, list, tuple)) else f" of shape {np.shape(result)}"
            )
            raise ValueError(
                f"{self.name} must return a scalar to have a gradient, it returned a "
                f"{type(result).__name__}{shape}; reduce it (np.sum, np.mean)"
            )
        return result

    def values(self, leaf: int) -> Array:
        """Return the values of one leaf as they are handed to the function."""
        return _differentiable([value for _, value in leaves(self.args)][leaf], "an argument")

    def partials(self, leaf: int, x: Array, method: str) -> Array:
        """Return the gradient with respect to one leaf."""

        def value(moved: Array) -> Any:
            return self(leaf, moved)

        gradient = np.empty(x.shape, x.dtype)
        for entry in np.ndindex(x.shape):
            step = step_for(float(abs(x[entry])), self.precision)
            slopes = [along(entry_line(value, x, entry, e), step, method) for e in _units(x)]
            gradient[entry] = slopes[0] if len(slopes) == 1 else complex(*slopes)
        return gradient

    def kinks(self, leaf: int, x: Array) -> Array:
        """Return where the function bends within a step of `x`."""
        found = np.zeros(x.shape, bool)
        for entry in np.ndindex(x.shape):
            step = step_for(float(abs(x[entry])), self.precision)
            found[entry] = any(
                has_kink(entry_line(lambda moved: self(leaf, moved), x, entry, e), step)
                for e in _units(x)
            )
        return found

    def check_analytic(self, leaf: int, x: Array, gradient: Array) -> None:
        """Raise where complex steps were led astray, as by abs, which drops imaginary parts."""
        direction = np.random.default_rng(0).standard_normal(x.shape)
        step = step_for(0.0, self.precision)
        slope = along(lambda t: self(leaf, x + t * direction), step)
        expected = np.sum(gradient * direction)
        scale = np.sum(np.abs(gradient * direction)) + abs(slope)
        if not abs(slope - expected) <= 1e-4 * scale + 1e3 * noise(self(leaf, x), step):
            raise ValueError(
                f"method='complex' needs {self.name} to be analytic, but along a random direction "
                f"complex steps give {expected:.6g} and central differences {slope:.6g}: something "
                "drops imaginary parts (abs, real, a cast) or bends; use method='richardson'"
            )


def _units(x: Array) -> Sequence[Any]:
    return (1.0, 1j) if x.dtype.kind == "c" else (1.0,)


def _differentiable(value: Any, path: str) -> Array:
    """Return the values to vary, in double precision."""
    plain = _plain(value)
    if isinstance(plain, int) and not isinstance(plain, np.generic):
        plain = float(plain)
    array = np.array(plain)
    require_differentiable(array, plain, path)
    return array


def numerical_grad(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    method: str = "central",
    return_kinks: bool = False,
) -> Any:
    """Return the gradient of `f` from its values alone, entry by entry.

    Parameters
    ----------
    f : callable
        Returns a scalar.  It gets copies, so the caller's arrays never change.
    *args : array_like, Tensor, or containers of them
        Single-precision values are handed to `f` in double precision, unless it refuses them.
    argnums : int or sequence of int
        Which arguments to differentiate by.
    method : {"central", "complex", "richardson"}
        ``"central"``: a difference over ``1e-5 * max(1, |x|)`` to either side, good to about
        1e-9.  ``"complex"``: one step along the imaginary axis, good to the last digit where `f`
        is analytic and takes complex arrays.  ``"richardson"``: central differences extrapolated
        to step zero, good to about 1e-12, twenty times the work.
    return_kinks : bool
        Whether to return as well where `f` bends within the step, so that the difference says
        nothing about the derivative.

    Returns
    -------
    gradient
        Tensors, built like the argument; a tuple of those for several `argnums`.
    kinks
        With `return_kinks`: bool arrays, built in the same way.

    Raises
    ------
    TypeError
        If an argument to differentiate by holds integers, or `f` returns a complex number.
    ValueError
        If `f` does not return a scalar, or is not analytic though `method` needs it.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> gradient = ag.numerical_grad(lambda p: np.sum(p["W"] ** 2), {"W": np.array([1.0, 2.0])})
    >>> np.round(gradient["W"].numpy(), 6)
    array([2., 4.])
    >>> ag.numerical_grad(lambda x: np.maximum(x, 0), 0.0, return_kinks=True)[1]
    array(True)
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    name = getattr(f, "__name__", type(f).__name__)
    map_tree(lambda each: looked_at(each, _NAME), args)
    chosen = selected(args, argnums, name)
    point = _Point(f, args, name)
    first = np.cumsum([0, *(sum(1 for _ in leaves(each)) for each in args)])
    gradients, kinks = [], []
    for k in chosen:
        slopes, bends = [], []
        for j, (path, value) in enumerate(leaves(args[k]), int(first[k])):
            given = _differentiable(value, f"argument {k} of {name}{path}")
            x = point.values(j)
            with np.errstate(all="ignore"):
                slopes.append(wrap(_gradient(point, j, x, method).astype(given.dtype)))
                bends.append(point.kinks(j, x) if return_kinks else None)
        gradients.append(rebuild(args[k], iter(slopes)))
        kinks.append(rebuild(args[k], iter(bends)))
    if isinstance(argnums, int):
        return (gradients[0], kinks[0]) if return_kinks else gradients[0]
    return (tuple(gradients), tuple(kinks)) if return_kinks else tuple(gradients)


def _gradient(point: _Point, leaf: int, x: Array, method: str) -> Array:
    if method == "complex" and x.dtype.kind == "c":
        raise ValueError("method='complex' is for real arguments; use 'central' or 'richardson'")
    gradient = point.partials(leaf, x, method)
    if method == "complex":
        point.check_analytic(leaf, x, gradient)
    return gradient
