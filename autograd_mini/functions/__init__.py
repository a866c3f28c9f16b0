"""NumPy's functions on tensors, with NumPy's names and arguments: importing them registers them."""

from __future__ import annotations

from autograd_mini.functions import (
    building,
    calculus,
    constants,
    creation,
    elementwise,
    nan,
    network,
    padding,
    polynomials,
    products,
    quantiles,
    reductions,
    scimath,
    selection,
    shapes,
    sorting,
    statistics,
    ufunc_methods,
    writing,
)

__all__ = [
    "building",
    "calculus",
    "constants",
    "creation",
    "elementwise",
    "nan",
    "network",
    "padding",
    "polynomials",
    "products",
    "quantiles",
    "reductions",
    "scimath",
    "selection",
    "shapes",
    "sorting",
    "statistics",
    "ufunc_methods",
    "writing",
]
