"""The formulas of a network, forward and backward, as MathML and as NumPy.

They are written as a person would type them, ``dW[l] = 1/m dZ[l] A[l-1]ᵀ``, and translated.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = ["Formula", "backward", "forward", "mathml"]


class Formula(NamedTuple):
    """One line of mathematics.

    Attributes
    ----------
    layers : str
        For which layers it holds, such as ``l = 1 … 3``.
    text : str
        As typed.
    numpy : str
        As a line of NumPy.
    """

    layers: str
    text: str
    numpy: str

    @property
    def mathml(self) -> str:
        """The formula as a ``<math>`` element."""
        return mathml(self.text)


class _Activation(NamedTuple):
    value: str
    slope: str
    value_numpy: str
    slope_numpy: str


_ACTIVATIONS = {
    "relu": _Activation("max(0, Z)", "1(Z > 0)", "np.maximum(0, Z)", "(Z > 0)"),
    "tanh": _Activation("tanh(Z)", "(1 − A ⊙ A)", "np.tanh(Z)", "(1 - A**2)"),
    "sigmoid": _Activation("σ(Z)", "A ⊙ (1 − A)", "1 / (1 + np.exp(-Z))", "A * (1 - A)"),
    "leaky_relu": _Activation(
        "max(0.01 Z, Z)", "(0.01 + 0.99 · 1(Z > 0))",
        "np.maximum(0.01 * Z, Z)", "np.where(Z > 0, 1, 0.01)",
    ),
    "softmax": _Activation("softmax(Z)", "", "softmax(Z)", ""),
}  # fmt: skip

_SLOPES_OF_Z = {
    "tanh": ("(1 − tanh²(Z))", "(1 - np.tanh(Z)**2)"),
    "sigmoid": ("σ′(Z)", "np.exp(-Z) / (1 + np.exp(-Z))**2"),
}
"""Slopes that A cannot give any more where dropout has changed it."""

_TOKEN = re.compile(
    r"(?P<indexed>d?[A-Zb])\[(?P<index>[^\]]+)\](?P<transpose>ᵀ?)"
    r"|(?P<above>\w)/(?P<below>\w+)"
    r"|(?P<number>\d[\d.]*)"
    r"|(?P<name>[^\W\d]+′?)"
    r"|(?P<sign>[^\s\w])"
)


def _index(text: str) -> str:
    parts = re.findall(r"\d+|\w|[-+]", text)
    return "".join(
        f"<mo>{each.replace('-', '−')}</mo>" if each in "+-"
        else f"<mn>{each}</mn>" if each.isdigit()
        else f"<mi>{each}</mi>"
        for each in parts
    )  # fmt: skip


def _element(token: re.Match[str]) -> str:
    """Return one token as MathML."""
    if name := token["indexed"]:
        letter = f"<mi>{name}</mi>" if len(name) == 1 else f"<mi>d</mi><mi>{name[1]}</mi>"
        above = f"<mo>[</mo>{_index(token['index'])}<mo>]</mo>"
        above += "<mi>T</mi>" if token["transpose"] else ""
        return f"<msup><mrow>{letter}</mrow><mrow>{above}</mrow></msup>"
    if token["above"]:
        above, below = _index(token["above"]), _index(token["below"])
        return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"
    if token["number"]:
        return f"<mn>{token['number']}</mn>"
    if token["name"]:
        return f"<mi>{token['name']}</mi>"
    return f"<mo>{html.escape(token['sign'])}</mo>"


def mathml(text: str) -> str:
    """Return a formula as a MathML element.

    Parameters
    ----------
    text : str
        With ``W[l]`` for an indexed name and ``1/m`` for a fraction.

    Examples
    --------
    >>> mathml("J = 2")
    '<math displaystyle="true"><mi>J</mi><mo>=</mo><mn>2</mn></math>'
    """
    inner = "".join(map(_element, _TOKEN.finditer(text)))
    return f'<math displaystyle="true">{inner}</math>'


def _at(text: str, layer: str) -> str:
    """Return `text` with every ``[l]``, and neighbours, at `layer`: a number, or ``l`` itself."""
    if not layer.isdigit():
        return text
    return re.sub(
        r"\[l([-+]1)?\]", lambda found: f"[{int(layer) + int(found[1] or 0)}]", text
    )  # fmt: skip


def _numpy(text: str, layer: str) -> str:
    """Return `text` at `layer` with ``W2`` for ``W[2]``."""
    return re.sub(r"\[(\d+)\]", r"\1", _at(text, layer))


def _rule(text: str) -> str:
    """Return an activation's formula with its ``Z`` and ``A`` indexed by layer."""
    return re.sub(r"\b([AZ])\b", r"\1[l]", text)


def _activation(name: str, dropped: bool = False) -> _Activation:
    """Return the formulas of an activation, with dropout after it if `dropped`."""
    unknown = _Activation(f"{name}(Z)", f"{name}′(Z)", f"{name}(Z)", f"{name}_slope(Z)")
    found = _ACTIVATIONS.get(name, unknown)
    if dropped:
        slope, slope_numpy = _SLOPES_OF_Z.get(name, (found.slope, found.slope_numpy))
        found = _Activation(
            f"{found.value} ⊙ D[l]", f"D[l] ⊙ {slope}",
            f"{found.value_numpy} * D[l]", f"D[l] * {slope_numpy}",
        )  # fmt: skip
    return _Activation(*map(_rule, found))


