"""Random programs, swept again and again: ``python -m tests.fuzz.repeated --seconds 600``.

The gradients of the first sweep, of the one that learns the way, and of those that take it must be
the same to the last bit, also after other programs whose graphs end at the same line.
"""

from __future__ import annotations

import sys

import numpy as np

import autograd_mini as ag
from autograd_mini.differentiate import ways
from tests.fuzz.against_numpy import cost_of, gradients_of, judged
from tests.fuzz.against_torch import Program
from tests.fuzz.mixed import Mixed
from tests.fuzz.running import arguments, failures_of

ways._WAYS = ways._EACH = 100


def swept(program: Program | Mixed) -> list[bytes]:
    """Return the bits of the gradients of one sweep."""
    if isinstance(program, Mixed):
        found = gradients_of(program)
        by_value = ag.grad(cost_of(program), tuple(range(len(program.argnums))))
        found += by_value(*[program.leaves[k] for k in program.argnums])
    else:
        by_value = ag.grad(lambda *leaves: program.here(*leaves)[0], program.argnums)
        found = list(by_value(*[leaf.copy() for leaf in program.leaves]))
    return [np.asarray(each).tobytes() for each in found]


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
