import json

import numpy as np
import pytest

from nets.cli.app import run


class Ran:
    """What a run of the program left behind."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def autograd_mini(capfd, tmp_path, monkeypatch):
    """Run the program as if typed in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        capfd.readouterr()
        status = run([str(each) for each in arguments])
        captured = capfd.readouterr()
        return Ran(status, captured.out, captured.err)

    return call


@pytest.fixture
def npz(tmp_path):
    """Write arrays to a file and return its path."""

    def write(name="data.npz", **arrays):
        path = tmp_path / name
        np.savez(path, **arrays)
        return path

    return write


@pytest.fixture
def points():
    """Return 40 points in two classes that a line separates."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 40))
    return {"X": X, "Y": (X[:1] + X[1:] > 0).astype(int)}
