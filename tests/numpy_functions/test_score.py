"""The coverage page says what the tests know."""

from __future__ import annotations

import json

from tests.numpy_functions.forms import forms
from tests.numpy_functions.score import OURS, PAGE, PEERS, page

FOUND = json.loads(PEERS.read_text())


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(FOUND)


def test_every_form_is_on_the_page_and_right_here() -> None:
    assert set(FOUND["forms"]) == {form.code for form in forms()}
    assert {each[OURS] for each in FOUND["forms"].values()} == {"right"}
