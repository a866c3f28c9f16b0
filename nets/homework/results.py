"""What was found in one file: plain data, which every report is written from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from autograd_mini.check.diagnosis import Facts

__all__ = ["GRAPH", "Examination", "Failure", "Finding", "GradientRow", "Study", "Verdict"]

Array = NDArray[Any]
GRAPH = "the-graph"
"""Begins the ids of a drawn graph, until a page gives them their own."""

Verdict = Literal["ok", "convention", "wrong", "unchecked"]


@dataclass(frozen=True)
class Finding:
    """What is wrong with one gradient, in the person's terms.

    Attributes
    ----------
    code : str
        One of ``autograd_mini.check.diagnosis.CODES``.
    message : str
        A sentence, and the evidence.
    line : int or None
        The line to change, which for a fault of the forward pass is not the gradient's own.
    fix : str
        What to write instead, in the person's own variable names; empty where not known.
    alternatives : tuple of Finding
        Other mistakes that explain the same numbers.
    facts : autograd_mini.check.diagnosis.Facts
        What the message says, as data; only in the process that ran the file.
    """

    code: str
    message: str
    line: int | None = None
    fix: str = ""
    alternatives: tuple[Finding, ...] = ()
    facts: Facts = field(default=Facts(), repr=False, compare=False)


@dataclass(frozen=True)
class GradientRow:
    """One gradient that the person's backward makes.

    Attributes
    ----------
    name : str
        As the person spells it: ``dW1``, ``self.dW1``, ``grads['W1']``, ``nabla_w[0]``.
    wrt : str
        The parameter or intermediate it is the gradient of, as in the file.
    inherited : bool
        Wrong only because an earlier one is.
    manual, automatic, numerical : numpy.ndarray or None
        The values, for the reports; `numerical` NaN where it was not computed.
    line : int or None
        The line that makes it; in a notebook counted over all code cells.
    cell : int or None
        The code cell of a notebook, from 1.
    """

    name: str
    wrt: str
    shape: tuple[int, ...]
    max_abs_error: float = float("nan")
    rel_error: float = float("nan")
    verdict: Verdict = "unchecked"
    line: int | None = None
    cell: int | None = None
    diagnosis: Finding | None = None
    inherited: bool = False
    manual: Array | None = field(default=None, repr=False)
    automatic: Array | None = field(default=None, repr=False)
    numerical: Array | None = field(default=None, repr=False)
    worst: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Study:
    """One backward function against its own forward pass and cost.

    Attributes
    ----------
    forward, cost, backward : str
        The names in the file; `cost` may be ``"assumed: binary cross-entropy, mean over m"``.
    rows : tuple of GradientRow
        In the order in which backward makes them.
    notes : tuple of str
        What was assumed or worked around: the order of arguments, finite differences, a guard
        epsilon left out, another numbering of dA.
    graph : str
        The graph as SVG, gradients in the colours of their verdicts, if it was asked for; its ids
        begin with :data:`GRAPH`.
    comparison : autograd_mini.check.comparison.Comparison or None
        What the rows were made from; only in the process that ran the file.
    ran : frozenset of int
        The lines at which backward made or was handed something; only in that process.
    case : nets.homework.running.run.Case or None
        What was judged; only in that process.
    """

    forward: str
    cost: str
    backward: str
    rows: tuple[GradientRow, ...]
    notes: tuple[str, ...] = ()
    graph: str = field(default="", repr=False)
    comparison: Any = field(default=None, repr=False, compare=False)
    ran: frozenset[int] = field(default=frozenset(), repr=False, compare=False)
    case: Any = field(default=None, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether something was compared and nothing is wrong."""
        verdicts = {row.verdict for row in self.rows}
        return "wrong" not in verdicts and bool(verdicts & {"ok", "convention"})

    @property
    def first_wrong(self) -> str | None:
        """The first wrong gradient in the order in which backward makes them: the root."""
        wrong = [row for row in self.rows if row.verdict == "wrong"]
        roots = [row for row in wrong if not row.inherited] or wrong
        return roots[0].name if roots else None


@dataclass(frozen=True)
class Failure:
    """Why there is no verdict.

    Attributes
    ----------
    type : str
        The class of the exception the person's code raised; ``"NotFound"`` where the functions
        were not found, ``"NotExecuted"`` where they use what only the training code makes,
        ``"TimeLimit"`` or ``"MemoryLimit"`` where it ran too long or too large.
    line : int or None
        The person's line.
    theirs : bool
        Whether the person's code failed (exit status 1) or the analysis could not be done (2).
    certain : bool
        Whether no other arguments would have avoided it, so that it counts beside other networks.
    """

    type: str
    message: str
    line: int | None = None
    theirs: bool = True
    diagnosis: Finding | None = None
    certain: bool = False


@dataclass(frozen=True)
class Examination:
    """All that was found in one file.

    Attributes
    ----------
    file : str
        As it was given.
    source : str
        The person's text; of a notebook its code cells, concatenated.
    seconds : float
        How long it took.
    cells : tuple of int
        Of a notebook the first line of each code cell.
    """

    file: str
    studies: tuple[Study, ...] = ()
    failure: Failure | None = None
    source: str = field(default="", repr=False)
    seconds: float = 0.0
    cells: tuple[int, ...] = ()

    @property
    def exit_status(self) -> int:
        """0 if all is right, 1 if something is wrong, 2 if it could not be analysed."""
        if self.failure is not None:
            return 1 if self.failure.theirs else 2
        if not self.studies:
            return 2
        return 0 if all(study.ok for study in self.studies) else 1
