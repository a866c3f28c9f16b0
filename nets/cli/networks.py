"""From options to a network that fits the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from nets import LLayerNetwork
from nets.cli.options import Scale, network_options
from nets.cli.problems import BadInput, bad_input
from nets.data import Dataset
from nets.handwritten.model import SCALES
from nets.model import ACTIVATIONS
from nets.outputs import OUTPUTS

__all__ = [
    "OF_A_NETWORK", "SCALE", "network_for", "network_settings", "network_settings_or_names",
    "output_for",
]  # fmt: skip

Array = NDArray[Any]

OF_A_NETWORK = ("layers", "hidden", "output", "init", "l2", "keep_prob")
"""The options that describe one, and say nothing about a function."""

SCALE = Scale(SCALES)

network_settings = network_options(ACTIVATIONS, OUTPUTS, SCALES)

network_settings_or_names = network_options(ACTIVATIONS, OUTPUTS, SCALES, click.STRING)
"""The same where ``--init`` may also name a function of a person's file."""


def output_for(layers: Sequence[int], output: str | None) -> str:
    """Return the activation of the last layer: sigmoid for one unit, softmax for several.

    Parameters
    ----------
    layers : sequence of int
        Units of all layers, the input first.
    output : str or None
        What was asked for.

    Raises
    ------
    BadInput
        If there is no layer beside the input.
    """
    if len(layers) < 2:
        given = ",".join(map(str, layers)) or "none"
        raise BadInput(
            "--layers takes at least two numbers, the input and one layer, such as 2,4,1; "
            f"got {given}"
        )
    return output or ("sigmoid" if layers[-1] == 1 else "softmax")


def network_for(
    data: Dataset, layers: Sequence[int], output: str | None, **settings: Any
) -> LLayerNetwork:
    """Return a network with these hidden layers, and ends that fit the data.

    Parameters
    ----------
    data : Dataset
    layers : sequence of int
        Units of the hidden layers.
    output : str or None
        Sigmoid for two classes and softmax for more if not given.
    **settings
        What else :class:`nets.LLayerNetwork` takes.

    Raises
    ------
    BadInput
        If they do not go together.
    """
    labels = _labels(data)
    if output is None:  # two labels that are not 0 and 1 are rather a mistake than two of three
        output = "sigmoid" if data.Y.shape[0] == 1 and labels.size <= 2 else "softmax"
    units = 1 if output == "sigmoid" else max(2, data.class_count)
    with bad_input():
        return LLayerNetwork([data.inputs, *layers, units], output=output, **settings)


def _labels(data: Dataset) -> Array:
    """Return the labels that there are, each once."""
    labels: Array = np.unique(data.Y)
    strange = labels[(labels < 0) | (labels >= data.examples) | (labels % 1 != 0)]
    if strange.size:
        raise BadInput(
            "Y must hold labels: 0 and 1, or the numbers 0, 1, … of classes; "
            f"it holds {strange[0].item()}"
        )
    return labels