def _runs(hidden: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield first layer, last layer and activation of neighbours that are alike."""
    first = 1
    for layer, activation in enumerate(hidden, start=1):
        if layer == len(hidden) or hidden[layer] != activation:
            yield first, layer, activation
            first = layer + 1


def _lines(start: int, end: int, *pairs: tuple[str, str]) -> list[Formula]:
    """Return formulas, given as mathematics and NumPy, for the layers `start` to `end`."""
    layer = str(start) if start == end else "l"
    words = f"l = {start}" if start == end else f"l = {start} … {end}"
    return [Formula(words, _at(text, layer), _numpy(code, layer)) for text, code in pairs]


def _squares(last: int) -> tuple[str, str]:
    """Return the sum of all squared weights."""
    numbers: list[int | str] = [*range(1, last + 1)]
    if last > 2:  # a line has no room for more
        numbers[1:-1] = ["…"]
    terms = (each if each == "…" else f"∑ W[{each}] ⊙ W[{each}]" for each in numbers)
    weights = ", ".join(f"W{k}" for k in range(1, last + 1))
    return f"( {' + '.join(terms)} )", f"sum(np.sum(W**2) for W in [{weights}])"


def forward(
    hidden: Sequence[str], output: str, l2: float = 0.0, keep_prob: float = 1.0
) -> list[Formula]:
    """Return the forward formulas and the cost.

    Parameters
    ----------
    hidden : sequence of str
        Activation of each hidden layer.
    output : str
        ``"sigmoid"`` or ``"softmax"``.
    l2 : float
        Weight of the squared weights in the cost; 0 for none.
    keep_prob : float
        Share of the hidden units that dropout keeps in training; 1 for no dropout.

    Examples
    --------
    >>> [each.numpy for each in forward(["tanh"], "sigmoid")][:2]
    ['Z1 = W1 @ A0 + b1', 'A1 = np.tanh(Z1)']
    """
    last = len(hidden) + 1
    found = []
    for start, end, name in [*_runs(hidden), (last, last, output)]:
        dropped = keep_prob < 1 and end < last
        rule = _activation(name, dropped)
        found += _lines(
            start, end,
            ("Z[l] = W[l] A[l-1] + b[l]", "Z[l] = W[l] @ A[l-1] + b[l]"),
            *[_DRAWN] * dropped,
            (f"A[l] = {rule.value}", f"A[l] = {rule.value_numpy}"),
        )  # fmt: skip
    text, code = (
        ("J = − 1/m ∑ ( Y ⊙ log A[l] )", "J = -np.sum(Y * np.log(A[l])) / m")
        if output == "softmax"
        else (
            "J = − 1/m ∑ ( Y ⊙ log A[l] + (1 − Y) ⊙ log (1 − A[l]) )",
            "J = -np.sum(Y * np.log(A[l]) + (1 - Y) * np.log(1 - A[l])) / m",
        )
    )
    cost = [(text, code)]
    if l2:
        squares, squares_numpy = _squares(last)
        decay = (f"r = λ/2m {squares}", f"r = l2 / (2 * m) * {squares_numpy}")
        cost = [decay, (f"{text} + r", f"{code} + r")]
    return [*found, *(each._replace(layers="cost") for each in _lines(last, last, *cost))]


_DRAWN = ("D[l] = 1/p (U < p)", "D[l] = (np.random.rand(*Z[l].shape) < keep_prob) / keep_prob")
"""The mask of dropout."""


def backward(hidden: Sequence[str], l2: float = 0.0, keep_prob: float = 1.0) -> list[Formula]:
    """Return the backward formulas, in the order in which they are computed.

    They start from ``AL - Y``, which is dZL for sigmoid and softmax with their costs alike.

    Parameters
    ----------
    hidden : sequence of str
        Activation of each hidden layer.
    l2, keep_prob : float
        As in :func:`forward`.

    Examples
    --------
    >>> [each.numpy for each in backward(["tanh"])][:2]
    ['dZ2 = A2 - Y', 'dW2 = dZ2 @ A1.T / m']
    """
    last = len(hidden) + 1
    decay, decay_numpy = (" + λ/m W[l]", " + l2 / m * W[l]") if l2 else ("", "")
    parameters = (
        ("dW[l] = 1/m dZ[l] A[l-1]ᵀ" + decay, "dW[l] = dZ[l] @ A[l-1].T / m" + decay_numpy),
        ("db[l] = 1/m ∑ dZ[l]", "db[l] = np.sum(dZ[l], axis=1, keepdims=True) / m"),
    )
    found = _lines(last, last, ("dZ[l] = A[l] − Y", "dZ[l] = A[l] - Y"), *parameters)
    for start, end, name in reversed(list(_runs(hidden))):
        rule = _activation(name, keep_prob < 1)
        found += _lines(
            end, start,
            ("dA[l] = W[l+1]ᵀ dZ[l+1]", "dA[l] = W[l+1].T @ dZ[l+1]"),
            (f"dZ[l] = dA[l] ⊙ {rule.slope}", f"dZ[l] = dA[l] * {rule.slope_numpy}"),
            *parameters,
        )  # fmt: skip
    return found
