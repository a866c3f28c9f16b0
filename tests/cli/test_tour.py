"""`autograd-mini` with no arguments: what a newcomer sees first."""

import contextlib
import io
import re

import pytest

from nets.cli.app import run


@pytest.fixture(scope="module")
def toured(tmp_path_factory):
    """Return the exit status, what was said, and the report."""
    folder, said = tmp_path_factory.mktemp("tour"), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said):
        status = run([])
    return status, said.getvalue(), (folder / "report.html").read_text()


def test_trains_checks_and_says_where_the_report_is(toured):
    status, out, _ = toured
    assert status == 0
    assert float(re.search(r"accuracy on the training data ([\d.]+)%", out)[1]) > 85
    for name in ("dW1", "db1", "dW2", "db2"):
        assert re.search(rf"^{name} .* ok$", out, re.MULTILINE), out
    assert re.search(r"report: file:///\S+/report.html", out)


def test_the_report_holds_all_of_it_and_needs_nothing_else(toured):
    *_, page = toured
    for heading in (
        "How it learned", "What it answers", "Are the gradients right?", "The graph",
        "The formulas", "Do it again",
    ):  # fmt: skip
        assert f">{heading}</h2>" in page
    assert page.count("<svg") >= 3
    assert page.count("<math") > 8
    addresses = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)""", page)
    assert [each for each in addresses if not each.startswith(("#", "data:"))] == []
    assert "@import" not in page


def test_json_tells_the_same_to_a_program(autograd_mini, tmp_path):
    ran = autograd_mini("--json", "--report", "elsewhere.html", "--seed", "3")
    assert ran.status == 0
    assert ran.err == ""
    assert ran.json["accuracy"] > 0.85
    assert ran.json["gradients"] == {"ok": True, "first_wrong": None}
    assert ran.json["report"] == "elsewhere.html"
    assert (tmp_path / "elsewhere.html").is_file()
