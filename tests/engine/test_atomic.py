"""Files are whole or not there, and errors name the file that was asked for."""

import errno
import tempfile
from pathlib import Path
from typing import Any

import pytest

from autograd_mini.atomic import atomic


def interrupted(target: Path) -> None:
    with atomic(target) as draft:
        draft.write_text("ne")
        raise KeyboardInterrupt


def test_what_interrupts_writing_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "kept.txt"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_takes_no_files_is_said_of_the_file_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise OSError(errno.EACCES, "Permission denied", str(tmp_path / ".page.html.x1"))

    monkeypatch.setattr(tempfile, "TemporaryDirectory", refuse)
    with pytest.raises(PermissionError, match="Permission denied") as raised:
        interrupted(tmp_path / "page.html")
    assert raised.value.filename == str(tmp_path / "page.html")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder"), atomic(tmp_path / "a" / "b.txt"):
        pass
