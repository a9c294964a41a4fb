"""A real server over the real library, without a network, and a real browser."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESKTOP = {"width": 1280, "height": 1000}
PHONE = {"width": 390, "height": 800}


QUIET = """() => new Promise(done => {
    let timer;
    const watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(end, 400); });
    const end = () => { watch.disconnect(); done(); };
    watch.observe(document, {subtree: true, childList: true, attributes: true});
    timer = setTimeout(end, 400);
})"""
"""Resolves when nothing on the page has changed for 0.4 s: Streamlit says that it is done before it has drawn everything."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server and where it writes what it must not do."""

    address: str
    refused: Path


@pytest.fixture(scope="session")
def served(real_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the real library in a process that can reach nothing but this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    refused = tmp_path_factory.mktemp("served") / "refused.txt"
    environment = {**os.environ, "CASEBASE_HOME": str(real_library)}
    command = [sys.executable, str(Path(__file__).with_name("guarded_server.py")), str(port), str(refused)]
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address, server)
        yield Served(address, refused)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_until_ready(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
                if json.load(answer)["ready"]:
                    return
        except OSError:
            server.poll()
    pytest.fail("the server did not become ready")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium; skip where there is none, but never in CI."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs Chromium")
        pytest.skip("no Chromium on this machine: install the package chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@dataclass(slots=True)
class Visit:
    """A page, where it is served, and the hosts it asked."""

    page: Page
    address: str
    hosts: set[str] = field(default_factory=set)

    def open(self, path: str = "/") -> None:
        """Open a path and wait until the page is drawn."""
        self.page.goto(self.address + path)
        self.settle()

    def settle(self) -> None:
        """Wait until Streamlit has nothing left to draw."""
        self.page.locator("[data-testid=stMainBlockContainer] h1").first.wait_for()
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        self.page.evaluate(QUIET)

    def search(self, text: str) -> None:
        """Type a need and wait for the answer."""
        box = self.page.get_by_role("textbox").first
        box.fill(text)
        box.press("Enter")
        self.page.wait_for_url("**q=*")
        self.page.locator(".cb-why, [data-testid=stAlert]").first.wait_for()
        self.settle()

    def overflowing(self) -> list[str]:
        """Return what sticks out to the right of the window: tag, text and right edge of each element."""
        found: list[str] = self.page.evaluate(
            """() => [document.documentElement, ...document.querySelectorAll('[data-testid=stMainBlockContainer] *')]
                .filter(e => e.getBoundingClientRect().width > 0 && getComputedStyle(e).position !== 'absolute')
                .filter(e => e.getBoundingClientRect().right > innerWidth + 1
                    || e === document.documentElement && e.scrollWidth > innerWidth)
                .map(e => `${e.tagName} ${e.innerText.slice(0, 60)} ${Math.round(e.getBoundingClientRect().right)}`)"""
        )
        return found

    def picture(self, name: str) -> None:
        """Save a screenshot for README and guide."""
        IMAGES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=IMAGES / f"{name}.png")


@pytest.fixture
def visit(served: Served, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Open a fresh browser window; a mark `phone` makes it narrow."""
    size = PHONE if request.node.get_closest_marker("phone") else DESKTOP
    context = browser.new_context(viewport=size, locale="vi-VN")
    page = context.new_page()
    opened = Visit(page, served.address)

    def note(asked: Request) -> None:
        opened.hosts.add(asked.url.split("/")[2])

    page.on("request", note)
    yield opened
    context.close()
