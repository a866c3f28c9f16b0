"""``autograd-mini train``: a network on a person's own data."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from nets.cli.networks import network_for, network_settings
from nets.cli.options import FILE, FOLDER, LAYERS, Names, common
from nets.cli.output import Output
from nets.cli.problems import bad_input
from nets.cli.resuming import given, resumed
from nets.cli.session import Session
from nets.cli.sources import dataset
from nets.optimizers import OPTIMIZERS

__all__ = ["command"]


@click.command("train", short_help="Train a network.")
@click.argument("source", metavar="DATA|NAME")
@click.option(
    "--layers",
    type=LAYERS,
    default="20,7,5",
    show_default=True,
    help="Units of the hidden layers; none for logistic regression.",
)
@network_settings
@click.option("--learning-rate", type=float, default=0.0075, show_default=True)
@click.option("--epochs", type=click.IntRange(1), default=2500, show_default=True)
@click.option("--batch-size", type=click.IntRange(1), help="Examples in a step; all if not given.")
@click.option("--optimizer", type=Names(OPTIMIZERS), default="gd", show_default=True)
@click.option(
    "--out",
    type=FOLDER,
    default=".",
    show_default=True,
    help="Folder for the report and the network.",
)
@click.option("--report", type=FILE, help="Where the report goes; OUT/report.html if not given.")
@click.option(
    "--checkpoint",
    type=FILE,
    help="Where the network is kept, during training too; if not given OUT/network.safetensors, "
    "or the file of --resume where --out is not given either.",
)
@click.option(
    "--resume", type=FILE,
    help="Go on with the network that this file holds, its optimizer and, unless another is given, "
    "its learning rate, until EPOCHS in all.",
)  # fmt: skip
@common
@click.pass_context
def command(
    ctx: click.Context,
    /,
    source: str,
    layers: list[int],
    learning_rate: float,
    epochs: int,
    batch_size: int | None,
    optimizer: str,
    out: Path,
    report: Path | None,
    checkpoint: Path | None,
    resume: Path | None,
    as_json: bool,
    **settings: Any,
) -> int:
    """Train a network on DATA or NAME, check its gradients, and write a report.

    DATA is a file (.npz, .csv, .h5) that holds X of shape (inputs, examples) and Y, or images as
    bytes with train and test parts. NAME is planar_flower, moons, circles, spiral, blobs or digits.
    Ctrl-C ends training early; what was learned in whole epochs is kept.
    """
    data, typed = dataset(source), given(ctx)
    if resume is None:
        network = network_for(data, layers, **settings)
    else:
        network = resumed(resume, data, typed)
    if network.optimizer is not None:
        optimizer = network.optimizer.name
        learning_rate = typed.get("learning_rate", network.optimizer.learning_rate)
    in_place = None if "out" in typed else resume
    checkpoint = checkpoint or in_place or out / "network.safetensors"
    with bad_input():
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
    session = Session(network, data, Output(as_json))
    session.introduce()
    session.train(
        epochs=epochs, learning_rate=learning_rate, batch_size=batch_size, optimizer=optimizer,
        checkpoint=checkpoint, resume=resume is not None,
    )  # fmt: skip
    session.result["network"] = checkpoint
    session.output.point("network:", checkpoint)
    if network.history is not None and network.history.interrupted:
        session.output.point(
            "interrupted; to go on, add", shlex.join(["--resume", str(checkpoint)])
        )
    session.compare()
    session.report(report or out / "report.html")
    return session.finish()
