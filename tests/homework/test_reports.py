"""What a person, a teacher and a program are told of an examined file."""

import csv
import io
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from rich.console import Console

from nets.homework.report.markdown import as_markdown
from nets.homework.report.page import as_html
from nets.homework.report.plain import as_dict
from nets.homework.report.table import COLUMNS, as_csv
from nets.homework.report.terminal import overview, show
from nets.homework.report.words import headline, is_code, outcome, quote, told
from nets.homework.results import Examination, Failure, Finding, GradientRow
from tests.homework import examinations as made

ROW = {
    "name", "wrt", "shape", "max_abs_error", "rel_error", "verdict", "line", "diagnosis"
}  # fmt: skip

STUDY = {"forward", "cost", "backward", "ok", "first_wrong", "rows", "notes"}


def on_terminal(examination, **options):
    console = Console(file=io.StringIO(), width=100, **options)
    show(console, examination)
    return console.file.getvalue()


# -- JSON -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", made.ALL)
def test_json_has_the_keys_that_were_promised_and_no_others(make):
    said = json.loads(json.dumps(as_dict(make()), allow_nan=False))
    assert set(said) == {"file", "comparisons", "error"}
    for study in said["comparisons"]:
        assert set(study) == STUDY
        for row in study["rows"]:
            assert set(row) - {"cell"} == ROW
            assert set(row["diagnosis"] or ()) in (set(), {"code", "message", "line"})
    if said["error"] is not None:
        assert set(said["error"]) == {"type", "message", "line", "diagnosis"}
        assert set(said["error"]["diagnosis"] or ()) in (set(), {"code", "message"})


def test_json_of_a_wrong_file():
    [study] = as_dict(made.wrong())["comparisons"]
    assert study["ok"] is False
    assert study["first_wrong"] == "dZ1"
    root = study["rows"][3]
    assert root["shape"] == [3, 7]
    assert root["max_abs_error"] == 0.5
    assert root["line"] == root["diagnosis"]["line"] == 24
    assert root["diagnosis"]["code"] == "missing_activation_derivative"
    assert made.MISSING.fix in root["diagnosis"]["message"]
    assert "wrong_cache" in root["diagnosis"]["message"]
    assert study["notes"] == ["The cost is assumed to be a mean."]


def test_json_says_the_cell_of_a_notebook_and_only_of_one():
    [study] = as_dict(made.notebook())["comparisons"]
    assert study["rows"][0]["cell"] == 2
    assert "cell" not in as_dict(made.wrong())["comparisons"][0]["rows"][0]


def test_json_has_null_for_what_is_no_number():
    rows = as_dict(made.not_finite())["comparisons"][0]["rows"]
    assert [row["max_abs_error"] for row in rows] == [None, None, None]


def test_json_of_a_crash():
    error = as_dict(made.crashed())["error"]
    assert (error["type"], error["line"]) == ("ValueError", 24)
    assert error["diagnosis"]["code"] == "wrong_shape"


# -- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "word", "status"),
    [
        (made.wrong, "wrong", 1), (made.right, "right", 0), (made.notebook, "wrong", 1),
        (made.crashed, "crashed", 1), (made.not_found, "not analysed", 2),
        (lambda: Examination("empty.py"), "not analysed", 2),
    ],
)  # fmt: skip
def test_the_outcome_of_a_file_agrees_with_its_exit_status(make, word, status):
    assert outcome(make()) == word
    assert make().exit_status == status


def test_a_headline_names_the_root():
    assert headline(made.wrong()).startswith("3 of 6 gradients are wrong, dZ1 first")
    assert "2 of them only because of others" in headline(made.wrong())
    assert headline(made.notebook()) == "self.grads['W1'] is wrong."
    assert headline(made.right()).startswith("Both gradients are right")
    assert headline(made.crashed()).startswith("line 24: ValueError: shapes")


def test_the_headline_of_a_file_that_crashed_says_what_that_probably_means():
    failure = made.crashed().failure
    assert headline(made.crashed()).endswith(f"{failure.message}. {told(failure.diagnosis)}")


def test_a_remedy_that_is_a_sentence_is_no_code():
    assert is_code("dW1 = dZ1 @ X.T / m")
    assert not is_code("set the gradients to zero before each backward pass")
    assert told(Finding("accumulated", "They grow.", fix="set them to zero")) == (
        "They grow. set them to zero."
    )


