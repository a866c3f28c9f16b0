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
from nets.data.labels import class_numbers
from nets.handwritten.model import SCALES
from nets.model import ACTIVATIONS
from nets.outputs import OUTPUTS

__all__ = [
    "OF_A_NETWORK", "SCALE", "check_data", "network_for", "network_settings",
    "network_settings_or_names", "output_for",
]  # fmt: skip

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
    check_data(data)
    if output is None:
        output = "sigmoid" if data.Y.shape[0] == 1 and data.class_count <= 2 else "softmax"
    if output == "sigmoid" and data.class_count > 2:
        raise BadInput(
            f"Y must hold labels 0 and 1 for --output sigmoid, there are {data.class_count} "
            "classes: leave it out, or say softmax"
        )
    units = 1 if output == "sigmoid" else max(2, data.class_count)
    with bad_input():
        return LLayerNetwork(
            [data.inputs, *layers, units], output=output, classes=data.classes, **settings
        )


_TOO_LARGE = float(1 / np.finfo(np.float64).eps)
"""Beside it, 1 is lost to rounding: a bias does nothing."""


def check_data(data: Dataset) -> None:
    """Refuse labels that are no numbers of classes, and inputs that nothing can be added to.

    Raises
    ------
    BadInput
        With what is there instead.
    """
    _check_inputs(data.X, "X")
    if data.X_test is not None:
        _check_inputs(data.X_test, "X_test")
    _check_labels(data)


def _check_inputs(X: NDArray[Any], name: str) -> None:
    sizes = np.abs(X.astype(np.float64))
    large = np.isfinite(sizes) & (sizes > _TOO_LARGE)  # the network refuses what is not finite
    if large.any():
        i, j = (int(k) for k in np.argwhere(large)[0])
        raise BadInput(
            f"{name} holds {X[i, j]:g} at input {i}, example {j}: beside such a number all else is "
            "lost to rounding; scale the inputs to about -1 … 1"
        )


def _check_labels(data: Dataset) -> None:
    if class_numbers(data):
        return
    labels = np.unique(data.Y)
    odd = labels[~(labels % 1 == 0)]  # NaN too
    found = (
        f"it holds {odd[0].item()}" if odd.size
        else f"it holds {labels.size} different numbers from {labels[0]} to {labels[-1]} for "
        f"{data.examples} examples"
    )  # fmt: skip
    raise BadInput(
        f"Y must hold labels: 0 and 1, or the numbers of classes; {found}. "
        "A network that predicts values (regression) cannot be trained here"
    )
