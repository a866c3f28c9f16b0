"""Random programs, swept again and again: ``python -m tests.fuzz.repeated --seconds 600``.

The gradients of the first sweep, of the one that learns the way, and of those that take it must be
the same to the last bit, also after other programs whose graphs end at the same line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_mini as ag
from autograd_mini.differentiate import ways
from autograd_mini.errors import NotDifferentiableError
from tests.fuzz.against_numpy import cost_of, gradients_of, judged
from tests.fuzz.against_torch import Program
from tests.fuzz.mixed import Mixed
from tests.fuzz.running import arguments, failures_of

ways._WAYS = ways._EACH = 100


def swept(program: Program | Mixed) -> list[bytes]:
    """Return the bits of the gradients of one sweep, and of one over forward mode."""
    found: list[Any]
    if isinstance(program, Mixed):
        cost, found = cost_of(program), gradients_of(program)
        at = [program.leaves[k] for k in program.argnums]
        found += ag.grad(cost, tuple(range(len(at))))(*at)
    else:
        at = [program.leaves[k].copy() for k in program.argnums]

        def cost(*points: Any) -> Any:
            leaves = list(program.leaves)
            for k, point in zip(program.argnums, points, strict=True):
                leaves[k] = point
            return program.here(*leaves)[0]

        found = list(ag.grad(cost, tuple(range(len(at))))(*at))
    return [np.asarray(each).tobytes() for each in (*found, *_of_slopes(cost, at))]


def _of_slopes(cost: Callable[..., Any], at: list[Any]) -> list[Any]:
    """Return the gradients of a slope, whose graph holds steps that have no derivative as well."""
    along = [np.ones_like(each) for each in at]
    slope = ag.grad(lambda *points: np.real(ag.jvp(cost, points, along)[1]), tuple(range(len(at))))
    try:
        return list(slope(*at))
    except NotDifferentiableError:
        return []


def compare(program: Program | Mixed) -> str | None:
    """Return which sweep gives something else than the first."""
    ways._OFTEN = 10**9
    first = swept(program)
    ways._OFTEN = 1
    for k in range(3):
        if swept(program) != first:
            return f"sweep {k + 1} differs"
    return None


def run(seed: int) -> str | None:
    """Return what is wrong with the program of `seed`, None if nothing is."""
    if not seed % 5:  # the ways of four programs stay for the fifth
        ways._ways.clear()
        ways._swept.clear()
    return judged(lambda: (Mixed if seed % 2 else Program)(seed // 2), compare)


def main() -> int:
    """Run programs until the time is up, and print those that differ."""
    return int(failures_of(run, arguments(__doc__).parse_args())[1] > 0)


if __name__ == "__main__":
    sys.exit(main())