def test_a_quote_holds_the_whole_statement_and_the_remedy_at_its_indent():
    shown = quote(made.SOURCE, 25, "dZ1 = 1\ndZ1 *= 2", around=1)
    assert list(shown.wrong) == [24, 25, 26]
    assert shown.first == 23
    assert shown.fix == ("    dZ1 = 1", "    dZ1 *= 2")
    assert quote(made.SOURCE, 1).lines[0] == "import numpy as np"
    assert quote(made.SOURCE, 1000) is None
    assert quote("not python (", 1).wrong == range(1, 2)


# -- terminal -------------------------------------------------------------------------------------


def test_the_terminal_quotes_the_wrong_lines_and_the_line_to_write():
    text = on_terminal(made.wrong())
    for line in (24, 25, 26):
        assert re.search(rf"✗ +{line} │", text)
    assert re.search(r"✓ +│ +dZ1 = np\.dot\(.*1 - np\.power", text)
    assert "The cost is assumed to be a mean." in text
    assert "worst entry dZ1[0, 0]: manual" in text
    assert "or wrong_cache" in text
    assert "3 of 6 gradients are wrong" in text
    assert text.count("dZ1: missing_activation_derivative") == 1


def test_the_root_is_bold_red_and_what_follows_grey():
    text = on_terminal(made.wrong(), force_terminal=True, color_system="standard")
    assert re.search(r"\x1b\[1;31mdZ1", text)
    assert re.search(r"\x1b\[90mdW1", text)
    assert re.search(r"\x1b\[32mdW2", text)


