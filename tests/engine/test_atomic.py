"""Files are whole or not there, and errors name the file that was asked for."""

from pathlib import Path

import pytest

from autograd_mini.atomic import atomic


def test_what_interrupts_writing_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "kept.txt"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic(target) as draft:
        draft.write_text("ne")
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_takes_no_files_is_said_of_the_file_that_was_asked_for() -> None:
    with pytest.raises(OSError) as raised, atomic("/proc/page.html"):
        pass
    assert raised.value.filename == "/proc/page.html"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder"), atomic(tmp_path / "a" / "b.txt"):
        pass
