"""From a trained network to the page about it."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd_mini as ag
from autograd_mini.check.comparison import Comparison
from nets.data import Dataset
from nets.data.dataset import counted
from nets.network import LLayerNetwork
from nets.report import formulas, plots
from nets.report.page import Example, Number, Page
from nets.training import cost_text

__all__ = ["page_of"]

SHOWN_IMAGES = 24
GRAPH_EXAMPLES = 10


def page_of(net: LLayerNetwork, data: Dataset, comparison: Comparison | None, command: str) -> Page:
    """Return the page about a network.

    Parameters
    ----------
    net : LLayerNetwork
        Its last training is what the page shows.
    data : Dataset
        What it was trained on.
    comparison : Comparison or None
        Of its gradients.
    command : str
        What was typed to make it.
    """
    dims = "-".join(map(str, net.layer_dims))
    return Page(
        title=f"A {dims} network on {data.name.replace('_', ' ')}",
        summary=_summary(net, data),
        numbers=_numbers(net, data, comparison),
        cost_curve=_cost_curve(net),
        boundary=(
            plots.decision_boundary(net.predict_proba, data.X, data.Y, data.class_name)
            if data.inputs == 2
            else ""
        ),
        graph=_graph(net, data, comparison),
        examples=_examples(net, data),
        comparison=comparison,
        forward=formulas.forward(net.model.hidden, net.model.output, net.model.l2, net.keep_prob),
        backward=formulas.backward(net.model.hidden, net.model.l2, net.keep_prob),
        symbols=_symbols(net),
        compared=_compared(comparison),
        settings={
            "command": command,
            "seed": str(net.seed),
            "versions": (
                f"autograd_mini {ag.__version__}, NumPy {np.__version__}, "
                f"Python {platform.python_version()}"
            ),
            "platform": platform.platform(),
        },
    )


def _cost_curve(net: LLayerNetwork) -> str:
    history = net.history
    if history is None or not history.costs:
        return ""
    others = {"test": history.validation_costs} if history.validation_costs else {}
    return plots.cost_curve(range(1, history.epochs + 1), history.costs, **others)


def _summary(net: LLayerNetwork, data: Dataset) -> str:
    examples, inputs = counted(data.examples, "example"), counted(data.inputs, "input")
    parts = [f"{examples} of {inputs}{' each' * (data.examples > 1)}, {data.about_classes}."]
    count = len(net.model.hidden)
    names = ", ".join(dict.fromkeys(each.replace("_", " ") for each in net.model.hidden))
    layers = "One hidden layer" if count == 1 else f"{count} hidden layers"
    start = f"{layers} with {names}" if count else "No hidden layer"
    parts.append(f"{start}, {net.model.output} at the end.")
    if net.model.l2:
        parts.append(f"Weight decay λ = {net.model.l2:g}.")
    if net.keep_prob < 1:
        parts.append(f"Dropout keeps {net.keep_prob:.0%} of the hidden units.")
    return " ".join(parts)


def _numbers(net: LLayerNetwork, data: Dataset, comparison: Comparison | None) -> Sequence[Number]:
    numbers = [Number("accuracy", f"{net.score(data.X, data.Y):.1%}", "on the training data")]
    if data.X_test is not None and data.Y_test is not None:
        numbers.append(
            Number(
                "accuracy", f"{net.score(data.X_test, data.Y_test):.1%}", "on data it has not seen"
            )
        )
    history = net.history
    if history is not None and history.costs:
        numbers += [
            Number("cost", cost_text(history.costs[-1]), f"from {cost_text(history.costs[0])}"),
            Number(
                "epochs",
                f"{history.epochs:,}".replace(",", "\u202f"),
                f"in {history.seconds:.1f} s",
            ),
        ]
    size = sum(each.size for each in net.parameters.values())
    numbers.append(
        Number("parameters", f"{size:,}".replace(",", "\u202f"), f"in {net.model.L} layers")
    )
    if comparison is not None:
        right = sum(row.verdict in ("ok", "convention") for row in comparison.rows)
        numbers.append(
            Number("gradients", f"{right} of {len(comparison.rows)}", "agree with the formulas")
        )
    return numbers


def _symbols(net: LLayerNetwork) -> str:
    """Return what the formulas have that is no array of the network, and its value."""
    found = []
    if net.model.l2:
        found.append(f"λ = {net.model.l2:g} is the weight of the squared weights")
    if net.keep_prob < 1 and net.model.hidden:
        found.append(
            f"p = {net.keep_prob:g} is the share that dropout keeps, U are random numbers between "
            "0 and 1, others in every step; after training nothing is dropped"
        )
    return "; ".join(found)


def _compared(comparison: Comparison | None) -> int:
    """Return how many examples gradients were compared on: the columns of any dZ."""
    rows = [] if comparison is None else comparison.rows
    return next((row.shape[-1] for row in rows if row.name.startswith("dZ")), 0)


def _graph(net: LLayerNetwork, data: Dataset, comparison: Comparison | None) -> str:
    """Return the page of the network's graph on a few examples."""
    X, Y = data.some(GRAPH_EXAMPLES)
    picture = net.draw(X=X, Y=Y, comparison=comparison)
    page: str = picture.to_html()
    return page


def _examples(net: LLayerNetwork, data: Dataset) -> list[Example]:
    """Return images with the network's answers, wrong ones first; none for other data."""
    if data.image_shape is None or not _can_be_seen(data.image_shape):
        return []
    X, Y = data.X, data.Y
    if data.X_test is not None and data.Y_test is not None:
        X, Y = data.X_test, data.Y_test
    truth, answers = plots.classes_of(Y), net.predict(X)[0]
    chosen = np.argsort(answers == truth, kind="stable")[:SHOWN_IMAGES]
    found = net.predict_proba(X[:, chosen])
    return [
        Example(
            plots.data_uri(X[:, k].reshape(data.image_shape)),
            data.class_name(truth[k]),
            data.class_name(answers[k]),
            _confidence(found[:, column], int(answers[k])),
        )
        for column, k in enumerate(chosen)
    ]


def _can_be_seen(image_shape: tuple[int, ...]) -> bool:
    try:
        plots.channels_last(np.empty(image_shape))
    except ValueError:
        return False
    return True


def _confidence(probabilities: NDArray[Any], answer: int) -> float:
    if probabilities.size == 1:
        return float(probabilities[0] if answer else 1 - probabilities[0])
    return float(probabilities[answer])
