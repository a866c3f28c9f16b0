"""Run the official suite of the Python array API against this namespace and against NumPy's.

    git clone --recursive https://github.com/data-apis/array-api-tests
    python tests/array_api/run_official.py array-api-tests --max-examples 100

The suite is not on a package index, so it needs a checkout.  What fails here and passes with
NumPy is listed; the exit status is 1 if there is any.  Further arguments go to pytest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

OURS, THEIRS = "autograd_mini", "numpy"


def outcomes(report: Path) -> dict[str, bool]:
    """Return by test whether it passed; skipped ones are left out."""
    found = {}
    for case in ET.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        if "skipped" not in kinds:
            name = f"{case.get('classname')}::{case.get('name')}"
            found[name] = not kinds & {"failure", "error"}
    return found


def run(suite: Path, module: str, more: list[str]) -> dict[str, bool]:
    """Run the suite against `module`."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable, "-m", "pytest", "array_api_tests", "-q", "-p", "no:cacheprovider",
            "--disable-warnings", "--disable-deadline", f"--junitxml={report}", *more,
        ]  # fmt: skip
        settings = {
            "ARRAY_API_TESTS_MODULE": module,
            "ARRAY_API_TESTS_VERSION": "2024.12",
            "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
        }
        subprocess.run(command, cwd=suite, env={**os.environ, **settings}, check=False)
        if not report.exists():
            raise SystemExit(f"the suite in {suite} did not run with {module}")
        return outcomes(report)


def main() -> int:
    """Run both and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", type=Path, help="checkout of array-api-tests")
    parser.add_argument("--max-examples", default="100")
    options, more = parser.parse_known_args()
    if not (options.suite / "array_api_tests").is_dir():
        parser.error(f"{options.suite} is no checkout of array-api-tests")
    more = ["--max-examples", options.max_examples, *more]
    ours, theirs = (run(options.suite, module, more) for module in (OURS, THEIRS))
    worse = sorted(name for name, passed in ours.items() if not passed and theirs.get(name, True))
    for module, found in ((OURS, ours), (THEIRS, theirs)):
        print(f"{module}: {sum(found.values())} of {len(found)} passed")  # noqa: T201
    for name in worse:
        print("fails here only:", name)  # noqa: T201
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
