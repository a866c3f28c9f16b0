"""By which rule a gradient goes back through a step: its name, the local derivative, and why."""

from __future__ import annotations

import numpy as np

from autograd_mini.graph.node import Node
from autograd_mini.rewrite.builder import made_by

__all__ = ["OF_LOGITS", "rule_of"]

Rule = tuple[str, str, str]

_COPIES = "each entry counts once in the sum: it gets the gradient as it is"
_CHOOSES = "the result is one of the entries: that one gets the gradient, the others none"
_HALVES = "of two equal ones each gets half, so where they meet the slope is 1/2"
_SAME = "the entries only change place: their gradients go back to the old ones"

_BY_NAME: dict[str, Rule] = {
    "add": ("sum rule", "", "a sum grows as much as its terms: each gets the gradient as it is"),
    "subtract": ("sum rule", "", "a difference grows with its first term and falls with the other"),
    "multiply": ("product rule", "", "the slope by one factor is the other factor"),
    "divide": ("quotient rule", "", "(x / y) has slope 1 / y by x, and −x / y² by y"),
    "power": ("power rule", "", "xⁿ has slope n xⁿ⁻¹"),
    "square": ("power rule", "", "x² has slope 2 x"),
    "sum": ("a sum backward copies", "", _COPIES),
    "mean": ("a mean backward shares out", "", f"{_COPIES}, divided by their number"),
    "max": ("the gradient follows the choice", "", _CHOOSES),
    "min": ("the gradient follows the choice", "", _CHOOSES),
    "maximum": ("the gradient follows the choice", "", f"{_CHOOSES}; {_HALVES}"),
    "minimum": ("the gradient follows the choice", "", f"{_CHOOSES}; {_HALVES}"),
    "relu": ("the gradient follows the choice", "", "it passes where the input was above 0"),
    "transpose": ("transposed back", "", _SAME),
    "reshape": ("reshaped back", "", _SAME),
    "concatenate": ("cut apart again", "", _SAME),
    "stack": ("cut apart again", "", _SAME),
    "getitem": ("put back in place", "", "what was not taken has gradient 0"),
    "softmax": ("chain rule, all entries together", "P ⊙ (dP − Σ dP ⊙ P)",
                "each entry of the result depends on all entries through their sum"),
    "log_softmax": ("chain rule, all entries together", "dL − P Σ dL, where P = softmax(x)",
                    "each entry of the result depends on all entries through their sum"),
    "logsumexp": ("chain rule, all entries together", "softmax(x)",
                  "the slope by an entry is its share of the sum of exponentials"),
    "var": ("a mean of squares", "2 (x − mean) / n",
            "moving the mean itself changes nothing, because deviations sum to 0"),
    "std": ("a root of a mean of squares", "(x − mean) / (n std)",
            "the slope of the root is 1 / (2 std), that of the variance 2 (x − mean) / n"),
    "prod": ("product rule", "", "the slope by one factor is the product of the others"),
    "where": ("the gradient follows the choice", "", _CHOOSES),
    "clip": ("the gradient follows the choice", "", "it passes where nothing was cut off"),
    "einsum": ("product rule, index by index", "",
               "it is linear in each operand: gradient and operand exchange their indices"),
    "solve": ("implicit differentiation", "for A x = b,  db = A⁻ᵀ dx,  dA = −db xᵀ",
              "A x = b stays true however A and b move"),
    "inv": ("implicit differentiation", "for B = A⁻¹,  dA = −Bᵀ dB Bᵀ",
            "A B = I stays true however A moves"),
    "slogdet": ("Jacobi's formula", "A⁻ᵀ", "det A has slope det A · A⁻ᵀ, and its logarithm A⁻ᵀ"),
    "det": ("Jacobi's formula", "det A · A⁻ᵀ", "the slope by an entry is its cofactor"),
    "cholesky": ("implicit differentiation", "",
                 "A = L Lᵀ stays true however A moves, and L stays triangular"),
    "cumsum": ("sums from the other end", "",
               "an entry is in its own sum and all later ones: it gets their gradients"),
    "diagonal": ("put back in place", "", "what was not taken has gradient 0"),
    "take": ("put back in place", "", "what was taken several times gets several gradients"),
    "broadcast_to": ("summed where it was repeated", "",
                     "every copy adds to the result: their gradients add up"),
}  # fmt: skip

