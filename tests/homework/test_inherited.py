"""Networks that override a step of another one are examined with what they override."""

from __future__ import annotations

from pathlib import Path

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination

BASE = """\
import numpy as np
class Net:
    def __init__(self, n_x, n_h, n_y):
        self.W1 = np.random.randn(n_h, n_x)
        self.b1 = np.zeros((n_h, 1))
        self.W2 = np.random.randn(n_y, n_h)
        self.b2 = np.zeros((n_y, 1))
    def g(self, z): return np.maximum(0, z)
    def g_prime(self, z): return (z > 0) * 1.0
    def forward(self, X):
        self.X = X
        self.Z1 = self.W1 @ X + self.b1
        self.A1 = self.g(self.Z1)
        self.A2 = 1 / (1 + np.exp(-(self.W2 @ self.A1 + self.b2)))
        return self.A2
    def cost(self, Y):
        return -np.sum(Y * np.log(self.A2) + (1 - Y) * np.log(1 - self.A2)) / Y.shape[1]
    def backward(self, Y):
        dZ2 = (self.A2 - Y) / Y.shape[1]
        self.dW2 = dZ2 @ self.A1.T
        self.db2 = dZ2.sum(axis=1, keepdims=True)
        dZ1 = self.W2.T @ dZ2 * self.g_prime(self.Z1)
        self.dW1 = dZ1 @ self.X.T
        self.db1 = dZ1.sum(axis=1, keepdims=True)
"""
TANH = """\
class TanhNet(Net):
    def g(self, z): return np.tanh(z)
    def g_prime(self, z): return 1 - np.tanh(z) ** 2
"""
ABSTRACT = BASE.replace("return np.maximum(0, z)", "raise NotImplementedError").replace(
    "return (z > 0) * 1.0", "raise NotImplementedError"
)


def examined(tmp_path: Path, text: str) -> Examination:
    file = tmp_path / "mine.py"
    file.write_text(text)
    return inspect(Request(str(file)))


def test_a_class_that_overrides_an_activation_is_a_network_of_its_own(tmp_path: Path) -> None:
    found = examined(tmp_path, BASE + TANH)
    assert {each.backward: each.ok for each in found.studies} == {
        "Net.backward": True,
        "TanhNet.backward": True,
    }
    found = examined(tmp_path, BASE + TANH.replace("1 - np.tanh(z) ** 2", "1 - z ** 2"))
    assert {each.backward: each.ok for each in found.studies} == {
        "Net.backward": True,
        "TanhNet.backward": False,
    }
    assert found.exit_status == 1


def test_a_class_that_overrides_an_override_is_examined_too(tmp_path: Path) -> None:
    scaled = "class Scaled(TanhNet):\n    def g_prime(self, z): return 2 * (1 - np.tanh(z) ** 2)\n"
    found = examined(tmp_path, BASE + TANH + scaled)
    assert [each.ok for each in found.studies] == [True, True, False]


def test_a_base_that_leaves_steps_open_accuses_nobody(tmp_path: Path) -> None:
    found = examined(tmp_path, ABSTRACT + TANH)
    assert found.failure is None
    [study] = found.studies
    assert study.backward == "TanhNet.backward"
    assert study.ok
    assert found.exit_status == 0


def test_a_class_that_overrides_no_step_is_not_examined_again(tmp_path: Path) -> None:
    found = examined(tmp_path, BASE + "class Named(Net):\n    def __repr__(self): return 'net'\n")
    assert [each.backward for each in found.studies] == ["Net.backward"]
