"""Random programs, compiled and not: ``python -m tests.fuzz.compiled --seconds 600``.

Each program returns its cost, the gradients and some of its values, updates one argument in place,
and runs in both backends and once more in blocks of a few entries; always twice, with other values.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_mini as ag
from autograd_mini.compile.writing import blocks
from autograd_mini.errors import DataDependentError
from tests.fuzz.against_numpy import REFUSED, bound_of, everything
from tests.fuzz.against_torch import Program
from tests.fuzz.mixed import Mixed
from tests.fuzz.running import arguments, failures_of

WAYS = ("numpy", "blocks", "numba")


def step_of(program: Program | Mixed) -> Callable[..., Any]:
    """Return what is compiled: everything that a training step does."""

    def cost(*leaves: Any) -> Any:
        total, pool = program.here(*leaves)
        return total, pool[len(leaves) :: 2]

    both = ag.value_and_grad(cost, program.argnums, has_aux=True)

    def step(*leaves: Any) -> Any:
        (value, some), gradients = both(*leaves)
        first = leaves[0]
        first -= 0.1 * gradients[0]
        return value, list(some), gradients[1:]

    return step


def forward_of(program: Mixed) -> Callable[..., Any]:
    """Return what carries the program's directions forward, through its gradient as well."""

    def step(*leaves: Any) -> Any:
        def cost(*values: Any) -> Any:
            given = list(leaves)
            for k, value in zip(program.argnums, values, strict=True):
                given[k] = value
            return program.here(*given)[0]

        at = [leaves[k] for k in program.argnums]
        first = ag.grad(cost, tuple(range(len(at))))
        return ag.jvp(cost, at, program.directions), ag.jvp(first, at, program.directions)[1]

    return step


def difference(ours: Any, theirs: Any, few: float) -> str | None:
    """Return where two results differ by more than a `few` bits, None if nowhere."""
    pairs = zip(_flat(ours), _flat(theirs), strict=True)
    for k, (a, b) in enumerate(pairs):
        if (a.shape, a.dtype) != (b.shape, b.dtype):
            return f"result {k}: {a.dtype}{a.shape} compiled, {b.dtype}{b.shape} not"
        largest = float(np.abs(b[np.isfinite(b)]).max(initial=1.0))
        if not np.allclose(a, b, rtol=few, atol=few * largest / 100, equal_nan=True):
            return f"result {k}:\n{a}\nnot compiled:\n{b}"
    return None


def _flat(tree: Any) -> list[Any]:
    if isinstance(tree, (list, tuple)):
        return [each for part in tree for each in _flat(part)]
    return [np.asarray(tree.numpy() if isinstance(tree, ag.Tensor) else tree)]


def _hidden_in(program: Program | Mixed) -> list[Any]:
    """Return a number of each precision that only shows within a step."""
    single = any("single" in getattr(step[0], "name", "") for step in program.steps)
    return [np.float32(0)] * single


def compare(program: Program | Mixed, way: str) -> str | None:
    """Return what differs between the program and what it is compiled to."""
    before = blocks._BLOCK, blocks._WORTHWHILE
    if way == "blocks":
        blocks._BLOCK, blocks._WORTHWHILE = 5, 2
    try:
        few = max(map(bound_of, [*everything(program), *_hidden_in(program)]))
        few = few if few > 1e-2 else few / 10  # a half float has three digits, all in doubt
        bent = isinstance(program, Mixed) and program.forward
        step = forward_of(program) if bent else step_of(program)
        compiled = ag.compile(step, backend="numba" if way == "numba" else "numpy")
        for which in ("first", "second"):
            make = program.arguments if which == "first" else program.others
            ours, theirs = make(), make()
            try:
                expected = step(*theirs)
            except Exception as error:
                if which == "second" or REFUSED.search(str(error)):
                    return None  # such as an integer to a negative power
                raise
            try:
                found = compiled(*ours)
            except Exception as error:
                if isinstance(error, DataDependentError) or REFUSED.search(str(error)):
                    return None
                raise
            wrong = difference([*_flat(found), *ours], [*_flat(expected), *theirs], few)
            if wrong:
                return f"{way}, {which} call: {wrong}\n{compiled.source}"
    finally:
        blocks._BLOCK, blocks._WORTHWHILE = before
    return None


def run(seed: int, ways: tuple[str, ...] = WAYS) -> str | None:
    """Return what is wrong with the program of `seed`, None if nothing is."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = Mixed(seed // 2) if seed % 2 else Program(seed // 2)
        for way in ways:
            try:
                wrong = compare(program, way)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure
                wrong = f"{way}: {type(error).__name__}: {error}"
            if wrong:
                return f"{program}\n{wrong}"
    return None


def main() -> int:
    """Run programs until the time is up, and print those that differ."""
    parser = arguments(__doc__)
    parser.add_argument("--ways", nargs="+", default=WAYS, choices=WAYS)
    options = parser.parse_args()
    return int(failures_of(lambda seed: run(seed, tuple(options.ways)), options)[1] > 0)


if __name__ == "__main__":
    sys.exit(main())
