"""The process in which a person's file runs: limited, and with nothing on standard output.

It reads one request as JSON from standard input and writes one answer, a line of JSON, to the
file descriptor named in it.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["main"]

MEMORY = 4 * 1024**3
"""Bytes that the process may ask for."""

MOST_PRINTED = 4_000
"""Characters of what a file prints that are shown: a loop may print without end."""


class _Brief(io.TextIOWrapper):
    """Standard error, for the first of what a file prints; then it says that there is more."""

    def __init__(self, file: str) -> None:
        stream = open(sys.stderr.fileno(), "wb", closefd=False)  # noqa: SIM115 - until the end
        super().__init__(stream, "utf-8", errors="backslashreplace", line_buffering=True)
        self._file, self._left = file, MOST_PRINTED

    def write(self, text: str, /) -> int:
        if self._left > 0:
            super().write(text[: self._left])
            self._left -= len(text)
            if self._left <= 0:
                super().write(f"\n… (what else {self._file} prints is not shown)\n")
        return len(text)


def main() -> None:
    """Answer one request."""
    asked = json.load(sys.stdin)
    answer_to = os.fdopen(int(asked.pop("answer")), "w", encoding="utf-8")
    _limit(float(asked.pop("timeout")))
    sys.stdin.close()
    sys.stdin = io.StringIO()  # what asks for input gets none
    sys.stdout = _Brief(Path(asked["path"]).name)
    process = os.getpid()
    from nets.homework import wire  # noqa: PLC0415 - after the limits are set
    from nets.homework.inspecting import Request, inspect  # noqa: PLC0415
    from nets.homework.results import Examination, Failure  # noqa: PLC0415

    if asked.get("layers") is not None:
        asked["layers"] = tuple(asked["layers"])
    try:
        found: Any = inspect(Request(**asked))
    except Exception as error:  # noqa: BLE001 - ours: told in one line too
        reason = f"this file could not be analysed ({type(error).__name__}: {error})"
        found = Examination(asked["path"], (), Failure("Unanalysed", reason, theirs=False))
    if os.getpid() != process:  # a copy that the person's file has forked
        os._exit(0)
    with answer_to:
        json.dump(wire.packed(found), answer_to)
        answer_to.write("\n")  # which no JSON of this kind contains: the answer is complete


def _limit(seconds: float) -> None:
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    whole = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # whoever asked has been told
        sys.exit(130)
