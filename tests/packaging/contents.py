"""Check what a wheel and an sdist contain: ``python contents.py DIST...``."""

import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
PACKAGES = ("autograd_mini", "nets")
BESIDES = ("tests", "docs")
FILES = ("README.md", "LICENSE", "pyproject.toml")
MADE = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


def sources(*folders: str) -> set[str]:
    """Return the paths of the tree's own files in `folders`."""
    return {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not MADE & set(path.parts)
    }


def contents(distribution: Path) -> set[str]:
    """Return the paths in a wheel or an sdist, without the sdist's own folder."""
    if distribution.suffix == ".whl":
        with zipfile.ZipFile(distribution) as wheel:
            return set(wheel.namelist())
    with tarfile.open(distribution) as sdist:
        files = [each.name for each in sdist.getmembers() if each.isfile()]
    return {str(PurePosixPath(*PurePosixPath(name).parts[1:])) for name in files}


def missing(distribution: Path) -> set[str]:
    """Return what should be in the distribution and is not."""
    wanted = sources(*PACKAGES)
    if distribution.suffix != ".whl":
        wanted |= sources(*BESIDES) | set(FILES)
    return wanted - contents(distribution)


def foreign(distribution: Path) -> set[str]:
    """Return what a wheel would put into site-packages beside our packages."""
    if distribution.suffix != ".whl":
        return set()
    return {
        name
        for name in contents(distribution)
        if not name.startswith(tuple(f"{each}/" for each in PACKAGES)) and ".dist-info/" not in name
    }


if __name__ == "__main__":
    bad = False
    for each in map(Path, sys.argv[1:]):
        problems = sorted(missing(each)), sorted(foreign(each))
        bad |= any(problems)
        print(f"{each.name}: {len(contents(each))} files", *filter(None, problems))  # noqa: T201
    sys.exit(bad or len(sys.argv) < 2)
