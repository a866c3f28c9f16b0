"""The page about diagnoses says what the program says."""

import pytest

from autograd_mini.check.diagnosis import CODES
from tests.documentation.diagnoses import (
    PATH,
    compared,
    examined,
    found_for,
    inspected,
    page,
    steady,
)
from tests.documentation.examples import CALLS, EXAMPLES


@pytest.fixture(scope="module")
def found():
    return examined()


def test_every_code_has_an_example():
    assert {*EXAMPLES, *CALLS} == set(CODES)


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_is_recognised_as_what_it_is(found, code):
    assert found_for(code, found[code]) is not None


@pytest.mark.parametrize("code", CALLS)
def test_the_call_is_recognised_as_what_it_is(code):
    assert [row.diagnosis.code for row in compared(CALLS[code]).rows] == [code]


RIGHT = ["scale", "missing_regularization", "dropout_mask", "stale_parameters"]


@pytest.mark.parametrize("code", RIGHT)
def test_without_the_mistake_the_example_is_right(code):
    assert inspected(EXAMPLES[code].base).exit_status == 0


def test_the_page_is_up_to_date(found):
    assert steady(PATH.read_text(encoding="utf-8")) == steady(page(found)), (
        "run python -m tests.documentation.diagnoses"
    )
