"""Data sets: generated ones, scikit-learn's digits, and a person's own files."""

from nets.data.dataset import Dataset
from nets.data.files import load
from nets.data.generated import blobs, circles, moons, planar_flower, spiral
from nets.data.packaged import digits

__all__ = [
    "Dataset",
    "blobs",
    "circles",
    "digits",
    "load",
    "moons",
    "planar_flower",
    "spiral",
]
