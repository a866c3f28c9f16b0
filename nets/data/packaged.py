"""Data sets that come with other packages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nets.data.dataset import Dataset

__all__ = ["digits"]


def digits(*, test: float = 0.2, seed: int = 0) -> Dataset:
    """Return scikit-learn's handwritten digits: 1797 images of 8 × 8 pixels, ten classes.

    Parameters
    ----------
    test : float
        Share of the examples that are set aside for testing.
    seed : int
        Decides which.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    ValueError
        If no share is left for training.

    Examples
    --------
    >>> digits()
    Dataset('digits', X (64, 1438), Y (1, 1438), X_test (64, 359), images (8, 8))
    """
    if not 0 <= test < 1:
        raise ValueError(f"test must be a share of the examples, 0 or more and less than 1: {test}")
    try:
        from sklearn.datasets import load_digits  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            "the digits come with scikit-learn, which is not installed: pip install scikit-learn"
        ) from error
    found = load_digits()
    X, Y = found.data.T / 16, found.target.reshape(1, -1)
    order = np.random.RandomState(seed).permutation(Y.size)
    cut = Y.size - int(test * Y.size)
    train, held_out = order[:cut], order[cut:]
    names = tuple(str(each) for each in found.target_names)
    made = Dataset(X[:, train], Y[:, train], None, None, "digits", (8, 8), names)
    if not held_out.size:
        return made
    return replace(made, X_test=X[:, held_out], Y_test=Y[:, held_out])
