"""Going on with a saved network: what of its options is settled, and what was given against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import nets
from nets.cli.networks import check_data
from nets.cli.problems import BadInput, bad_input
from nets.data import Dataset

__all__ = ["given", "resumed"]


def given(ctx: click.Context) -> dict[str, Any]:
    """Return the options that were typed, after the command or before it, with their values."""
    default = click.core.ParameterSource.DEFAULT
    return {
        name: value
        for name, value in ctx.params.items()
        if ctx.get_parameter_source(name) is not default
    }


def resumed(path: Path, data: Dataset, options: dict[str, Any]) -> nets.LLayerNetwork:
    """Return the network in a file, to go on with.

    Parameters
    ----------
    path : Path
    data : Dataset
        What to train it on.
    options : dict
        What was typed: an option that describes a network has to describe this one.

    Raises
    ------
    BadInput
        If there is no such network, or it is another than the data or the options are for.
    """
    with bad_input():
        network = nets.load(path)
    _check_fit(path, network, data)
    for name, found in _settled(network).items():
        if name in options and _wanted(name, options[name], network) != found:
            option = f"--{name.replace('_', '-')}"
            raise BadInput(
                f"{option} {_written(options[name])} contradicts {path}, which has "
                f"{_written(found)}: leave {option} out to go on with that"
            )
    return network


def _check_fit(path: Path, network: nets.LLayerNetwork, data: Dataset) -> None:
    check_data(data)
    inputs, *_, units = network.layer_dims
    classes = max(2, units)
    if inputs != data.inputs:
        raise BadInput(f"{path} holds a network of {inputs} inputs, the data has {data.inputs}")
    if data.class_count > classes:
        raise BadInput(
            f"{path} holds a network for {classes} classes, the data has {data.class_count}"
        )
    if network.classes != data.classes and network.classes and data.classes:
        raise BadInput(
            f"{path} holds a network for the classes {', '.join(network.classes)}, "
            f"the data has {', '.join(data.classes)}"
        )


def _settled(network: nets.LLayerNetwork) -> dict[str, Any]:
    """Return what cannot change any more, by the name of the option."""
    settled = {
        "layers": network.layer_dims[1:-1],
        "hidden": list(network.model.hidden),
        "output": network.model.output,
        "init": network.init,
        "l2": network.model.l2,
        "keep_prob": network.keep_prob,
        "seed": network.seed,
    }
    if network.optimizer is not None:
        settled["optimizer"] = network.optimizer.name
    return settled


def _wanted(name: str, value: Any, network: nets.LLayerNetwork) -> Any:
    """Return the value of an option; one activation is that of every hidden layer."""
    if name == "hidden" and isinstance(value, str):
        return [value] * len(network.model.hidden)
    return value


def _written(value: Any) -> str:
    """Return the value of an option as it is typed."""
    return (",".join(map(str, value)) or "none") if isinstance(value, list) else str(value)
