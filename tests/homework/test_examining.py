"""A person's file is examined as it is: right code is right, a mistake is named on its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nets import homework
from nets.homework.inspecting import Request, inspect
from tests.homework.handwriting import CORPUS
from tests.homework.plant import Plant
from tests.homework.planting import plants
from tests.homework.scores import score

STYLES = sorted(path.name for path in CORPUS.iterdir() if path.suffix in (".py", ".ipynb"))


@pytest.mark.parametrize("style", STYLES)
def test_right_code_of_every_style_is_right(style: str) -> None:
    found = inspect(Request(str(CORPUS / style), seed=len(style)))
    assert found.failure is None
    assert found.studies
    for study in found.studies:
        assert study.ok, [(row.name, row.verdict, row.diagnosis) for row in study.rows]


def sample() -> list[Plant]:
    """Return one mistake of each kind, in one style after the other; all are scored by a script."""
    kinds: dict[str, list[Plant]] = {}
    for each in plants():
        kinds.setdefault(each.mistake, []).append(each)
    return [many[7 * k % len(many)] for k, many in enumerate(kinds.values())]


@pytest.mark.slow
@pytest.mark.parametrize("plant", sample(), ids=str)
def test_a_planted_mistake_is_found_and_named_where_it_is(plant: Plant, tmp_path: Path) -> None:
    found = score(plant, tmp_path)
    if found.effect == "none":
        assert not found.detected, found.said
    else:
        assert found.detected, found.said
        assert found.named, (plant.codes, found.said)
        assert found.placed, found.said


def test_the_line_to_write_is_in_the_persons_own_names(tmp_path: Path) -> None:
    text = (CORPUS / "course_planar.py").read_text()
    file = tmp_path / "mine.py"
    file.write_text(text.replace(" * (1 - np.power(A1, 2))", ""))
    (study,) = inspect(Request(str(file))).studies
    row = next(row for row in study.rows if row.name == study.first_wrong)
    assert row.name == "dZ1"
    assert row.diagnosis is not None
    assert row.diagnosis.code == "missing_activation_derivative"
    assert row.diagnosis.fix == "dZ1 = np.dot(W2.T, dZ2) * (1 - A1**2)"
    assert row.line is not None
    assert text.split("\n")[row.line - 1].strip().startswith("dZ1 =")


def test_a_notebook_is_read_cell_by_cell(tmp_path: Path) -> None:
    text = (CORPUS / "course_planar.py").read_text()
    cells = [
        {"cell_type": "markdown", "source": ["# homework"]},
        {"cell_type": "code", "source": "%matplotlib inline\n!ls\nimport numpy as np"},
        {"cell_type": "code", "source": text.splitlines(keepends=True)},
    ]
    file = tmp_path / "mine.ipynb"
    file.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    (study,) = inspect(Request(str(file))).studies
    assert study.ok
    assert {row.cell for row in study.rows if row.verdict != "unchecked"} == {2}


def test_code_at_module_level_never_runs(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    mark = tmp_path / "ran"
    text = (CORPUS / "course_planar.py").read_text()
    file.write_text(f"{text}\nopen({str(mark)!r}, 'w').write('ran')\nwhile True: pass\n")
    assert inspect(Request(str(file))).studies[0].ok
    assert not mark.exists()


def test_what_the_file_raises_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = (CORPUS / "course_planar.py").read_text().replace("np.dot(W2.T, dZ2)", "np.dot(W2, dZ2)")
    file.write_text(text)
    failure = inspect(Request(str(file))).failure
    assert failure is not None
    assert failure.theirs
    assert failure.type == "ValueError"
    assert failure.line is not None
    assert "dZ1" in text.split("\n")[failure.line - 1]
    assert failure.diagnosis is not None
    assert failure.diagnosis.code == "transpose"


def test_what_cannot_be_told_apart_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def fit(X):\n    return X\n")
    found = inspect(Request(str(file)))
    assert found.exit_status == 2
    assert found.failure is not None
    assert "fit(X)" in found.failure.message
    assert "--forward NAME" in found.failure.message


def test_a_file_that_never_ends_is_stopped(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = (CORPUS / "course_planar.py").read_text()
    file.write_text(text.replace("    dZ2 = A2-Y\n", "    while True: pass\n"))
    found = homework.examine(file, timeout=2)
    assert found.failure is not None
    assert found.failure.type == "TimeLimit"
    assert found.exit_status == 1


LEFT_BEHIND = {
    "a thread": "import threading, time\n    "
    "threading.Thread(target=lambda: time.sleep(60)).start()",
    "a process": "import os, time\n    os.fork() or (time.sleep(60), os._exit(0))",
}


@pytest.mark.parametrize("what", LEFT_BEHIND)
def test_a_file_is_judged_though_it_leaves_something_running(what: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = (CORPUS / "course_planar.py").read_text()
    file.write_text(text.replace("    dZ2 = A2-Y\n", f"    {LEFT_BEHIND[what]}\n    dZ2 = A2-Y\n"))
    found = homework.examine(file, timeout=40)
    assert found.failure is None
    assert found.studies[0].ok


def test_a_copy_of_the_process_that_the_file_has_forked_answers_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    text = (CORPUS / "course_planar.py").read_text()
    forking = "    import os; os.fork()\n"
    file.write_text(text.replace("    dZ2 = A2-Y\n", f"{forking}    dZ2 = A2-Y\n"))
    assert homework.examine(file).studies[0].ok
    assert capfd.readouterr().err == ""


def test_what_the_file_prints_is_not_on_standard_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    text = (CORPUS / "course_planar.py").read_text()
    file.write_text(text.replace("    dZ2 = A2-Y\n", "    print('here')\n    dZ2 = A2-Y\n"))
    assert homework.examine(file).studies[0].ok
    out, err = capfd.readouterr()
    assert out == ""
    assert "here" in err


def test_of_what_the_file_prints_without_end_the_first_is_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    text = (CORPUS / "course_planar.py").read_text()
    printing = "    for i in range(100_000): print('step', i)\n"
    file.write_text(text.replace("    dZ2 = A2-Y\n", f"{printing}    dZ2 = A2-Y\n"))
    assert homework.examine(file).studies[0].ok
    err = capfd.readouterr().err
    assert err.startswith("step 0\nstep 1\n")
    assert err.endswith("… (what else mine.py prints is not shown)\n")
    assert len(err) < 20_000


def test_a_guard_inside_the_logarithm_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = (CORPUS / "course_planar.py").read_text()
    file.write_text(text.replace("np.log(A2)", "np.log(A2 + 1e-3)"))
    (study,) = inspect(Request(str(file))).studies
    assert study.ok
