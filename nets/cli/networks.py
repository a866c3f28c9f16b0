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

__all__ = ["SCALE", "network_for", "network_settings", "network_settings_or_names"]

Array = NDArray[Any]

SCALE = Scale(SCALES)

network_settings = network_options(ACTIVATIONS, OUTPUTS, SCALES)

network_settings_or_names = network_options(ACTIVATIONS, OUTPUTS, SCALES, click.STRING)
"""The same where ``--init`` may also name a function of a person's file."""


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
