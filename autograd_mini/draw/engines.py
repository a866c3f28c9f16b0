"""Run Graphviz, wherever there is one, and never wait for it long."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

__all__ = ["run_graphviz"]

PATIENCE = 20.0
"""Seconds; what takes longer is drawn another way."""

_WHEEL = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format=sys.argv[2], prog=sys.argv[1]))
"""


def run_graphviz(source: str, engine: str, form: str, patience: float = PATIENCE) -> bytes | None:
    """Return what Graphviz makes of DOT source; None where there is none or it takes too long.

    Parameters
    ----------
    source : str
        DOT.
    engine : str
        ``dot`` to place, ``nop2`` to draw what has its place.
    form : str
        Output format, such as ``plain``, ``png`` or ``pdf``.
    patience : float
        Seconds to wait.
    """
    for command in _commands(engine, form):
        try:
            done = subprocess.run(
                command, input=source.encode(), capture_output=True, timeout=patience, check=False
            )
        except subprocess.TimeoutExpired:
            return None
        except OSError:
            continue
        if done.returncode == 0 and done.stdout:
            return done.stdout
    return None


def _commands(engine: str, form: str) -> list[list[str]]:
    """Return the ways to call Graphviz here: the program, then the wheel that brings its own."""
    found: list[list[str]] = []
    program = shutil.which("dot")
    if program is not None:
        found.append([program, f"-K{engine}", f"-T{form}"])
    if sys.executable and importlib.util.find_spec("pygraphviz") is not None:
        found.append([sys.executable, "-c", _WHEEL, engine, form])
    return found
