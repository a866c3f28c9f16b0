"""``autograd-mini compare FILE``: examine a person's own code, and say what was found."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from autograd_mini.atomic import atomic
from nets import homework
from nets.cli.output import Output, PatientConsole
from nets.cli.problems import INTERRUPTED, WRONG, BadInput, bad_input
from nets.cli.several import SUFFIXES, examine_all, files_in
from nets.homework.report import markdown, page, plain, table, terminal
from nets.homework.results import Examination

__all__ = ["STDOUT", "compare_files"]

STDOUT = Path("-")

SHOWN_WHOLE = 3
"""Of more files than this, a person is told a line each."""


@dataclass(frozen=True)
class _Reports:
    """The files that reports are written to; None where a kind of report was not asked for."""

    as_json: bool
    html: Path | None
    markdown: Path | None
    csv: Path | None

    def check(self) -> None:
        """Refuse, before anything is run, what cannot be written.

        Raises
        ------
        BadInput
            If two things would go to standard output, or a report would replace code or data.
        """
        if self.as_json and self.markdown == STDOUT:
            raise BadInput("--json and --markdown both go to standard output: name a PATH")
        for path in (self.html, self.markdown, self.csv):
            if path is not None and path.suffix.lower() in (*SUFFIXES, ".npz"):
                raise BadInput(f"{path} is no place for a report: it would replace code or data")
            if path is not None and not path.absolute().parent.is_dir():
                raise BadInput(f"cannot write {path}: there is no folder {path.parent}")

    @property
    def quiet(self) -> bool:
        """Whether standard output is for something else than a person."""
        return self.as_json or self.markdown == STDOUT

    def write(self, found: Sequence[Examination], console: Console) -> None:
        """Write what was asked for, and say where it is."""
        forms = (
            (self.html, page.as_html),
            (self.markdown, markdown.as_markdown),
            (self.csv, table.as_csv),
        )
        for path, make in forms:
            if path == STDOUT:
                click.echo(make(found), nl=False)
            elif path is not None:
                with bad_input(str(path)), atomic(path) as draft:
                    draft.write_text(make(found), encoding="utf-8")
                console.print(f"report: {path.resolve().as_uri()}", markup=False)


def compare_files(
    paths: Sequence[Path], stated: Collection[str], options: Mapping[str, Any]
) -> int:
    """Examine files, say what was found, and return the exit status.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders.
    stated : collection of str
        Options that the user gave; the others are left to be found out.
    options : mapping of str
        By their names.
    """
    reports = _Reports(*(options[name] for name in ("as_json", "html", "markdown", "csv")))
    reports.check()
    if "layers" in stated and len(options["layers"]) < 2:
        raise BadInput("--layers with a file has all layers, the input first: such as 5,4,1")
    files = files_in(paths)
    console = PatientConsole(
        quiet=reports.quiet, highlight=False, width=None if sys.stdout.isatty() else 120
    )
    what = str(files[0]) if len(files) == 1 else f"{len(files)} files"
    console.print(
        f"Executing the functions of {what}, each file in a process of its own.\n", markup=False
    )
    found, interrupted = examine_all(files, partial(_examined, stated=stated, options=options))
    _say(found, len(files), console)
    reports.write(found, console)
    if options["as_json"]:
        told = [plain.as_dict(each) for each in found]
        single = len(paths) == 1 and not paths[0].is_dir()
        Output(as_json=True).tell(told[0] if single and told else told)
    for each in found:
        if each.exit_status == 2:
            _complain(each)
    if interrupted:
        sys.stderr.write(f"autograd-mini: interrupted after {len(found)} of {len(files)} files\n")
        return INTERRUPTED
    statuses = {each.exit_status for each in found}
    return WRONG if WRONG in statuses else max(statuses)


def _examined(path: Path, stated: Collection[str], options: Mapping[str, Any]) -> Examination:
    """Return what is found in one file."""
    named: dict[str, Any] = {
        name: options[name] if name in stated else None
        for name in ("forward", "cost", "backward", "init", "layers")
    }
    data = Path(options["source"]) if "source" in stated else None
    drawn = options["html"] is not None
    seed, timeout = options["seed"], options["timeout"]
    return homework.examine(path, **named, data=data, seed=seed, timeout=timeout, drawn=drawn)


def _say(found: Sequence[Examination], count: int, console: Console) -> None:
    """Tell a person what was found: a few files whole, of many a line each."""
    if count <= SHOWN_WHOLE:
        for each in found:
            if count > 1 or each.exit_status != 2:  # of one, standard error says why
                terminal.show(console, each)
    if count > 1:
        console.print(terminal.overview(found))
    if count > SHOWN_WHOLE:
        console.print(
            "\nFor lines and remedies: give one file alone, or --html PATH, or --csv PATH."
        )


def _complain(examination: Examination) -> None:
    """Say on standard error, in one line, why a file could not be analysed."""
    failure = examination.failure
    why = failure.message if failure is not None else "nothing in it computes gradients"
    sys.stderr.write(f"autograd-mini compare: {examination.file}: {' '.join(why.split())}\n")
