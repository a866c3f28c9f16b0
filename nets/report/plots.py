"""Plots for the page: SVG that takes the page's colours and fonts, and images as data URIs."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # matplotlib is optional, and slow to import: each function does it when called
    from matplotlib.axes import Axes

__all__ = ["PALETTE", "channels_last", "classes_of", "cost_curve", "data_uri", "decision_boundary"]

PALETTE = (
    "#d1495b", "#2f6db5", "#3a9d6e", "#e09f3e", "#7b5ea7", "#4aa8c0", "#b0653a", "#8a8f98",
    "#d670b0", "#93a33b",
)  # fmt: skip
"""Colours of classes, told apart on light and on dark."""

_WIDTH = 70
"""Characters that a line of a legend holds; a dot and the space around it take nine."""

_LONGEST = 40
"""Characters of a name in a legend."""

_INK = "#010203"  # stands for the colour of the page's text until the SVG is written
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text, in the page's font
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 11,
    "grid.alpha": 0.15,
    "grid.color": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}


def _svg(draw: Callable[[Axes], None], size: tuple[float, float], label: str) -> str:
    """Return what `draw` draws as an ``<svg>`` element described by `label`."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({**_STYLE, "svg.hashsalt": label}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.add_subplot())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # A style sheet inside an inline SVG would hold for the whole page.
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    # Nor may two pictures share an id: only those that something refers to are needed.
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", svg)
    svg = re.sub(r"(\d\.\d)\d{3,}", r"\1", svg)  # a tenth of a point is enough
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    for side in ("width", "height"):
        svg = re.sub(rf'(<svg[^>]*?) {side}="[^"]*"', r"\1", svg, count=1)
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def cost_curve(epochs: Sequence[int], costs: Sequence[float], **others: Sequence[float]) -> str:
    """Return the cost over the epochs as SVG.

    Parameters
    ----------
    epochs : sequence of int
        Along the horizontal axis.
    costs : sequence of float
        On the training data.
    **others : sequence of float
        Further curves by the name that the legend gives them, such as ``validation``.
    """

    def draw(axes: Axes) -> None:
        axes.plot(epochs, costs, color=PALETTE[1], linewidth=2, label="training")
        for k, (name, values) in enumerate(others.items()):
            axes.plot(epochs, values, color=PALETTE[3 + k], linewidth=1.5, label=name)
        low = min(costs)
        if low > 0 and max(costs) > 30 * low:
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=min(0.0, low))
        axes.set_xlabel("epoch")
        axes.set_ylabel("cost J")
        axes.grid(visible=True)
        if others:
            axes.legend(frameon=False)

    return _svg(draw, (6.4, 4.9), f"Cost from {costs[0]:.4g} to {costs[-1]:.4g}")


def classes_of(Y: NDArray[Any]) -> NDArray[Any]:
    """Return the class of each example.

    Parameters
    ----------
    Y : ndarray
        (1, m) with the numbers of classes, or (C, m) one-hot.

    Returns
    -------
    ndarray of int
        Of shape (m,).

    Examples
    --------
    >>> classes_of(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]]))
    array([1, 0, 2])
    """
    numbers: NDArray[Any] = Y[0] if Y.shape[0] == 1 else np.argmax(Y, axis=0)
    return numbers.astype(int)


def decision_boundary(
    predict: Callable[[NDArray[Any]], NDArray[Any]],
    X: NDArray[Any],
    Y: NDArray[Any],
    name: Callable[[int], str] = "class {}".format,
) -> str:
    """Return what a network says all over the plane, with the data on it, as SVG.

    Parameters
    ----------
    predict : callable
        Takes points (2, k) and returns probabilities (1, k), or (C, k) for C classes.
    X : ndarray
        (2, m).
    Y : ndarray
        (1, m) with the numbers of classes, or (C, m) one-hot.
    name : callable, optional
        Returns what the class of a number is called.
    """
    from matplotlib.colors import LinearSegmentedColormap, ListedColormap

    low, high = X.min(axis=1), X.max(axis=1)
    margin = 0.06 * (high - low)
    x, y = (np.linspace(low[k] - margin[k], high[k] + margin[k], 160) for k in range(2))
    grid = np.stack([each.ravel() for each in np.meshgrid(x, y)])
    found = np.asarray(predict(grid))
    classes = classes_of(Y)
    count = max(2, found.shape[0])
    colours = [PALETTE[k % len(PALETTE)] for k in range(count)]
    names = [_legend(name(k)) for k in range(count)]
    columns = max(1, min(count, _WIDTH // (max(map(len, names)) + 9)))
    rows = -(-count // columns)

    def draw(axes: Axes) -> None:
        shape = (y.size, x.size)
        if found.shape[0] == 1:
            shades = LinearSegmentedColormap.from_list("classes", colours)
            probability = found.reshape(shape)
            axes.contourf(x, y, probability, np.linspace(0, 1, 11), cmap=shades, alpha=0.35)
            axes.contour(x, y, probability, [0.5], colors=_INK, linewidths=1.4)
        else:
            winner = np.argmax(found, axis=0).reshape(shape)
            edges = np.arange(count + 1) - 0.5
            axes.contourf(x, y, winner, edges, cmap=ListedColormap(colours), alpha=0.35)
        for k in range(count):
            axes.plot(
                *X[:, classes == k],
                linestyle="none", marker="o", markersize=4.5, label=names[k],
                markerfacecolor=colours[k], markeredgecolor="white", markeredgewidth=0.6,
            )  # fmt: skip
        axes.set_xlabel("x₁")
        axes.set_ylabel("x₂")
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, -0.12), ncols=columns)

    return _svg(draw, (6.4, 5.15 + 0.25 * rows), "Decision boundary with the training data")


def _legend(name: str) -> str:
    """Return a name as a legend shows it: $ begins no formula, and _ does not hide it."""
    name = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    return name.replace("$", r"\$").replace("_", "\u200b_", 1)


def channels_last(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return an image as (height, width) or (height, width, 3 or 4).

    Parameters
    ----------
    pixels : ndarray
        Also (height, width, 1), or with the channels first.

    Raises
    ------
    ValueError
        If it has another shape, and cannot be seen.

    Examples
    --------
    >>> channels_last(np.zeros((3, 8, 9))).shape, channels_last(np.zeros((8, 9, 1))).shape
    ((8, 9, 3), (8, 9))
    """
    if pixels.ndim == 3 and pixels.shape[-1] not in (1, 3, 4):
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[-1] in (3, 4)):
        return pixels
    raise ValueError(f"an image cannot have shape {pixels.shape}")


def data_uri(pixels: NDArray[Any]) -> str:
    """Return an image as a PNG data URI.

    Parameters
    ----------
    pixels : ndarray
        Of a shape that :func:`channels_last` knows: bytes, or numbers between 0 and 1, or between
        0 and a larger one that is white.
    """
    from matplotlib import image

    buffer = io.BytesIO()
    pixels = channels_last(pixels)
    scale = None if pixels.ndim == 3 else "gray_r"
    if pixels.dtype != np.uint8:
        pixels = np.clip(pixels / max(1, pixels.max()), 0, 1)
    image.imsave(buffer, pixels, cmap=scale, format="png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
