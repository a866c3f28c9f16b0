"""Sources derived of random programs compute the engine's gradients."""

from __future__ import annotations

import pytest

from tests.derive.programs import wrong


@pytest.mark.parametrize("block", range(10))
def test_sources_of_random_programs_compute_the_engines_gradients(block: int) -> None:
    for number in range(12 * block, 12 * block + 12):
        assert wrong(number) == []
