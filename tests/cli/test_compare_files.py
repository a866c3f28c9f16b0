"""``autograd-mini compare FILE``: what goes where and how it ends; examining is tested apart."""

import csv
import json
import signal
import time
from dataclasses import replace

import numpy as np
import pytest

from nets import homework
from nets.homework.results import Examination
from tests.homework import examinations as made

BY_NAME = {make().file: make for make in made.ALL}


@pytest.fixture
def examined(monkeypatch):
    """Answer for each file by its name, and note what was asked."""
    asked = []

    def examine(path, **options):
        asked.append((path.name, options))
        return replace(BY_NAME[path.name](), file=str(path))

    monkeypatch.setattr(homework, "examine", examine, raising=False)
    return asked


@pytest.fixture
def folder(tmp_path):
    """Hold a file for each examination, in folders, among files of other kinds."""
    for k, name in enumerate(BY_NAME):
        path = tmp_path / "class" / f"group{k % 2}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("pass")
    for name in ("notes.txt", ".hidden.py", ".git/hook.py", "venv/lib/site.py"):
        path = tmp_path / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("pass")
    return tmp_path / "class"


def place(folder, name):
    return next(folder.rglob(name)).relative_to(folder.parent)


@pytest.mark.parametrize(
    ("name", "status"),
    [("right.py", 0), ("wrong.py", 1), ("crashed.py", 1), ("train.py", 2), ("work.ipynb", 1)],
)
def test_json_of_one_file_is_one_object_and_the_status_says_how_it_is(
    autograd_mini, examined, folder, name, status
):
    ran = autograd_mini("compare", place(folder, name), "--json")
    assert ran.status == status
    assert ran.json["file"] == str(place(folder, name))
    assert len(ran.out.splitlines()) == 1
    if status == 2:
        [line] = ran.err.splitlines()
        assert line.startswith(f"autograd-mini compare: {place(folder, name)}: found train(X, Y)")
        assert line.endswith("--backward NAME")
    else:
        assert ran.err == ""


def test_json_of_several_files_is_a_list_in_their_order(autograd_mini, examined, folder):
    names = ["wrong.py", "right.py", "work.ipynb"]
    ran = autograd_mini("compare", *(place(folder, name) for name in names), "--json")
    assert [each["file"].rpartition("/")[2] for each in ran.json] == names
    assert ran.status == 1


def test_a_folder_gives_all_its_python_files_and_notebooks(autograd_mini, examined, folder):
    ran = autograd_mini("compare", "class", "--json")
    files = [each["file"] for each in ran.json]
    assert files == sorted(files)
    assert {each.rpartition("/")[2] for each in files} == set(BY_NAME)
    assert ran.status == 1
    assert ran.err.count("\n") == 1


def test_a_file_named_twice_is_examined_once(autograd_mini, examined, folder):
    autograd_mini("compare", place(folder, "right.py"), "class", "--json")
    assert len(examined) == len(BY_NAME)


def test_a_person_sees_the_wrong_line_and_that_the_file_is_executed(
    autograd_mini, examined, folder
):
    ran = autograd_mini("compare", place(folder, "wrong.py"))
    assert "Executing the functions of class/" in ran.out
    assert "missing_activation_derivative" in ran.out
    assert "✗   24 │" in ran.out
    assert ran.err == ""


def test_of_many_files_a_person_sees_a_line_each(autograd_mini, examined, folder):
    ran = autograd_mini("compare", "class")
    assert "✗   24 │" not in ran.out
    for name in BY_NAME:
        assert name in ran.out


def test_options_point_at_functions_and_are_none_where_not_given(autograd_mini, examined, folder):
    name = place(folder, "right.py")
    np.savez(folder.parent / "d.npz", X=np.ones((2, 3)))
    autograd_mini("compare", name)
    autograd_mini(
        "compare", name, "--forward", "f", "--cost", "J", "--backward", "b", "--init", "start",
        "--layers", "3,4,1", "--data", "d.npz", "--seed", "5", "--timeout", "2.5",
    )  # fmt: skip
    (_, plain), (_, pointed) = examined
    assert {plain[each] for each in ("forward", "cost", "backward", "init", "data")} == {None}
    assert (plain["layers"], plain["seed"]) == (None, 0)
    found = {key: pointed[key] for key in ("forward", "cost", "backward", "init")}
    assert found == {"forward": "f", "cost": "J", "backward": "b", "init": "start"}
    assert str(pointed["data"]) == "d.npz"
    assert (pointed["layers"], pointed["seed"], pointed["timeout"]) == ([3, 4, 1], 5, 2.5)


