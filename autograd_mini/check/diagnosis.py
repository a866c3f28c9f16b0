"""What can be wrong with a gradient: the documented codes, and a finding."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CODES", "Diagnosis", "Facts"]

CODES: dict[str, str] = {
    "scale": "a constant factor too much: dW = dZ @ A.T where dW = dZ @ A.T / m is meant",
    "sign": "the other sign: dW = -dZ @ A.T / m",
    "transpose": "an operand or result transposed: dA = W @ dZ for dA = W.T @ dZ",
    "missing_activation_derivative": "dZ = dA for dZ = dA * g'(Z)",
    "missing_incoming_gradient": "dZ = g'(Z) for dZ = dA * g'(Z)",
    "wrong_activation_derivative": "g' of another function or at another value: dA * (1 - Z**2)",
    "wrong_axis": "summed over the wrong axis: db = np.sum(dZ, axis=0)",
    "wrong_shape": "the right numbers in another shape, or a sum left out: db of shape (n, m)",
    "wrong_cache": "another layer's values: dW2 = dZ2 @ X.T for dW2 = dZ2 @ A1.T",
    "shifted_keys": "right gradients under the keys of the next layer: grads['dW2'] holds dW1",
    "stale_parameters": "parameters updated before backward was done with them",
    "overwritten_in_place": "an array changed while it was still needed: dZ = dA; dZ[Z <= 0] = 0",
    "wrong_output_gradient": "the gradient that backward starts from belongs to another cost",
    "missing_regularization": "the L2 term of the cost is missing: dW = dZ @ A.T / m",
    "regularization_scale": "the L2 term with another factor or sign: + lambd * W without / m",
    "dropout_mask": "the mask of dropout, or its 1 / keep_prob, is missing in backward",
    "accumulated": "the sum over several calls: gradients were not set to zero in between",
    "forward_bug": "backward is right for another forward pass: Z2 = W2 @ Z1 + b2",
    "precision": "right within the rounding of float32",
    "kink": "at a point without derivative, such as relu at exactly 0, each value is as good",
    "convention": "right up to a factor that the rest of the code accounts for, such as 1 / m",
    "other": "wrong, and no mistake that is known here explains it",
}
"""Every code a :class:`Diagnosis` can have, with an example."""


@dataclass(frozen=True)
class Facts:
    """What a message says, as data.

    Attributes
    ----------
    at : tuple of str
        The gradients whose step is wrong, as they are called in the graph.
    made_from : tuple of str
        The gradients that it is made from.
    factor : float or None
        What all gradients are multiplied by, where that is a convention.
    holds : str
        The parameter whose gradient has another one's key.
    twice : bool
        Whether that stands under its own key as well.
    forward : str
        The value of the forward pass that is to be made differently.
    fed, due : str
        What the forward pass uses for it, and what it is meant to use.
    other_pass : str
        The forward pass that backward is right for: ``without b2``.
    unknown : bool
        Whether no mistake that is known explains the numbers.
    hint : str
        What can be seen in them nevertheless.
    drops_mask, drops_scale : bool
        What backward leaves out of dropout: the mask, its 1 / keep_prob.
    """

    at: tuple[str, ...] = ()
    made_from: tuple[str, ...] = ()
    factor: float | None = None
    holds: str = ""
    twice: bool = False
    forward: str = ""
    fed: str = ""
    due: str = ""
    other_pass: str = ""
    unknown: bool = False
    hint: str = ""
    drops_mask: bool = False
    drops_scale: bool = False


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a gradient.

    Attributes
    ----------
    code : str
        One of :data:`CODES`.
    message : str
        What is wrong, the evidence, and the line to write instead.
    fix : str
        The line to write instead; empty where none is known.
    alternatives : tuple of Diagnosis
        Other mistakes that explain the same numbers.
    facts : Facts
        What the message says, as data.
    """

    code: str
    message: str
    fix: str = ""
    alternatives: tuple[Diagnosis, ...] = ()
    facts: Facts = Facts()

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"{self.code!r} is no diagnosis; there are {', '.join(CODES)}")

    @property
    def target(self) -> str:
        """The gradient that the line to write instead makes; empty where there is no such line."""
        name, equals, _ = self.fix.partition(" = ")
        return name if equals else ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
