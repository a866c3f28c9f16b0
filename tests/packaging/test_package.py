"""What is promised about the package itself: its needs, its version, its types, its cost."""

import doctest
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import autograd_mini

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_the_core_needs_numpy_and_graphviz_only():
    names = [re.split(r"[<>=]", each)[0] for each in PROJECT["dependencies"]]
    assert names == ["numpy", "graphviz"]


def test_the_version_has_one_source():
    assert "version" in PROJECT["dynamic"]
    assert metadata.version("autograd_mini") == autograd_mini.__version__


@pytest.mark.parametrize("package", ["autograd_mini", "nets"])
def test_the_packages_are_typed(package):
    assert (ROOT / package / "py.typed").is_file()


def test_importing_the_engine_imports_nothing_but_numpy():
    found = python(
        "import sys, numpy; before = set(sys.modules)\n"
        "import autograd_mini\n"
        "ours = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "ours -= {*sys.stdlib_module_names, 'autograd_mini', 'numpy'}\n"
        "print(*sorted(name for name in ours if 'cython' not in name))"  # parts of numpy.random
    )
    assert found.stderr == ""
    assert found.stdout.split() == []


def test_importing_the_engine_leaves_compiling_and_checking_for_later():
    found = python(
        "import sys, autograd_mini\n"
        "late = ('autograd_mini.compile.writing.writer', 'autograd_mini.check', "
        "'autograd_mini.testing')\n"
        "print(*(name for name in late if name in sys.modules))"
    )
    assert found.stdout.split() == []


def test_the_engine_never_imports_nets():
    for path in (ROOT / "autograd_mini").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) nets\b", path.read_text(), re.MULTILINE), path


def test_without_the_extra_the_program_names_it_in_one_line():
    found = python(
        "import sys; sys.modules['click'] = None\nfrom nets.__main__ import main\nsys.exit(main())"
    )
    assert found.returncode == 2
    assert found.stdout == ""
    assert len(found.stderr.splitlines()) == 1
    assert "autograd_mini[cli]" in found.stderr


def test_every_extra_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    for extra in PROJECT["optional-dependencies"]:
        assert f"`{extra}`" in readme, extra


def test_the_examples_of_the_readme_hold(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert found.attempted > 8
    assert found.failed == 0
    assert (tmp_path / "cost.svg").is_file()


def test_the_pictures_of_the_readme_are_there():
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert pictures
    for each in pictures:
        assert (ROOT / each).stat().st_size < 200_000
