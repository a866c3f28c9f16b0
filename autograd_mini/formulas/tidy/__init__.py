"""Rules that put derivatives into the form in which people write them.

They reorder products and sums, so results agree but for rounding.
"""

from autograd_mini.formulas.tidy import choices, matrices, numbers, products, shapes, softmax, sums
from autograd_mini.formulas.tidy.table import TIDY, is_seed, mark_seed

__all__ = [
    "TIDY", "choices", "is_seed", "mark_seed", "matrices", "numbers", "products", "shapes",
    "softmax", "sums",
]  # fmt: skip
