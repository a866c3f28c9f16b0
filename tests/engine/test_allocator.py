"""What a freed graph leaves behind for the next one."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource

import numpy as np

import autograd_mini as ag

rng = np.random.default_rng(0)
weights = [rng.standard_normal((64, 64)) / 8 for _ in range(20)]
X = rng.standard_normal((64, 256))


def cost(weights):
    A = X
    for W in weights:
        A = ag.relu(W @ A)
    return np.mean(A)


def faults(times):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        ag.grad(cost)(weights)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / times


faults(5)
print(faults(20))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has to be taught")
def test_a_step_finds_the_memory_of_the_one_before_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )
    assert float(told.stdout) < 50  # pages that had to be cleared; 600 without
