"""The gallery in docs: its script runs as it stands, and its pictures are those committed."""

import re
import runpy
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery")
    names = runpy.run_path(str(DOCS / "examples" / "gallery.py"))
    names["main"](folder)
    assert len(names["PICTURES"]) >= 4
    return folder


def labels(path):
    """Return the names of the boxes of a picture."""
    return sorted(each.get("data-name") for each in ET.parse(path).iter() if each.get("data-name"))


def test_every_picture_comes_with_a_page(gallery):
    files = sorted(each.name for each in gallery.iterdir())
    assert files == sorted(
        f"{name}.{form}"
        for name in ("attention", "five_layers", "mistake", "recurrent", "two_layers")
        for form in ("svg", "html")
    )


@pytest.mark.parametrize("name", ["attention", "five_layers", "mistake", "recurrent"])
def test_the_committed_pictures_show_what_the_script_draws(gallery, name):
    assert labels(DOCS / "pictures" / f"{name}.svg") == labels(gallery / f"{name}.svg")


def test_the_picture_of_the_readme_is_one_of_them(gallery):
    assert labels(DOCS / "network.svg") == labels(gallery / "two_layers.svg")


def test_committed_pictures_name_no_folder_of_the_machine_that_drew_them():
    for path in (DOCS / "network.svg", *sorted((DOCS / "pictures").glob("*.svg"))):
        assert not re.search(r"/\w+/[\w/]*gallery\.py", path.read_text()), path.name
