"""What a command says: to a person in colour, or to a program as one JSON object."""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.markup import escape

__all__ = ["Output", "PatientConsole"]


class PatientConsole(Console):
    """A console whose reader may leave: what is done goes on, and is said to nobody."""

    def on_broken_pipe(self) -> None:
        """Be quiet from now on; rich ends the program here."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Output:
    """Where a command says what it does and what came of it.

    Parameters
    ----------
    as_json : bool
        Say nothing but the result, as JSON on standard output.

    Attributes
    ----------
    console : rich.console.Console
        For a person; quiet if the result is JSON.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.console = PatientConsole(quiet=as_json, highlight=False, soft_wrap=True)

    def say(self, text: Any = "") -> None:
        """Show a person `text`, or anything that rich can show."""
        self.console.print(text)

    def point(self, what: str, place: object) -> None:
        """Show a person where something is, as it is written."""
        self.console.print(f"{what} [bold]{escape(str(place))}[/]")

    def result(self, **values: Any) -> None:
        """State the result, to a program only."""
        self.tell(values)

    def tell(self, result: Any) -> None:
        """State a result that is no dict, or one with other keys, to a program only."""
        if self.as_json:
            click.echo(json.dumps(_plain(result), ensure_ascii=False))


def _plain(value: Any) -> Any:
    """Return `value` as JSON has it; what is not a finite number is null."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
