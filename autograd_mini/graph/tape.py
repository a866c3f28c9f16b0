"""What was done to one example, noted so that it can be done to a whole batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Sequence
from types import CodeType
from typing import Any, NamedTuple, NoReturn

import numpy as np

from autograd_mini.context import current
from autograd_mini.errors import DataDependentError
from autograd_mini.graph.node import Node, calls_around, user_frame

__all__ = [
    "Log",
    "Recording",
    "Tape",
    "Tracing",
    "forgive",
    "refuse",
    "refuse_layout",
    "refuse_question",
]


class Watched(NamedTuple):
    """What is looked at for anomalies, and whether only if the results are not finite either."""

    what: str
    source: str
    if_used: bool = False


class Tape:
    """The nodes that depend on an example, in the order they were made.

    Attributes
    ----------
    mapped : dict
        By node, the handling of floating point errors (``np.geterr()``) it was computed under;
        None where nobody asks for that.
    watched : dict
        By node whose values are to be looked at for anomalies, how it is called.
    refused : DataDependentError or None
        The first that was raised, which the function may have caught, to go on without the values.
    """

    __slots__ = ("mapped", "refused", "watched")

    why = "inside vmap a tensor stands for all examples at once"

    def __init__(self) -> None:
        self.mapped: dict[Node, Any] = {}
        self.watched: dict[Node, Watched] = {}
        self.refused: DataDependentError | None = None

    def noted(self) -> Iterable[Node]:
        """Return the nodes that it refers to, as often as it does."""
        return itertools.chain(self.mapped, self.watched)

    def note_written(self, node: Node | None) -> None:
        """Note that what `node` has made, or a part of it, is written into."""

    def note(self, node: Node) -> None:
        """Note `node`, if it depends on an example."""
        if not self.mapped.keys().isdisjoint(node.parents):
            self.mapped[node] = np.geterr()
            if current().anomaly:
                self.watched[node] = Watched(node.op.name, str(node.source or ""))


class Recording(Tape):
    """The nodes that depend on the arguments of a function that is being compiled.

    Parameters
    ----------
    improved : callable
        Takes nodes that are about to be differentiated, and those that have to stay what they
        are; returns nodes of the same values that are better differentiated.

    Attributes
    ----------
    forward : list of Node
        What was made, but for what backward made.
    calls : dict
        By node of those, the calls of the user's functions that it was made in.
    sweeping : bool
        Whether backward is at work.
    cached : bool
        Whether somebody keeps results of functions, so that none may be drawn by the program.
    written : list of Node
        What is written into, as it was before.
    """

    __slots__ = ("cached", "calls", "forward", "improved", "sweeping", "written")

    why = "a compiled program is recorded once and replayed for other values"

    def __init__(self, improved: Callable[[Sequence[Node], Collection[Node]], list[Node]]) -> None:
        super().__init__()
        self.improved = improved
        self.forward: list[Node] = []
        self.calls: dict[Node, list[tuple[CodeType, int]]] = {}
        self.sweeping = self.cached = False
        self.written: list[Node] = []

    def noted(self) -> Iterable[Node]:
        """Return the nodes that it refers to, as often as it does."""
        return itertools.chain(super().noted(), self.forward, self.calls, self.written)

    def note_written(self, node: Node | None) -> None:
        """Note that what `node` has made, or a part of it, is written into."""
        if node is not None:
            self.written.append(node)

    def note(self, node: Node) -> None:
        """Note `node`, if it depends on an argument."""
        mapped = self.mapped
        for each in node.parents:
            if each in mapped:
                mapped[node] = None
                break
        if not self.sweeping:
            self.forward.append(node)
            self.calls[node] = calls_around()


class Tracing(Tape):
    """The nodes that depend on the arguments of a function that is being traced."""

    __slots__ = ()

    why = "a traced graph is recorded once and evaluated for other values"


class Log(Tape):
    """All nodes that are made, whatever they depend on.

    Attributes
    ----------
    nodes : dict
        The nodes in order, as keys.
    """

    __slots__ = ("nodes",)

    def __init__(self) -> None:
        super().__init__()
        self.nodes: dict[Node, None] = {}

    def noted(self) -> Iterable[Node]:
        """Return the nodes that it refers to, as often as it does."""
        return iter(self.nodes)

    def note(self, node: Node) -> None:
        """Note `node`."""
        self.nodes[node] = None


def forgive(error: DataDependentError) -> None:
    """Forget a refusal that nothing depends on."""
    error.__traceback__ = (
        None  # or it would keep the tensors of all frames until the collector runs
    )
    for tape in current().tapes:
        if tape.refused is error:
            tape.refused = None


_INSTEAD = (
    "choose with np.where instead of if, index with tensors, and leave shapes to depend on shapes "
    "only"
)


def refuse(what: str, instead: str = _INSTEAD) -> NoReturn:
    """Raise because `what` looks at the values of an example that stands for many.

    Parameters
    ----------
    what : str
        What was done, as a person would say it.
    instead : str
        What to write.
    """
    frame = user_frame(2)
    line = f" ({frame.f_code.co_filename}:{frame.f_lineno})" if frame else ""
    tapes = current().tapes
    _raise_always(
        f"{what} depends on the values of a tensor, but {tapes[-1].why if tapes else Tape.why}: "
        f"{instead}{line}"
    )


def refuse_layout(what: str, instead: str) -> NoReturn:
    """Raise because `what` asks how an example that stands for many lies in memory.

    Parameters
    ----------
    what : str
        What was done, as a person would say it.
    instead : str
        What to write.
    """
    _raise_always(
        f"{what} asks for the order in memory, which can be another one when what is recorded here "
        f"runs on other arrays: {instead}"
    )


def refuse_question(what: str, instead: str) -> NoReturn:
    """Raise because `what` asks an example for what others, for which it stands, may answer.

    Parameters
    ----------
    what : str
        What was asked for, as a person would say it.
    instead : str
        What to do.
    """
    _raise_always(
        f"{what} may be another when what is recorded here runs on other tensors, or on arrays: "
        f"{instead}"
    )


def _raise_always(message: str) -> NoReturn:
    """Raise an error that is raised again where a function catches it and goes on."""
    error = DataDependentError(message)
    for tape in current().tapes:
        tape.refused = tape.refused or error
    raise error