def test_there_is_no_colour_where_nobody_wants_it(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = on_terminal(made.wrong(), force_terminal=True)
    assert not re.search(r"\x1b\[[0-9;]*(3|9)[0-7]", text)


def test_what_looks_like_markup_is_shown_as_it_is():
    finding = Finding("other", "grads['[bold]W1'] [red]", line=27)
    row = GradientRow("grads['[bold]']", "[red]", (1,), 1.0, 1.0, "wrong", 27, diagnosis=finding)
    text = on_terminal(Examination("[x].py", (made.study([row]),), source=made.SOURCE))
    assert "grads['[bold]']" in text
    assert "[x].py" in text


@pytest.mark.parametrize("make", made.ALL)
def test_every_examination_can_be_told_in_every_form(make):
    examination = make()
    console = Console(file=io.StringIO(), width=60)
    console.print(overview([examination]))
    assert examination.file in console.file.getvalue()
    assert examination.file in on_terminal(examination)
    assert examination.file in as_markdown([examination])
    assert examination.file in as_csv([examination])
    assert examination.file in as_html([examination])


def test_one_line_that_makes_several_wrong_gradients_is_told_once():
    found = Finding("scale", "db3 is m = 7 times what it should be.", 23)
    rows = [
        made.row(f"db{l}", (2, 1), 23, 0.5, diagnosis=replace(found, message=f"db{l} is 7 times."))
        for l in (3, 2, 1)
    ]
    text = on_terminal(Examination("deep.py", (made.study(rows),), source=made.SOURCE))
    assert "✗ db3, db2, db1: scale, line 23" in text
    assert text.count("✗   23 │") == 1
    assert "db2 is 7 times." not in text


def test_conventions_are_told_after_what_is_wrong_and_once():
    rows = [
        made.row("dZ2", (1, 7), 21, 0.2, verdict="convention", diagnosis=Finding("convention", c))
        for c in ("dZ2 and dZ1 are 7 times.", "Yes: dZ2 and dZ1 are 7 times.")
    ]
    wrong = made.row("dW1", (3, 2), 27, 0.4, diagnosis=Finding("sign", "The other sign.", 27))
    text = on_terminal(Examination("x.py", (made.study([*rows, wrong]),), source=made.SOURCE))
    assert text.count("are 7 times") == 1
    assert text.index("The other sign.") < text.index("are 7 times")


def test_a_crash_quotes_the_line_that_raised():
    text = on_terminal(made.crashed())
    assert "ValueError in line 24" in text
    assert re.search(r"✗ +24 │", text)
    assert "wrong_shape" in text


# -- Markdown -------------------------------------------------------------------------------------


def test_markdown_has_a_table_and_the_difference():
    text = as_markdown([made.wrong()])
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 2 + 6
    assert {line.count("|") for line in table} == {6}
    assert "| `dZ1` | 24 |" in text
    assert "```diff" in text
    assert re.search(r"^- 24 ", text, re.MULTILINE)
    assert re.search(r"^\+ +dZ1 = np\.dot", text, re.MULTILINE)


def test_markdown_of_a_file_cannot_break_out_of_it():
    source = "x = 1\n# ```` </details> | <script>\ndW = x"
    row = GradientRow(
        "g['a|`b`']", "a", (1,), 1.0, 1.0, "wrong", 2,
        diagnosis=Finding("other", "<script> | `x` **y**", 2, "dW = `"),
    )  # fmt: skip
    text = as_markdown([Examination("a`b.py", (made.study([row]),), source=source)])
    fences = [line for line in text.splitlines() if re.fullmatch(r"`{3,}\w*", line)]
    assert [line.rstrip("tex") for line in fences] == ["`````", "`````"]
    assert "\\<script\\>" in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {6}


# -- CSV ------------------------------------------------------------------------------------------


def test_csv_has_a_line_for_each_gradient_and_a_summary_for_each_file():
    files = [make() for make in made.ALL]
    lines = list(csv.DictReader(io.StringIO(as_csv(files))))
    assert tuple(lines[0]) == COLUMNS
    summaries = [line for line in lines if line["kind"] == "file"]
    assert [line["file"] for line in summaries] == [each.file for each in files]
    count = sum(len(study.rows) for each in files for study in each.studies)
    assert len(lines) == len(files) + count
    first = summaries[0]
    assert (first["verdict"], first["gradient"], first["line"]) == ("wrong", "dZ1", "24")
    assert first["code"] == "missing_activation_derivative"
    assert summaries[5]["verdict"] == "not analysed"


def test_csv_numbers_are_numbers():
    lines = list(csv.DictReader(io.StringIO(as_csv([made.wrong(), made.not_finite()]))))
    errors = [line["max_abs_error"] for line in lines if line["kind"] == "gradient"]
    assert [float(each) for each in errors[:6]] == [0.2, 0.0, 0.0, 0.5, 0.4, 0.3]
    assert errors[6] == ""
    assert math.isinf(float(errors[7]))


def test_csv_has_no_cell_that_a_spreadsheet_would_run():
    failure = Failure("ValueError", "x", theirs=False)
    text = as_csv([Examination("=cmd.py", failure=failure), Examination("@a.py")])
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


# -- HTML -----------------------------------------------------------------------------------------


class Checked(HTMLParser):
    """Notes ids, references and text, and that every element is closed."""

    VOID = frozenset({"meta", "link", "br", "img", "input"})

    def __init__(self):
        super().__init__()
        self.ids, self.links, self.open, self.elsewhere = [], [], [], []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.ids += [named["id"]] if "id" in named else []
        for key in ("href", "src"):
            if key in named:
                where = self.links if named[key].startswith("#") else self.elsewhere
                where.append(named[key])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page():
    return as_html([make() for make in made.ALL])


def test_the_page_is_whole_and_needs_nothing_else(page):
    checked = Checked()
    checked.feed(page)
    assert checked.open == []
    assert checked.elsewhere == ["data:,"]
    assert "@import" not in page
    assert len(checked.ids) == len(set(checked.ids))
    assert {link[1:] for link in checked.links} <= set(checked.ids)


def test_the_page_escapes_what_the_person_wrote(page):
    assert "<b>`A2`</b>" not in page
    assert "&lt;b&gt;`A2`&lt;/b&gt;" in page


def test_the_page_marks_the_wrong_lines_and_writes_the_right_one_below(page):
    for line in (24, 25, 26):
        assert f'<li id="f0-L{line}" class="wrong fault">' in page
    assert '<li id="f0-L22" class="ok">' in page
    assert '<li id="f0-L27" class="inherited">' in page
    after = page[page.index('<li id="f0-L26"') : page.index('<li id="f0-L27"')]
    assert "<ins>" in after
    assert "power" in after


def test_the_page_has_three_maps_for_every_gradient(page):
    for name in ("dZ2", "dW2", "db2", "dZ1", "dW1", "db1"):
        for which in ("manual", "automatic", "difference"):
            assert f'aria-label="{which} {name}: ' in page


def test_one_file_has_no_overview():
    assert "Overview" not in as_html([made.wrong()])
    assert "Overview" in as_html([made.wrong(), made.right()])


def test_headings_leave_no_level_out_of_one_file_or_several():
    for files in ([made.wrong()], [made.crashed()], [made.wrong(), made.crashed()]):
        levels = [int(level) for level in re.findall(r"<h(\d)", as_html(files))]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_file_without_source_or_studies_still_has_a_page():
    assert "Nothing was found" in as_html([Examination("empty.py")])
