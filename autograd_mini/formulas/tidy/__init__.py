"""Rules that put derivatives into the form in which people write them.

They reorder products and sums, so results agree but for rounding.
"""

from collections.abc import Mapping

from autograd_mini.formulas.tidy import (
    choices,
    guards,
    logistic,
    matrices,
    means,
    monomials,
    numbers,
    products,
    shapes,
    softmax,
    sums,
)  # fmt: skip
from autograd_mini.formulas.tidy.table import TIDY, is_seed, mark_seed
from autograd_mini.rewrite.builder import Rule

TO_READ: Mapping[str, list[Rule]] = {
    **TIDY, "divide": [*TIDY["divide"], means.mean_of], "stop_gradient": [means.not_stopped],
    "where": [guards.guarded_inverse, *TIDY["where"]],
    "multiply": [guards.factor_over, *TIDY["multiply"]],
    "reshape": [guards.inverse_with_new_axes, *TIDY["reshape"]],
    "getitem": [guards.inverse_with_new_axes, *TIDY["getitem"]],
}  # fmt: skip
"""Those, and what may only be written so when nothing is differentiated any more."""

SUMS: Mapping[str, list[Rule]] = {
    "square": [products.square_of_norm], "power": [products.square_of_norm],
}  # fmt: skip
"""Those that show sums, and so what is summed over."""

__all__ = [
    "SUMS", "TIDY", "TO_READ", "choices", "guards", "is_seed", "logistic", "mark_seed", "matrices",
    "means", "monomials", "numbers", "products", "shapes", "softmax", "sums",
]  # fmt: skip
