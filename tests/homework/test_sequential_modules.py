"""Networks of modules whose own methods train them: ``self.backward(err)`` goes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination

MODULES = """\
import numpy as np

class Linear:
    def __init__(self, m, n):
        self.m, self.n = (m, n)
        self.W0 = np.zeros([self.n, 1])
        self.W = np.random.normal(0, 1.0 * m ** (-.5), [m, n])

    def forward(self, A):
        self.A = A
        return np.dot(self.W.T, A) + self.W0

    def backward(self, dLdZ):
        self.dLdW = np.dot(self.A, dLdZ.T)
        self.dLdW0 = dLdZ.sum(axis=1).reshape((self.n, 1))
        return np.dot(self.W, dLdZ)

    def sgd_step(self, lrate):
        self.W = self.W - lrate * self.dLdW
        self.W0 = self.W0 - lrate * self.dLdW0

class Tanh:
    def forward(self, Z):
        self.A = np.tanh(Z)
        return self.A

    def backward(self, dLdA):
        return dLdA * (1.0 - (self.A ** 2))

    def sgd_step(self, lrate):
        pass

class SoftMax:
    def forward(self, Z):
        return np.exp(Z) / np.sum(np.exp(Z), axis=0)

    def backward(self, dLdZ):
        return dLdZ

    def sgd_step(self, lrate):
        pass

class NLL:
    def forward(self, Ypred, Y):
        self.Ypred, self.Y = Ypred, Y
        return float(np.sum(-Y * np.log(Ypred)))

    def backward(self):
        return self.Ypred - self.Y

class Sequential:
    def __init__(self, modules, loss):
        self.modules, self.loss = modules, loss

    def sgd(self, X, Y, iters=100, lrate=0.005):
        D, N = X.shape
        for it in range(iters):
            i = np.random.randint(N)
            Xt = X[:, i:i+1]
            Yt = Y[:, i:i+1]
            Ypred = self.forward(Xt)
            loss = self.loss.forward(Ypred, Yt)
            err = self.loss.backward()
            self.backward(err)
            for m in self.modules:
                m.sgd_step(lrate)

    def forward(self, Xt):
        for m in self.modules:
            Xt = m.forward(Xt)
        return Xt

    def backward(self, delta):
        for m in self.modules[::-1]:
            delta = m.backward(delta)

"""
MADE = """\
nn = Sequential([Linear(2, 5), Tanh(), Linear(5, 3), SoftMax()], NLL())
nn.sgd(X, Y, 1000, 0.005)
"""


def examined(text: str, folder: Path) -> Examination:
    path = folder / "modules.py"
    path.write_text(text)
    return inspect(Request(str(path)))


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("", ""),
        ("loss = self.loss.forward", "self.loss.forward"),  # for what it remembers
        ("loss = self.loss.forward", "sum_loss += self.loss.forward"),
        ("self.backward(err)", "self.backward(self.loss.backward())"),
        ("self.modules[::-1]", "reversed(self.modules)"),
    ],
)
def test_a_network_that_trains_itself_is_right_however_its_loop_is_written(
    written: str, instead: str, tmp_path: Path
) -> None:
    text = MODULES.replace(written, instead) if written else MODULES

    found = examined(text + MADE, tmp_path)

    assert [study.ok for study in found.studies] == [True]
    assert len(found.studies[0].rows) == 4


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("np.dot(self.A, dLdZ.T)", "np.dot(dLdZ, self.A.T)", "transpose"),
        ("dLdA * (1.0 - (self.A ** 2))", "dLdA", "missing_activation_derivative"),
        ("self.Ypred - self.Y", "self.Y - self.Ypred", "sign"),
        ("self.dLdW = np.dot", "self.dLdW = 2 * np.dot", "scale"),
    ],
)
def test_a_mistake_in_one_of_its_modules_is_found(
    right: str, wrong: str, code: str, tmp_path: Path
) -> None:
    study = examined(MODULES.replace(right, wrong) + MADE, tmp_path).studies[0]

    codes = {row.diagnosis.code for row in study.rows if row.diagnosis is not None}
    assert not study.ok
    assert code in codes


def test_modules_of_which_no_network_is_made_are_refused_with_the_line_that_lacks(
    tmp_path: Path,
) -> None:
    failure = examined(MODULES, tmp_path).failure

    assert failure is not None
    assert "makes no Sequential" in failure.message
    assert "net = Sequential(modules, loss)" in failure.message
