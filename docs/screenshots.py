"""Make the pictures of the pages in ``docs/img`` anew.

``python docs/screenshots.py`` runs the service on a free port and looks at it with the machine's
own Chromium, at the widths of a desk and of a phone.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "img"
# File, address, width and height of the window.
SHOTS = (
    ("pair-page.png", "/pairs/IND/RUS", 1280, 1000),
    ("phone.png", "/pairs/IND/RUS", 390, 844),
)


def main() -> None:
    """Write every picture."""
    command = [sys.executable, "-m", "comity", "serve", "--port", "0", "--no-log"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:  # noqa: S603
        try:
            _look(_address(service))
        finally:
            service.terminate()


def _address(service: subprocess.Popen[str]) -> str:
    line = service.stderr.readline() if service.stderr else ""
    found = re.search(r"http://[\d.]+:\d+", line)
    if found is None:
        raise SystemExit(f"The service did not start: {line}")
    for _ in range(1500):
        try:
            urlopen(f"{found[0]}/readyz").close()  # noqa: S310 - our own service
        except URLError:
            time.sleep(0.2)
        else:
            break
    return found[0]


def _look(home: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, address, width, height in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(home + address, wait_until="networkidle")
            page.screenshot(path=IMAGES / name)
        browser.close()


if __name__ == "__main__":
    main()
