"""A few of the random programs that the scripts in ``tests/fuzz`` run for as long as one likes."""

from __future__ import annotations

import pytest

from tests.fuzz import against_torch, compiled


@pytest.mark.parametrize("seed", range(40))
def test_a_random_program_has_the_derivatives_that_torch_finds(seed: int) -> None:
    assert against_torch.run(seed) is None


@pytest.mark.parametrize("seed", range(60))
def test_a_random_program_compiled_does_what_it_did(seed: int) -> None:
    assert compiled.run(seed, ("numpy", "blocks")) is None
