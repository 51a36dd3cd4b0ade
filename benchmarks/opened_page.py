"""How long a page takes to open in Chromium, how large it is, and what axe-core finds in it, at four sizes and looks.

    python benchmarks/large_report.py --out large
    python benchmarks/opened_page.py large/report.html

It takes the extra `browser` and a Chromium on the path. Seconds are to the end of the event `load`; it fails beyond
the limits, and where axe finds anything serious.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from looks import LOOKS
from playwright.sync_api import Browser, sync_playwright

SECONDS, MEGABYTES = 2.0, 5.0
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def look(browser: Browser, path: Path, name: str) -> bool:
    """Open the page in one look and print what was found; whether it is within the limits."""
    page = browser.new_page(**LOOKS[name])
    page.goto(path.as_uri())
    seconds = page.evaluate(LOADED) / 1000
    if name == "print":
        page.emulate_media(media="print")
    found = Axe().run(page).response["violations"]
    serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    print(f"{name}: open in {seconds:.2f} s, axe: {', '.join(serious) or 'nothing serious'}", flush=True)
    page.close()
    return seconds <= SECONDS and not serious


def main() -> None:
    """Open, measure, look."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    path = parser.parse_args().page.resolve()
    size = path.stat().st_size / 1e6
    print(f"{size:.2f} MB")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        fine = [look(browser, path, name) for name in LOOKS]
        browser.close()
    sys.exit(not all(fine) or size > MEGABYTES)


if __name__ == "__main__":
    main()