OF_LOGITS: Rule = (
    "cross-entropy and the last activation together", "A − Y",
    "the slope of the logarithms and that of the activation cancel but for the error",
)  # fmt: skip

_BY_KIND: dict[str, tuple[str, str]] = {
    "elementwise": (
        "chain rule, entry by entry",
        "each entry of the result depends on one entry of each operand",
    ),
    "linear": (
        "transpose of a linear map",
        "a linear map is its own derivative, and gradients go back through its transpose",
    ),
    "bilinear": (
        "product rule",
        "the other operand stays as it is, and the product is linear in this one",
    ),
}


_LOCAL: dict[str, str] = {
    "tanh": "1 − tanh² x", "sigmoid": "σ(x) (1 − σ(x))", "relu": "1 where x > 0, else 0",
    "exp": "eˣ", "log": "1 / x", "sqrt": "1 / (2 √x)", "sin": "cos x", "cos": "−sin x",
    "square": "2 x", "negative": "−1", "reciprocal": "−1 / x²", "log1p": "1 / (1 + x)",
    "logistic_loss": "σ(z) − y", "softplus": "σ(x)", "log_sigmoid": "1 − σ(x)",
    "absolute": "the sign of x", "sinh": "cosh x", "cosh": "sinh x", "arctan": "1 / (1 + x²)",
}  # fmt: skip
"""Derivatives of functions of one number, as people write them."""


def rule_of(consumer: Node, position: int) -> Rule:
    """Return by which rule a gradient goes back through a step of the forward pass.

    Parameters
    ----------
    consumer : Node
        The step.
    position : int
        To which of its operands.

    Returns
    -------
    name, local, reason : str
        The name of the rule, the local derivative, and why; empty where not known.
    """
    op = consumer.op
    if op.name in ("softplus", "log_softmax", "logistic_loss") and consumer.name is None:
        return OF_LOGITS
    if op.name == "matmul":
        left = position == 0
        return (
            "product rule of matrices",
            "in C = A B,  dA = dC Bᵀ" if left else "in C = A B,  dB = Aᵀ dC",
            "each entry of C is a row times a column: the other matrix comes back transposed",
        )
    if op.name == "subtract" and made_by(consumer.second, "stop_gradient"):
        return _BY_NAME["var"]  # which is what it was written as
    unnamed = _BY_KIND.get(op.kind, (f"rule of {op.name}", ""))
    name, local, reason = _BY_NAME.get(op.name, (unnamed[0], "", unnamed[1]))
    local = local or _LOCAL.get(op.name, "")
    shape = np.shape(consumer.inputs[position])
    if op.kind == "elementwise" and shape != consumer.shape:
        return name, local, f"{reason}; {_summed(shape, consumer.shape)}"
    return name, local, reason


def _summed(shape: tuple[int, ...], result: tuple[int, ...]) -> str:
    """Return over which axes a gradient is summed, because its operand was repeated there."""
    full = (1,) * (len(result) - len(shape)) + shape
    axes = [k for k, (own, n) in enumerate(zip(full, result, strict=True)) if own != n]
    if len(axes) == len(result):
        return "summed over all entries, because it was repeated for each of them"
    kinds = {0: "rows", 1: "columns"} if len(result) == 2 else {}
    over = " and ".join(f"the {result[k]} {kinds[k]}" if k in kinds else f"axis {k}" for k in axes)
    return f"summed over {over}, because it was repeated to fit"
