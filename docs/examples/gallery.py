"""Draw the pictures of the gallery: two networks, an attention block, a recurrent net, a mistake.

    python docs/examples/gallery.py [FOLDER]

Each becomes a picture (svg) and a page to step through (html).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import autograd_mini as ag

rng = np.random.default_rng(0)


def parameter(name: str, *shape: int) -> ag.Tensor:
    """Return random weights to differentiate by."""
    return ag.tensor(rng.normal(size=shape) / np.sqrt(shape[-1]), requires_grad=True, name=name)


def named(name: str, value: ag.Tensor) -> ag.Tensor:
    """Give a result the name it has in the picture."""
    value.name = name
    return value


def network(layers: Sequence[int], m: int = 5) -> tuple[ag.Tensor, dict[str, ag.Tensor]]:
    """Record the cost of an L-layer network; return it with the parameters."""
    A = ag.tensor(rng.normal(size=(layers[0], m)), name="X")
    Y = ag.tensor((np.arange(m) % 2 == 0)[None, :] * 1.0, name="Y")
    parameters: dict[str, ag.Tensor] = {}
    last = len(layers) - 1
    for l in range(1, last + 1):
        with ag.scope(f"layer{l}"):
            W = parameters[f"W{l}"] = parameter(f"W{l}", layers[l], layers[l - 1])
            b = parameters[f"b{l}"] = parameter(f"b{l}", layers[l], 1)
            Z = named(f"Z{l}", W @ A + b)
            A = named(f"A{l}", ag.relu(Z) if l < last else ag.sigmoid(Z))
    with ag.scope("cost"):
        J = named("J", -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m)
    return J, parameters


def attention() -> ag.Tensor:
    """Record a block of a transformer: attention, a residual connection, two more layers."""
    X = ag.tensor(rng.normal(size=(6, 8)), name="X")
    with ag.scope("attention"):
        Q = named("Q", X @ parameter("W_q", 8, 8))
        K = named("K", X @ parameter("W_k", 8, 8))
        V = named("V", X @ parameter("W_v", 8, 8))
        S = named("S", Q @ K.T / np.sqrt(8))
        P = named("P", ag.softmax(S, axis=-1))
        O = named("O", P @ V @ parameter("W_o", 8, 8))
    with ag.scope("residual"):
        R = named("R", X + O)
    with ag.scope("mlp"):
        H = named("H", ag.relu(R @ parameter("W1", 8, 16)))
        M = named("M", H @ parameter("W2", 16, 8) + R)
    with ag.scope("cost"):
        return named("J", np.mean(M**2))


def recurrent(steps: int = 4) -> ag.Tensor:
    """Record a recurrent net: one cell, used again at every step."""
    W, U = parameter("W", 3, 3), parameter("U", 3, 3)
    h = ag.tensor(np.zeros((3, 1)), name="h0")
    for k in range(1, steps + 1):
        x = ag.tensor(rng.normal(size=(3, 1)), name=f"x{k}")
        with ag.scope("cell"):
            h = named(f"h{k}", np.tanh(W @ x + U @ h))
    with ag.scope("cost"):
        return named("J", np.sum(h**2))


def mistake() -> tuple[ag.Tensor, ag.Comparison]:
    """Compare gradients written by hand, of which two are wrong, with the engine's."""
    J, parameters = network([3, 4, 1])
    J.backward()
    by_hand: dict[str, Any] = {
        f"d{name}": each.grad.numpy().copy()
        for name, each in parameters.items()
        if each.grad is not None
    }
    by_hand["dW2"] *= 5  # 1/m forgotten
    by_hand["db1"] *= -1
    return J, ag.compare(by_hand, J)


def draw_mistake(path: Path) -> None:
    """Draw the graph in the colours of the verdicts."""
    J, comparison = mistake()
    ag.draw(J, path, comparison=comparison)


def draw_cost(make: Callable[[], ag.Tensor]) -> Callable[[Path], None]:
    """Return what draws a cost, forward and backward, with every value."""

    def draw(path: Path) -> None:
        ag.draw(ag.graph(make()).backward(), path)

    return draw


PICTURES: dict[str, Callable[[Path], None]] = {
    "two_layers": draw_cost(lambda: network([3, 4, 1])[0]),
    "five_layers": draw_cost(lambda: network([12, 8, 6, 5, 4, 1])[0]),
    "attention": draw_cost(attention),
    "recurrent": draw_cost(recurrent),
    "mistake": draw_mistake,
}


def main(folder: Path) -> None:
    """Write every picture and every page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        draw(folder / f"{name}.svg")
        draw(folder / f"{name}.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "gallery"))
