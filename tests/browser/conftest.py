import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


# Not for the session: while Playwright runs, so does its event loop, and other tests start theirs.
@pytest.fixture(scope="module")
def chromium():
    """Yield a browser for the tests of one file."""
    path = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    assert path, "Chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def report(request, tmp_path_factory) -> Path:
    """Return the report of a tour: the one named by ``--report``, or a fresh one."""
    given = request.config.getoption("--report")
    if given is not None:
        assert given.is_file(), f"no report at {given}"
        return given.resolve()
    from nets.cli.app import run

    made = tmp_path_factory.mktemp("tour") / "report.html"
    assert run(["--report", str(made), "--json"]) == 0
    return made


@pytest.fixture(params=["light", "dark"])
def opened(request, chromium, report):
    """Yield the report's page, in light and in dark, with what it said and asked for."""
    context = chromium.new_context(
        color_scheme=request.param, viewport={"width": 1280, "height": 900}, offline=True
    )
    page = context.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.goto(report.as_uri())
    yield page
    context.close()
