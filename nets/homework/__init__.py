"""A person's own handwritten backpropagation, unmodified: which line is wrong, and why.

``examine`` takes a ``.py`` or ``.ipynb`` file as it is, differentiates its own forward pass and
cost by running them on Tensors, and judges every gradient its backward makes.
"""

from nets.homework.examine import examine
from nets.homework.results import Examination

__all__ = ["Examination", "examine"]
