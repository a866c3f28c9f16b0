"""``autograd-mini draw``: the graph of a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nets import LLayerNetwork
from nets.atomic import atomic
from nets.cli.networks import network_settings
from nets.cli.options import FILE, LAYERS, common
from nets.cli.output import Output
from nets.cli.problems import BadInput, bad_input

__all__ = ["command"]


@click.command("draw", short_help="Draw a graph.")
@click.option(
    "--layers",
    type=LAYERS,
    default="2,4,1",
    show_default=True,
    help="Units of all layers, the input first.",
)
@network_settings
@click.option(
    "-o",
    "path",
    type=FILE,
    default="network.svg",
    show_default=True,
    help="The file; its suffix says which kind: svg, png, pdf, dot, html or txt.",
)
@common
def command(
    layers: list[int], path: Path, output: str | None, as_json: bool, **settings: Any
) -> int:
    """Draw the graph of a network, forward and backward, with its shapes."""
    output = output or ("sigmoid" if layers[-1:] == [1] else "softmax")
    with bad_input():
        network = LLayerNetwork(layers, output=output, **settings)
    if not path.suffix:
        raise BadInput(f"{path}: name a kind by the suffix, such as {path}.svg")
    with bad_input(), atomic(path) as draft:
        network.draw(draft)
    out = Output(as_json)
    out.say(f"picture: [bold]{path}[/]")
    out.result(path=path, layers=network.layer_dims)
    return 0
