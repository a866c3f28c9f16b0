"""Random programs of all kinds of numbers: values as in NumPy, and derivatives that agree.

    python -m tests.fuzz.against_numpy --seconds 60 --seed 0

Tensors must have, to the last bit, the values that the same program gives on arrays.  Gradients
must have the dtype and shape of what they are gradients of, be what forward mode says, and what
the slope of the program in double precision says; Hessian products forward over reverse must be
those of reverse over reverse.  What has no derivative at the values drawn is left out.
"""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_mini as ag
from autograd_mini.errors import ChangedInPlaceError, NotDifferentiableError
from tests.fuzz.mixed import Mixed, plain
from tests.fuzz.running import arguments, failures_of

ROUNDING = {np.dtype(each): bound for each, bound in (
    (np.float16, 3e-2), (np.float32, 2e-4), (np.complex64, 2e-4),
    (np.float64, 1e-9), (np.complex128, 1e-9))}  # fmt: skip


OTHERWISE = {
    "added_at_twice", "added_twice", "by_levels", "cross", "cubed", "gram", "inner", "interp",
    "median", "parts", "quantile", "sign", "vectors", "weighted",
}  # fmt: skip
"""What NumPy computes by other formulas, which round otherwise."""

REFUSED = re.compile(
    "being recorded|cannot cast from|complex values do not fit|to a plain array|plain array cannot"
)
"""What is refused on purpose, where NumPy would write."""


def compare(program: Mixed) -> str | None:
    """Return what is wrong with a program, None if nothing is."""
    return values_differ(program) or gradients_differ(program)


def values_differ(program: Mixed) -> str | None:
    """Return where values of tensors are not those of arrays."""
    expected = program.values(*program.arguments())
    # NumPy computes with its scalars by other code than with arrays
    exact = all(isinstance(each, np.ndarray) for each in expected) and not any(
        step.name in OTHERWISE or params.keys() & {"dtype", "initial", "where"}
        for step, _, params in program.steps
    )
    few = 0.0 if exact else max(map(bound_of, everything(program))) / 10
    for how in ("recorded", "unrecorded"):
        leaves = program.arguments()
        for k in program.argnums:
            leaves[k] = ag.tensor(leaves[k], requires_grad=how == "recorded")
        found = program.values(*leaves)
        for k, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
            wrong = unlike(plain(ours), plain(theirs), few)
            if wrong:
                return f"{how}, x{k}: {wrong}"
    return None


def unlike(ours: Any, theirs: Any, few: float) -> str | None:
    """Return how one value is not another, but for rounding by a `few` bits."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if (ours.dtype, ours.shape) != (theirs.dtype, theirs.shape):
        return f"{ours.dtype}{ours.shape} here, {theirs.dtype}{theirs.shape} in NumPy"
    if few and ours.dtype.kind in "fc":
        return None if near(ours, theirs, few) else f"\n{ours!r}\nin NumPy:\n{theirs!r}"
    if not np.array_equal(ours, theirs, equal_nan=True):
        return f"\n{ours!r}\nin NumPy:\n{theirs!r}"
    if ours.dtype.kind == "f" and not np.array_equal(np.signbit(ours), np.signbit(theirs)):
        return f"signs of zeros:\n{ours!r}\nin NumPy:\n{theirs!r}"
    return None


def gradients_differ(program: Mixed) -> str | None:
    """Return where gradients are not those of the program in double precision, or not its slope."""
    wide = program.widened()
    found, expected = gradients_of(program), gradients_of(wide)
    for k, gradient in zip(program.argnums, found, strict=True):
        leaf = np.asarray(program.leaves[k])
        if (gradient.dtype, gradient.shape) != (leaf.dtype, leaf.shape):
            return (
                f"gradient of x{k}: {gradient.dtype}{gradient.shape} for {leaf.dtype}{leaf.shape}"
            )
    bound = max(bound_of(value) for value in everything(program))
    if follows(program, wide, bound) and steady(wide, expected, bound):
        for k, ours, theirs in zip(program.argnums, found, expected, strict=True):
            if not near(ours, theirs, bound):
                return f"gradient of x{k}:\n{ours}\nin double precision:\n{theirs}"
    apart = beside(wide)
    there = gradients_of(apart)
    return (
        modes_differ(wide, expected)
        or modes_differ(apart, there)
        or slopes_differ(apart, there)
        or second_order(apart)
    )


def beside(program: Mixed, step: float = 1e-2) -> Mixed:
    """Return a program with leaves a little aside, where no two of their entries are equal."""
    other = copy.copy(program)
    other.leaves = program.arguments()
    for k, moved in zip(program.argnums, program.moved(step), strict=True):
        other.leaves[k] = moved
    return other


def everything(program: Any) -> list[Any]:
    return [*program.leaves, *program.weights, *program.values(*program.arguments())]


def bound_of(value: Any) -> float:
    return ROUNDING.get(np.asarray(plain(value)).dtype, 0.0)


def follows(program: Mixed, wide: Mixed, bound: float) -> bool:
    """Return whether rounding changes no value of the program by much, so no branch either."""
    pairs = zip(program.values(*program.arguments()), wide.values(*wide.arguments()), strict=True)
    return all(
        np.shape(a) == np.shape(b) and near(plain(a), plain(b), bound / 10) for a, b in pairs
    )


def steady(program: Mixed, gradients: list[Any], bound: float) -> bool:
    """Return whether the gradients are about the same a little to either side."""
    return all(
        near(ours, theirs, bound)
        for step in (bound / 30, -bound / 30)
        for ours, theirs in zip(gradients_of(beside(program, step)), gradients, strict=True)
    )


def near(ours: Any, theirs: Any, bound: float) -> bool:
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    scale = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=1.0))
    return np.allclose(ours, theirs, rtol=bound, atol=bound * scale, equal_nan=True)


def gradients_of(program: Mixed) -> list[Any]:
    leaves = program.arguments()
    for k in program.argnums:
        leaves[k] = ag.tensor(leaves[k], requires_grad=True)
    program.here(*leaves)[0].backward()
    return [
        np.zeros_like(program.leaves[k]) if leaves[k].grad is None else leaves[k].grad.numpy()
        for k in program.argnums
    ]


def modes_differ(program: Mixed, gradients: list[Any]) -> str | None:
    """Return where forward mode does not say what the gradients say of the program's directions."""
    slope = inner(gradients, program.directions)
    if not np.isfinite(slope):
        return None  # at the edge of a domain
    at = [program.leaves[k] for k in program.argnums]
    tangent = ag.jvp(cost_of(program), at, program.directions)[1].item()
    if not near(tangent, slope, max(map(bound_of, everything(program)))):
        return f"forward mode says {tangent}, reverse mode {slope}"
    return None


