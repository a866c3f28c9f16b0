"""Examine a person's file in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from nets.homework import wire
from nets.homework.results import Examination, Failure

__all__ = ["TIMEOUT", "examine"]

TIMEOUT = 60.0
"""Seconds that a file may take."""


def examine(
    path: str | Path,
    *,
    forward: str | None = None,
    cost: str | None = None,
    backward: str | None = None,
    init: str | None = None,
    data: str | Path | None = None,
    layers: Sequence[int] | None = None,
    seed: int = 0,
    timeout: float = TIMEOUT,
    drawn: bool = False,
) -> Examination:
    """Compare the gradients of a person's own file with those of its forward pass and cost.

    The file's imports, functions, classes and constants are executed, and nothing else of it, in
    a process of its own with limits on time and memory. Of a file that goes forward and back by
    statements at its top, so are the lines that make its arrays with NumPy.

    Parameters
    ----------
    path : path-like
        A ``.py`` or ``.ipynb`` file.
    forward, cost, backward, init : str, optional
        Names of its functions, ``Class.method`` for methods, where they are not recognised.
    data : path-like, optional
        An ``.npz`` file with ``X`` (inputs, examples) and ``Y``; random data if not given.
    layers : sequence of int, optional
        Units of each layer, from the input on.
    seed : int
    timeout : float
        Seconds.
    drawn : bool
        Whether to draw the graph too.

    Returns
    -------
    Examination
        Also where the file could not be analysed: see its ``failure``.
    """
    asked: dict[str, object] = {
        "path": str(path),
        "forward": forward,
        "cost": cost,
        "backward": backward,
        "init": init,
        "data": None if data is None else str(data),
        "layers": None if layers is None else list(layers),
        "seed": seed,
        "timeout": timeout,
        "drawn": drawn,
    }
    began = time.perf_counter()
    answer, status, timed_out = _ask(asked, timeout)
    if answer:
        return wire.unpacked(json.loads(answer))
    seconds = time.perf_counter() - began
    if timed_out or status in (-signal.SIGXCPU, -signal.SIGKILL):
        failure = Failure("TimeLimit", f"the file ran for more than {timeout:g} seconds")
    else:
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended ({status})"
        failure = Failure("Crash", f"running the file, the process {how} before there was a result")
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    return Examination(str(path), (), failure, text, seconds)


def _ask(asked: dict[str, object], timeout: float) -> tuple[str, int, bool]:
    """Return the answer of a fresh process, its exit status, and whether it took too long."""
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONWARNINGS": "ignore"}
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[name] = "1"
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path[1:]])
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "nets.homework.worker"],  # -P: a random.py here is theirs
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=None,
        pass_fds=(write_end,),
        env=environment,
        text=True,
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end, encoding="utf-8") as answers:
            assert process.stdin is not None
            process.stdin.write(json.dumps({**asked, "answer": write_end}))
            process.stdin.close()
            answer = _within(answers.fileno(), timeout)
            status = _ended(process, bool(answer)) if answer is not None else 0
    except subprocess.TimeoutExpired:
        answer, status = None, 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return answer or "", status, answer is None


def _ended(process: subprocess.Popen[str], answered: bool) -> int:
    """Return the exit status of a process; of one that has answered none is needed.

    Threads that the person's file has left behind may keep it alive.
    """
    try:
        return process.wait(timeout=1 if answered else 5)
    except subprocess.TimeoutExpired:
        if answered:
            return 0
        raise


def _within(descriptor: int, timeout: float) -> str | None:
    """Return the line that is written to a pipe; None if that takes too long.

    It is empty where the pipe is closed before the line is complete. That it is closed after it is
    not waited for: a process that the person's file has forked has it open as well.
    """
    import selectors  # noqa: PLC0415 - only here

    parts: list[bytes] = []
    ends = time.monotonic() + timeout
    with selectors.DefaultSelector() as waiting:
        waiting.register(descriptor, selectors.EVENT_READ)
        while True:
            left = ends - time.monotonic()
            if left <= 0 or not waiting.select(left):
                return None
            part = os.read(descriptor, 1 << 16)
            if not part:
                return ""
            parts.append(part)
            if part.endswith(b"\n"):
                return b"".join(parts).decode("utf-8")