def test_every_report_is_written_where_it_was_asked_for(autograd_mini, examined, folder, tmp_path):
    ran = autograd_mini(
        "compare", "class", "--html", "out.html", "--markdown", "out.md", "--csv", "out.csv"
    )
    assert (tmp_path / "out.html").read_text().startswith("<!doctype html>")
    assert "### `class/" in (tmp_path / "out.md").read_text()
    lines = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    assert sum(line["kind"] == "file" for line in lines) == len(BY_NAME)
    assert ran.out.count("report: file://") == 3


def test_markdown_without_a_path_is_all_of_standard_output(autograd_mini, examined, folder):
    name = place(folder, "wrong.py")
    for arguments in (["compare", name, "--markdown"], ["compare", "--markdown", name]):
        ran = autograd_mini(*arguments)
        assert ran.out.startswith("### `class/"), arguments
        assert "```diff" in ran.out
        assert ran.status == 1
    assert name.name == "wrong.py"
    assert next(folder.rglob("wrong.py")).read_text() == "pass"


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["nothing.py"], ["no file 'nothing.py'"]),
        (["class/notes.txt"], ["neither", ".ipynb"]),
        (["d.npz"], ["--data d.npz"]),
        (["empty"], ["empty", ".py"]),
        (["class", "--hidden", "tanh"], ["--hidden", "files"]),
        (["class", "--examples", "5"], ["--examples", "files"]),
        (["--forward", "f"], ["--forward", "my_homework.py"]),
        (["--csv", "x.csv"], ["--csv", "my_homework.py"]),
        (["class", "--html", "class/group0/wrong.py"], ["replace"]),
        (["class", "--html", "nowhere/x.html"], ["nowhere"]),
        (["class", "--json", "--markdown"], ["standard output"]),
        (["class", "--timeout", "0"], ["timeout"]),
        (["--init", "him"], ["him"]),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    autograd_mini, examined, folder, npz, tmp_path, arguments, fragments
):
    npz("d.npz", X=np.ones(3))
    (tmp_path / "empty").mkdir()
    ran = autograd_mini("compare", *arguments)
    assert ran.status == 2
    lines = [line for line in ran.err.splitlines() if "no backward function" not in line]
    assert len(lines) == 1, ran.err
    for each in fragments:
        assert each in lines[0]


def test_ctrl_c_keeps_what_is_done(autograd_mini, monkeypatch, folder, tmp_path):
    def examine(path, **_):
        if path.name == "train.py":
            time.sleep(0.3)
            signal.raise_signal(signal.SIGINT)
            time.sleep(0.3)
        return Examination(str(path))

    monkeypatch.setattr(homework, "examine", examine, raising=False)
    monkeypatch.setattr("nets.cli.several.MOST_AT_ONCE", 2)
    names = ["right.py", "wrong.py", "train.py", "crashed.py"]
    ran = autograd_mini(
        "compare", *(place(folder, name) for name in names), "--json", "--csv", "done.csv"
    )
    assert ran.status == 130
    assert "interrupted" in ran.err
    done = {each["file"].rpartition("/")[2] for each in json.loads(ran.out)}
    assert {"right.py", "wrong.py"} <= done < set(names)
    assert (tmp_path / "done.csv").read_text().count("\nfile,") == len(done)


def test_a_mistake_of_ours_in_one_file_does_not_cost_the_others(autograd_mini, monkeypatch, folder):
    def examine(path, **_):
        if path.name == "wrong.py":
            raise RuntimeError("no idea")
        return replace(made.right(), file=str(path))

    monkeypatch.setattr(homework, "examine", examine, raising=False)
    ran = autograd_mini("compare", place(folder, "wrong.py"), place(folder, "right.py"), "--json")
    assert ran.status == 2
    failed, fine = ran.json
    assert "RuntimeError: no idea" in failed["error"]["message"]
    assert fine["comparisons"][0]["ok"]
    assert len(ran.err.splitlines()) == 1


def test_a_network_has_a_page_too(autograd_mini, tmp_path):
    ran = autograd_mini("compare", "--layers", "3", "--html", "net.html")
    assert ran.status == 0
    assert "hm-map" in (tmp_path / "net.html").read_text()


def test_options_before_the_command_do_not_count_as_those_of_a_network(
    autograd_mini, examined, folder
):
    autograd_mini("--seed", "7", "compare", place(folder, "right.py"), "--json")
    assert examined[0][1]["seed"] == 7
