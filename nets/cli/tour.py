"""``autograd-mini``: the tour."""

from __future__ import annotations

from pathlib import Path

import click

from nets import LLayerNetwork, data
from nets.cli.options import FILE, common
from nets.cli.output import Output
from nets.cli.session import Session

__all__ = ["command"]

EPOCHS = 10_000
LEARNING_RATE = 1.2  # the course's, for this network and these data


@click.command("tour")
@click.option(
    "--report", type=FILE, default="report.html", show_default=True, help="Where the report goes."
)
@common
def command(report: Path, seed: int, as_json: bool) -> int:
    """Train on embedded data, check the gradients, draw, and write a report.

    The data is the course's planar flower, the network its 2-4-1 with tanh.
    """
    session = Session(
        LLayerNetwork([2, 4, 1], hidden="tanh", seed=seed), data.planar_flower(), Output(as_json)
    )
    session.introduce()
    session.train(epochs=EPOCHS, learning_rate=LEARNING_RATE)
    session.compare()
    session.report(report)
    return session.finish()