def slopes_differ(program: Mixed, gradients: list[Any]) -> str | None:
    """Return where the gradients of a program in double precision do not give its slope."""
    slope = inner(gradients, program.directions)
    numerical, doubt = slope_along(program)
    if not np.isfinite(slope + numerical) or abs(slope - numerical) < 2 * doubt:
        return None
    rounded = max(map(bound_of, everything(program))) > 1e-6  # np.tanh of a bool is a half float
    if rounded or near(slope, numerical, 1e-5):
        return None
    return f"reverse mode says {slope}, the slope is {numerical}"


def cost_of(program: Mixed) -> Any:
    """Return the cost as a function of what is differentiated by."""

    def cost(*values: Any) -> Any:
        leaves = program.arguments()
        for k, value in zip(program.argnums, values, strict=True):
            leaves[k] = value
        return program.here(*leaves)[0]

    return cost


def inner(gradients: Any, directions: Any) -> Any:
    parts = [np.sum(np.real(np.conj(g) * d)) for g, d in zip(gradients, directions, strict=True)]
    return sum(parts[1:], parts[0])


def slope_along(program: Mixed) -> tuple[float, float]:
    """Return the slope of the plain program along its directions, and how far it is in doubt.

    At a kink, it is as far as the slopes to both sides differ.
    """
    cost = cost_of(program)

    def at(step: float) -> float:
        return float(plain(cost(*program.moved(step))))

    here, estimates, doubts = at(0.0), [], []
    for step in (1e-5, 2e-6):
        forward, backward = (at(step) - here) / step, (here - at(-step)) / step
        estimates.append((forward + backward) / 2)
        doubts.append(abs(forward - backward))
    doubt = max(*doubts, abs(estimates[0] - estimates[1]))
    return estimates[0], doubt if np.isfinite(doubt) else np.inf


def second_order(program: Mixed) -> str | None:
    """Return where forward over reverse is not reverse over reverse."""
    argnums = tuple(range(len(program.argnums)))
    at = [program.leaves[k] for k in program.argnums]
    first = ag.grad(cost_of(program), argnums)
    forward = ag.jvp(first, at, program.directions)[1]
    reverse = ag.grad(lambda *x: inner(first(*x), program.directions), argnums)(*at)
    for k, ours, theirs in zip(program.argnums, forward, reverse, strict=True):
        if np.isfinite(theirs.numpy()).all() and not near(ours.numpy(), theirs.numpy(), 1e-8):
            return (
                f"second order, x{k}: forward over reverse\n{ours}\nreverse over reverse\n{theirs}"
            )
    return None


def judged(draw: Callable[[], Any], compare: Callable[[Any], str | None]) -> str | None:
    """Return a program with what is wrong with it, None if nothing is or if it is refused."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = draw()
        try:
            found = compare(program)
        except (ChangedInPlaceError, NotDifferentiableError):
            return None
        except Exception as error:  # noqa: BLE001 - whatever else it is, it is a failure
            found = f"{type(error).__name__}: {error}"
            if REFUSED.search(found):
                return None
    return None if found is None else f"{program}\n{found}"


def run(seed: int) -> str | None:
    """Return what is wrong with the program of `seed`, None if nothing is."""
    return judged(lambda: Mixed(seed), compare)


def main() -> int:
    """Run programs until the time is up, and print those that are wrong."""
    return int(failures_of(run, arguments(__doc__).parse_args())[1] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
