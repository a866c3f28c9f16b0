"""A mean over something else than the examples is the mistake of the line that counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.homework.test_signs import line_of
from tests.homework.test_where_it_is_made import DEEP, root

COUNTED = "m = A_prev.shape[1]"


@pytest.mark.parametrize("wrong", ["m = A_prev.shape[0]", "m = len(A_prev)", "m = A_prev.size"])
def test_the_line_that_counts_is_shown_and_what_to_write_there(tmp_path: Path, wrong: str) -> None:
    text = DEEP.replace(COUNTED, wrong)
    study, row = root(tmp_path, text)
    assert row.diagnosis.line == line_of(text, wrong)
    assert row.diagnosis.fix == COUNTED
    assert "`m` is not the number of examples" in row.diagnosis.message
    wrong_rows = [each for each in study.rows if each.verdict == "wrong"]
    assert {each.diagnosis.line for each in wrong_rows if not each.inherited} == {
        line_of(text, wrong)
    }


def test_a_line_that_says_the_same_is_not_offered(tmp_path: Path) -> None:
    text = DEEP.replace(COUNTED, "m = 3")
    study, _ = root(tmp_path, text)
    found = [each.diagnosis for each in study.rows if each.verdict == "wrong"]
    assert not any(each.fix.startswith(("dW =", "db =")) for each in found)
