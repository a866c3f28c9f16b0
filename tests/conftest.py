"""Tests that need an optional package are collected where it is installed."""

import signal
from importlib.util import find_spec
from pathlib import Path

NEEDS = {"browser": "playwright", "oracle": "torch"}
ABSENT = [folder for folder, package in NEEDS.items() if find_spec(package) is None]

collect_ignore = [str(Path(__file__).parent / folder) for folder in ABSENT]


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that runs us in the background has Ctrl-C ignored, and tests press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption(
        "--report", type=Path, help="a report.html to open in the browser; made if not given"
    )


def pytest_report_header():
    extras = ", ".join(f"tests/{folder} (extra `{folder}`)" for folder in ABSENT)
    return f"not collected: {extras}" if extras else None
