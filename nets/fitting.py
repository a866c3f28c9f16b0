"""Fit a network: from what a user passes to the loop of training, and back into the network."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd_mini as ag
from autograd_mini.atomic import checked_place
from nets import optimizers, training
from nets.checkpoint import Checkpoint
from nets.errors import DivergedError, OtherDataWarning
from nets.inputs import check_parameters, checked_count, checked_functions, checked_pair
from nets.model import Model
from nets.optimizers import Optimizer

__all__ = ["compiled_step", "fit"]

Array = NDArray[Any]
Masks = list["Array | None"]


class Network(Protocol):
    """What is fitted."""

    model: Model
    parameters: dict[str, Array]
    optimizer: Optimizer | None
    history: training.History | None
    keep_prob: float
    seed: int
    dtype: np.dtype[Any]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a file."""


def fit(
    net: Network,
    X: ArrayLike,
    Y: ArrayLike,
    *,
    epochs: int,
    learning_rate: float,
    batch_size: int | None,
    optimizer: str,
    validation: tuple[ArrayLike, ArrayLike] | None,
    callbacks: Sequence[Callable[..., Any]],
    checkpoint: str | os.PathLike[str] | None,
    resume: bool,
    progress: bool | None,
) -> training.History:
    """Train a network; see :meth:`nets.LLayerNetwork.fit`, which calls it."""
    model = net.model
    data, labels = model.examples(X, Y, net.dtype)
    check_parameters(net.parameters, model.layer_dims)
    epochs = checked_count(epochs, "epochs")
    size = None if batch_size is None else checked_count(batch_size, "batch_size")
    called = [partial(each, net) for each in checked_functions(callbacks)]
    rule, history = _beginning(net, optimizer, learning_rate, resume)
    examples = training.Examples(
        data, labels, size, model.layer_dims[1:-1], net.keep_prob, net.seed
    )
    _note_data(history, examples)
    validate = None
    if validation is not None:
        validate = partial(_evaluate, net, *model.examples(*checked_pair(validation), net.dtype))
    kept = None if checkpoint is None else _kept(net, checkpoint, data, labels)
    before = net.parameters, net.optimizer, net.history
    net.parameters = {name: each.copy() for name, each in net.parameters.items()}
    net.optimizer, net.history = rule, history
    try:
        training.train(
            compiled_step(net),
            net.parameters,
            examples,
            rule,
            history,
            epochs=epochs,
            validate=validate,
            callbacks=called,
            checkpoint=kept,
            progress=progress,
        )
    except DivergedError:
        net.parameters, net.optimizer, net.history = before
        raise
    return history


def _beginning(
    net: Network, name: str, learning_rate: float, resume: bool
) -> tuple[Optimizer, training.History]:
    """Return what training begins with: new, or copies of what the network has behind it."""
    rule = optimizers.optimizer(name, learning_rate)
    if not resume or net.history is None or net.optimizer is None:
        return rule, training.History()
    if net.optimizer.name != name:
        raise ValueError(
            f"this network was trained with optimizer={net.optimizer.name!r}: resume with "
            "that, or leave resume out to start anew from its parameters"
        )
    rule.steps, rule.state = net.optimizer.steps, deepcopy(net.optimizer.state)
    return rule, deepcopy(net.history)


def _note_data(history: training.History, examples: training.Examples) -> None:
    """Write down which data the history is of, and warn if it was of others."""
    if history.data not in ("", examples.checksum):
        warnings.warn(
            "resume=True goes on with other data than before: the history has both costs",
            OtherDataWarning,
            stacklevel=4,  # whoever called the method of the network
        )
    history.data = examples.checksum


def _evaluate(net: Network, data: Array, labels: Array) -> tuple[float, float]:
    """Return cost and accuracy of the network as it is now."""
    return net.model.evaluate(data, labels, net.parameters)


def _kept(net: Network, path: str | os.PathLike[str], data: Array, labels: Array) -> Checkpoint:
    checked_place(path)
    return Checkpoint(partial(net.save, path), lambda: _evaluate(net, data, labels)[0])


def compiled_step(net: Network) -> training.Step:
    """Return the training step, compiled: the first batch records it, later ones replay it."""
    model, parameters = net.model, net.parameters

    def costed(tensors: Any, X: Any, Y: Any, masks: Any) -> tuple[Any, Any]:
        J, cache = model.cost(X, Y, tensors, masks)
        return J, cache[f"Z{model.L}"]

    compiled = ag.compile(ag.value_and_grad(costed, has_aux=True))

    def step(X: Any, Y: Any, masks: Masks | None) -> tuple[float, int, dict[str, Array]]:
        (J, ZL), gradients = compiled(parameters, X, Y, masks)
        grads = {f"d{name}": each.data for name, each in gradients.items()}
        return J.item(), model.right(ZL.data, Y), grads

    return step
