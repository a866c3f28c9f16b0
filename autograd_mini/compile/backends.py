"""The backends of ``ag.compile``: which rules lower a graph, and what writes its program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from autograd_mini.compile.planning.lower import LOWER
from autograd_mini.compile.planning.whole import WHOLE
from autograd_mini.compile.writing.blocks import BlockWriter
from autograd_mini.compile.writing.writer import Writer
from autograd_mini.rewrite.builder import Rule

__all__ = ["Backend", "backend_of"]


class Backend(NamedTuple):
    """How a graph becomes a program.

    Attributes
    ----------
    name : str
    rules : mapping of str to list of rules
        That break operations into those that the backend is good at.
    writer : type
        Writes the program.
    whole : mapping of str to list of rules
        That come before those, and see whole operations.
    """

    name: str
    rules: Mapping[str, list[Rule]]
    writer: type[Writer]
    whole: Mapping[str, list[Rule]]


def backend_of(name: str) -> Backend:
    """Return the backend that a caller names.

    Raises
    ------
    ImportError
        If it needs a package that is not installed.
    ValueError
        If there is no such backend.
    """
    if name == "numpy":
        return Backend(name, LOWER, BlockWriter, WHOLE)
    if name == "numba":
        return _numba()
    raise ValueError(f"backend must be 'numpy' or 'numba', not {name!r}")


def _numba() -> Backend:
    try:
        import numba  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise ImportError(
            "ag.compile(backend='numba') needs numba: pip install 'autograd_mini[numba]'"
        ) from error
    from autograd_mini.compile.looping import numba_program  # noqa: PLC0415

    rules: dict[str, Any] = {k: v for k, v in LOWER.items() if k not in numba_program.KEPT}
    return Backend("numba", rules, numba_program.LoopWriter, {})  # one loop takes them whole
