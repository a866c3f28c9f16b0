"""Data sets made by a formula, the same for the same seed everywhere."""

from __future__ import annotations

import numpy as np

from nets.data.dataset import Dataset
from nets.inputs import checked_count

__all__ = ["blobs", "circles", "moons", "planar_flower", "spiral"]

# RandomState never changes its numbers from one version of NumPy to the next.


def planar_flower(m: int = 400, *, seed: int = 1, noise: float = 0.2) -> Dataset:
    """Return the course's flower: two colours on the petals of a rose.

    Parameters
    ----------
    m : int
        Number of examples, half of each class; of an odd number one is left out.
    seed : int
        1 gives the points of the course.
    noise : float
        Standard deviation, of the angle and of the radius.

    Returns
    -------
    Dataset
        X of shape (2, m), Y of shape (1, m).

    Examples
    --------
    >>> planar_flower()
    Dataset('planar_flower', X (2, 400), Y (1, 400))
    """
    rng = np.random.RandomState(seed)
    half = _share(m, 2)
    points = []
    for start in (0.0, 3.12):
        angle = np.linspace(start, start + 3.12, half) + noise * rng.randn(half)
        radius = 4 * np.sin(4 * angle) + noise * rng.randn(half)
        points.append(radius * np.array([np.sin(angle), np.cos(angle)]))
    return _dataset("planar_flower", points)


def moons(m: int = 400, *, seed: int = 0, noise: float = 0.2) -> Dataset:
    """Return two half circles, each reaching into the other.

    Parameters
    ----------
    m : int
        Number of examples, half of each class; of an odd number one is left out.
    seed : int
    noise : float
        Standard deviation of both coordinates.

    Examples
    --------
    >>> moons(100).X.shape
    (2, 100)
    """
    angle = np.linspace(0, np.pi, _share(m, 2))
    upper = np.array([np.cos(angle), np.sin(angle)])
    lower = np.array([[1.0], [0.5]]) - upper
    return _noisy("moons", [upper, lower], seed, noise)


def circles(m: int = 400, *, seed: int = 0, noise: float = 0.1) -> Dataset:
    """Return a circle inside another; the inner one is class 1.

    Parameters
    ----------
    m : int
        Number of examples, half of each class; of an odd number one is left out.
    seed : int
    noise : float
        Standard deviation of both coordinates.

    Examples
    --------
    >>> circles(100).Y.mean().item()
    0.5
    """
    angle = np.linspace(0, 2 * np.pi, _share(m, 2), endpoint=False)
    outer = np.array([np.cos(angle), np.sin(angle)])
    return _noisy("circles", [outer, 0.5 * outer], seed, noise)


def spiral(m: int = 400, *, classes: int = 2, seed: int = 0, noise: float = 0.2) -> Dataset:
    """Return arms that wind around the origin, one for each class.

    Parameters
    ----------
    m : int
        Number of examples, as many of each class; those that do not go into them are left out.
    classes : int
        Number of arms.
    seed : int
    noise : float
        Standard deviation of the angle.

    Examples
    --------
    >>> spiral(300, classes=3).class_count
    3
    """
    rng = np.random.RandomState(seed)
    radius = np.linspace(0.05, 1, _share(m, classes))
    points = []
    for k in range(classes):
        angle = 2 * np.pi * k / classes + 4 * radius + noise * rng.randn(radius.size)
        points.append(radius * np.array([np.sin(angle), np.cos(angle)]))
    return _dataset("spiral", points)


def blobs(
    m: int = 400, *, classes: int = 3, inputs: int = 2, seed: int = 0, noise: float = 1.0
) -> Dataset:
    """Return a cloud of points around a random centre for each class.

    Parameters
    ----------
    m : int
        Number of examples, as many of each class; those that do not go into them are left out.
    classes, inputs : int
        Number of clouds, and of their dimensions.
    seed : int
    noise : float
        Standard deviation of each cloud; the centres have 5.

    Examples
    --------
    >>> blobs(90, inputs=4)
    Dataset('blobs', X (4, 90), Y (1, 90))
    """
    rng = np.random.RandomState(seed)
    centres = 5 * rng.randn(classes, inputs, 1)
    each = _share(m, classes)
    return _dataset("blobs", [centre + noise * rng.randn(inputs, each) for centre in centres])


def _share(m: int, classes: int) -> int:
    """Return how many examples each class gets, at least one."""
    if checked_count(m, "m") < checked_count(classes, "classes"):
        raise ValueError(f"m must be at least {classes}, an example for each class, not {m}")
    return m // classes


def _noisy(name: str, points: list[np.ndarray], seed: int, noise: float) -> Dataset:
    rng = np.random.RandomState(seed)
    return _dataset(name, [each + noise * rng.randn(*each.shape) for each in points])


def _dataset(name: str, points: list[np.ndarray]) -> Dataset:
    """Return the data set whose class k is ``points[k]``."""
    labels = [np.full((1, each.shape[1]), k) for k, each in enumerate(points)]
    return Dataset(np.concatenate(points, axis=1), np.concatenate(labels, axis=1), name=name)
