"""What the commands do with a network: train it, check its gradients, report."""

from __future__ import annotations

import shlex
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.markup import escape
from rich.text import Text

from autograd_mini.atomic import atomic
from autograd_mini.check.comparison import Comparison
from nets import DivergedError, LLayerNetwork, OtherDataWarning
from nets.cli.output import Output
from nets.cli.problems import INTERRUPTED, WRONG, BadInput, bad_input
from nets.data import Dataset
from nets.data.dataset import counted
from nets.report.build import page_of
from nets.report.plots import classes_of
from nets.training import cost_text

__all__ = ["Session"]

CHECKED_EXAMPLES = 64
"""How many examples a comparison of gradients uses: it takes the cost many times."""


_LARGE = 30.0
"""Beyond it inputs make units that start out saturated, or soon dead."""


def _remarks(data: Dataset) -> Iterator[str]:
    """Yield what about data makes training fail, or seem to succeed."""
    largest = np.abs(data.X.astype(np.float64)).max()
    if _LARGE < largest < np.inf:
        yield f"inputs go up to {largest:g}: units saturate or die, scale them to about -1 … 1"
    present = np.unique(classes_of(data.Y))
    if present.size == 1:
        yield f"all examples are of {data.class_name(present[0])}: there is nothing to tell apart"


@dataclass
class Session:
    """A network, the data it is for, and whoever is told about it.

    Attributes
    ----------
    network : LLayerNetwork
    data : Dataset
    output : Output
    comparison : Comparison or None
        The last one made.
    result : dict
        What a program is told at the end.
    """

    network: LLayerNetwork
    data: Dataset
    output: Output
    comparison: Comparison | None = None
    result: dict[str, Any] = field(default_factory=dict)

    def introduce(self) -> None:
        """Say what is going to be trained on what."""
        net, data = self.network, self.data
        dims, hidden = (
            "-".join(map(str, net.layer_dims)),
            ", ".join(dict.fromkeys(net.model.hidden)),
        )
        self.output.say(
            f"[bold]{escape(data.name)}[/]: {counted(data.examples, 'example')} of "
            f"{counted(data.inputs, 'input')}, {escape(data.about_classes)}; a {dims} "
            f"network, {hidden or 'no'} hidden layers, {net.model.output} output"
        )
        for each in _remarks(data):
            self.output.say(f"  {escape(each)}")

    def train(self, **options: Any) -> None:
        """Train as :meth:`LLayerNetwork.fit` does, and say how the cost fell."""
        net, data = self.network, self.data
        validation = None
        if data.X_test is not None and data.Y_test is not None:
            validation = data.X_test, data.Y_test
            with bad_input("the test data"):  # found out after training it would be too late
                net.score(*validation)
        if self.output.as_json:
            options["progress"] = False
        behind = net.history.epochs if options.get("resume") and net.history else 0
        if behind >= options["epochs"]:
            self.output.say(
                f"  trained for {behind} epochs already: --epochs counts these too, and goes on "
                "above that"
            )
        before = net.history.data if behind and net.history else ""
        with bad_input(), warnings.catch_warnings():
            warnings.simplefilter("ignore", OtherDataWarning)  # said below, in a line of its own
            try:
                history = net.fit(data.X, data.Y, **options)
            except DivergedError as error:
                raise BadInput(str(error)) from error
        if before not in ("", history.data):
            self.result["other_data"] = True
            self.output.say("  other data than before: the history has the costs of both")
        if not history.epochs:
            return
        if data.classes:
            self.result["classes"] = data.classes
        marks = sorted({0, *(history.epochs * k // 5 for k in range(1, 5)), history.epochs - 1})
        for k in marks:
            self.output.say(
                f"  epoch {k + 1:>5}   cost {cost_text(history.costs[k])}   "
                f"accuracy {history.accuracies[k]:6.1%}"
            )
        self.result |= {
            "epochs": history.epochs,
            "seconds": round(history.seconds, 3),
            "cost": history.costs[-1],
            "costs": history.costs,
            "interrupted": history.interrupted,
        }
        self.score("accuracy", data.X, data.Y, "training")
        if validation is not None:
            self.score("test_accuracy", *validation, "test")

    def score(self, key: str, X: Any, Y: Any, of: str) -> None:
        """Say how many examples get their label."""
        self.result[key] = self.network.score(X, Y)
        self.output.say(f"  accuracy on the {of} data [bold]{self.result[key]:.1%}[/]")

    def compare(self, examples: int = CHECKED_EXAMPLES) -> None:
        """Compare the gradients by hand, automatic and numerical, on some `examples`."""
        with bad_input():
            self.comparison = self.network.compare(*self.data.some(examples))
        self.output.say()
        self.output.say(Text.from_ansi(str(self.comparison)))
        self.output.say()
        self.result["gradients"] = {
            "ok": self.comparison.ok, "first_wrong": self.comparison.first_wrong
        }  # fmt: skip

    def report(self, path: Path) -> None:
        """Write the report to `path` and say where it is."""
        command = shlex.join(["autograd-mini", *sys.argv[1:]])
        page = page_of(self.network, self.data, self.comparison, command)
        with bad_input(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic(path) as draft:
                draft.write_text(page.html(), encoding="utf-8")
        self.result["report"] = path
        self.output.point("report:", path.resolve().as_uri())

    def finish(self) -> int:
        """Tell a program the result; return the exit status."""
        self.output.result(**self.result)
        history = self.network.history
        if history is not None and history.interrupted:
            return INTERRUPTED
        return WRONG if self.comparison is not None and not self.comparison.ok else 0
