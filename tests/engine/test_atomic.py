"""Files are whole or not there, and errors name the file that was asked for."""

import errno
import os
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


def test_a_pipe_or_a_device_is_written_into_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with atomic(pipe) as draft:
        draft.write_text("new")
    assert os.read(reader, 10) == b"new"
    assert pipe.is_fifo()
    os.close(reader)


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    target, link = tmp_path / "file.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    with atomic(link) as draft:
        draft.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_link_to_itself_becomes_the_file(tmp_path: Path) -> None:
    link = tmp_path / "loop.txt"
    link.symlink_to(link)
    with atomic(link) as draft:
        draft.write_text("new")
    assert link.read_text() == "new"
