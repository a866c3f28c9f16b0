"""Run random programs for as long as one likes, from the command line."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

__all__ = ["arguments", "failures_of"]


def arguments(about: str) -> argparse.ArgumentParser:
    """Return what every script takes: ``--seconds``, ``--seed``, ``--only``."""
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    parser.add_argument("--only", type=int, help="run the program of this seed alone")
    return parser


def failures_of(run: Callable[[int], str | None], options: argparse.Namespace) -> tuple[int, int]:
    """Run programs until the time is up, and print those that fail.

    Returns
    -------
    ran, failed : int
    """
    seed, failed = options.seed if options.only is None else options.only, 0
    first, end = seed, time.monotonic() + (options.seconds if options.only is None else 0)
    while seed == first or time.monotonic() < end:
        failure = run(seed)
        if failure is not None:
            failed += 1
            sys.stdout.write(f"--- seed {seed}\n{failure}\n\n")
        seed += 1
    sys.stdout.write(f"{seed - first} programs, {failed} failed\n")
    return seed - first, failed
