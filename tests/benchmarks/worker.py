"""A contender in a process of its own, where nothing is loaded that it does not need.

Who shares a process shares its memory, its threads and Python's collector: handwritten NumPy is
quicker beside a library that has the C library keep freed memory, everybody is slower beside one
that makes a hundred thousand objects.  Each program is measured as its user would run it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Outcome, outcome_of, timer
from tests.benchmarks.workloads import WORKLOADS

__all__ = ["Worker"]


class Worker:
    """Runs a contender.

    Parameters
    ----------
    workload, contender : str
        Their names.
    """

    def __init__(self, workload: str, contender: str) -> None:
        self._name = f"{workload}, {contender}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.worker", workload, contender],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )

    def outcome(self) -> Outcome | None:
        """Do one step, and return what comes of it."""
        return self._asked("outcome")  # type: ignore[no-any-return]

    def time(self, calls: int) -> float:
        """Return the seconds of CPU that one of so many steps takes."""
        return self._asked(calls)  # type: ignore[no-any-return]

    def loads_the_engine(self) -> bool:
        """Return whether the engine is in its process."""
        return self._asked("loaded")  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()

    def _asked(self, question: object) -> Any:
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        try:
            pickle.dump(question, into)
            into.flush()
            return pickle.load(out)
        except (EOFError, BrokenPipeError):
            sys.exit(f"{self._name}: ended with status {self._process.wait()}")


def _serve(workload: str, contender: str) -> None:
    """Answer on standard output, where nobody else may write."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    made = WORKLOADS[workload]().contenders[contender]()
    seconds = timer(made.step)
    answer: dict[object, Callable[[], object]] = {
        "outcome": lambda: outcome_of(made),
        "loaded": lambda: "autograd_mini" in sys.modules,
    }
    while True:
        try:
            question = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(answer[question]() if question in answer else seconds(question), answers)
        answers.flush()


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of peers
    _serve(*sys.argv[1:])
