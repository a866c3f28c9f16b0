"""``autograd-mini draw``: the graph of a network, or of a person's function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

import autograd_mini as ag
from autograd_mini.atomic import atomic
from nets import LLayerNetwork
from nets.cli.functions import is_function, of_a_function, recorded
from nets.cli.networks import OF_A_NETWORK, network_settings, output_for
from nets.cli.options import FILE, LAYERS, common, refuse
from nets.cli.output import Output
from nets.cli.problems import BadInput, bad_input

__all__ = ["command"]


@click.command("draw", short_help="Draw a graph.")
@click.argument("target", required=False, metavar="[FILE.py:FUNCTION]")
@of_a_function
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
@click.option(
    "--values/--no-values", default=None,
    help="Show values: numbers, ranges, heat maps; of a function, they are shown if not said "
    "otherwise.",
)  # fmt: skip
@click.option("--gradients", is_flag=True, help="Show each step's gradient beside it.")
@click.option(
    "--depth", type=click.IntRange(0), metavar="N",
    help="How many levels of scopes, such as layers, to show open.",
)  # fmt: skip
@common
@click.pass_context
def command(
    ctx: click.Context,
    /,
    target: str | None,
    arguments: str | None,
    wrt: str | None,
    layers: list[int],
    path: Path,
    values: bool | None,
    gradients: bool,
    depth: int | None,
    output: str | None,
    as_json: bool,
    seed: int,
    **settings: Any,
) -> int:
    """Draw the graph of a network, or of FILE.py:FUNCTION, forward and backward, with its shapes.

    The definitions in the file are executed.
    """
    if not path.suffix:
        raise BadInput(f"{path}: name a kind by the suffix, such as {path}.svg")
    out = Output(as_json)
    shown: dict[str, Any] = {"gradients": gradients, "depth": depth}
    if target is None and (arguments is not None or wrt is not None):
        raise BadInput("--args and --wrt are for FILE.py:FUNCTION")
    if target is None:
        output = output_for(layers, output)
        with bad_input():
            network = LLayerNetwork(layers, output=output, seed=seed, **settings)
        shown["values"] = bool(values)
        rng = np.random.default_rng(seed)  # values and gradients to ask for in a page
        X, Y = rng.standard_normal((layers[0], 10)), rng.integers(0, max(2, layers[-1]), (1, 10))
        with bad_input(), atomic(path) as draft:
            network.draw(draft, X, Y, **shown)
    elif not is_function(target):
        raise BadInput(f"{target!r} is no FILE.py:FUNCTION; for a network write --layers N,N,…")
    else:
        refuse(ctx, OF_A_NETWORK, "describes a network: it does not go with FILE.py:FUNCTION")
        shown["values"] = values is not False
        drawn = _with_gradients(recorded(target, arguments, seed, wrt).result)
        if gradients and not isinstance(drawn, ag.Graph):
            raise BadInput(f"{target} has no gradients to show: they are of one number")
        with bad_input(), atomic(path) as draft:
            ag.draw(drawn, draft, **shown)
    out.point("picture:", path)
    out.result(path=path, **({"layers": layers} if target is None else {"target": target}))
    return 0


def _with_gradients(result: ag.Tensor) -> ag.Tensor | ag.Graph:
    """Return the graph of a cost with its gradients, or what it takes to draw anything else."""
    if result.shape != ():
        return result
    try:
        return ag.graph(result).backward()
    except ag.NotDifferentiableError:
        return result
