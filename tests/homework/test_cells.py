"""Lines of a notebook are told as one sees them: in their cell."""

import io
import json
import re

from rich.console import Console

from nets.homework.inspecting import Request, inspect
from nets.homework.report.markdown import as_markdown
from nets.homework.report.page import as_html
from nets.homework.report.plain import as_dict
from nets.homework.report.terminal import show
from nets.homework.wire import packed, unpacked
from tests.homework.test_signs import AT_MODULE_LEVEL, NETWORK

AT = "dZ2 = Y - A2"


def book(tmp_path, text):
    """Return a notebook with a cell for each function."""
    parts = re.split(r"\n(?=def |params)", text)
    cells = [{"cell_type": "markdown", "source": ["# homework"]}]
    cells += [{"cell_type": "code", "source": part.splitlines(keepends=True)} for part in parts]
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    number = next(k for k, part in enumerate(parts, 1) if AT in part or "1 / 0" in part)
    line = next(k for k, each in enumerate(parts[number - 1].split("\n"), 1)
                if AT in each or "1 / 0" in each)  # fmt: skip
    return unpacked(packed(inspect(Request(str(path))))), number, line


def shown(found):
    """Return what each report says."""
    stream = io.StringIO()
    show(Console(file=stream, width=200), found)
    return {
        "terminal": stream.getvalue(),
        "markdown": as_markdown([found]),
        "html": as_html([found]),
    }


def test_every_report_says_the_cell_and_the_line_in_it(tmp_path):
    text = NETWORK.replace("dZ2 = A2 - Y", AT) + AT_MODULE_LEVEL.format("-")
    found, cell, line = book(tmp_path, text)
    [study] = found.studies
    root = next(row for row in study.rows if row.verdict == "wrong")
    assert root.diagnosis.line > 20  # counted over all cells
    for said in shown(found).values():
        assert f"cell {cell}, line {line}" in said
        assert not re.search(rf"line {root.diagnosis.line}\\b", said)
    assert re.search(r"cell \d+, line \d+ \(", root.diagnosis.message)  # that of the update
    assert re.search(rf"✗ +{line} │ +{AT}", shown(found)["terminal"])
    [row, *_] = as_dict(found)["comparisons"][0]["rows"]
    assert (row["line"], row["cell"]) == (root.line, cell)


def test_an_error_is_in_its_cell_as_well(tmp_path):
    text = NETWORK.replace("dZ2 = A2 - Y", "dZ2 = A2 - Y + 1 / 0")
    found, cell, line = book(tmp_path, text)
    assert found.failure.line > 20
    for said in shown(found).values():
        assert f"cell {cell}, line {line}" in said


def test_a_plain_file_has_lines_only(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(NETWORK.replace("dZ2 = A2 - Y", AT) + AT_MODULE_LEVEL.format("-"))
    for said in shown(inspect(Request(str(path)))).values():
        assert not re.search(r"cell \d", said)
