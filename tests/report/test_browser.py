"""In a browser the page is accessible, filters, unfolds, fits its window, and asks for no other file.

Skipped where Chromium is not there, or `pip install -e ".[browser]"` was not made; with STEPSTONE_BROWSER=1 that fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import pytest
from looks import LOOKS

from stepstone.report.page import report

pytestmark = pytest.mark.slow


def _needed(module: str) -> Any:
    if find_spec(module.partition(".")[0]) is None:
        _absent(f"{module} is not installed: the extra `browser`")
    return import_module(module)


def _absent(reason: str) -> NoReturn:
    """Skip, or fail where the browser is what is to be tested."""
    (pytest.fail if os.environ.get("STEPSTONE_BROWSER") == "1" else pytest.skip)(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    driver = _needed("playwright.sync_api")
    with driver.sync_playwright() as playwright:
        own = playwright.chromium.executable_path  # of `playwright install chromium`
        path = shutil.which("chromium") or shutil.which("google-chrome") or (own if Path(own).is_file() else None)
        if path is None:
            _absent("no Chromium: none on the path, none of `playwright install chromium`")
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def path(lab_case: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = report(lab_case.plan, lab_case.frame, tmp_path_factory.mktemp("seen"), lab_case.comparison)
    return folder


def shown(browser: Any, path: Path, look: str = "desktop") -> Any:
    """The page as it is opened, with what it asked for and complained of."""
    page = browser.new_page(**LOOKS[look])
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(path.as_uri())
    if look == "print":
        page.emulate_media(media="print")
    return page


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_serious_or_critical_is_found_by_axe(browser: Any, path: Path, look: str) -> None:
    axe = _needed("axe_playwright_python.sync_playwright")
    page = shown(browser, path, look)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= LOOKS[look]["viewport"]["width"]
    found = axe.Axe().run(page).response
    assert len(found["passes"]) > 20, "it looked at the page"
    assert [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")] == []


def test_the_page_asks_for_no_other_file_and_its_script_may_run(browser: Any, path: Path) -> None:
    page = shown(browser, path)
    assert page.asked == [path.as_uri()] and page.complaints == []
    assert page.locator("#filters").is_visible()


def test_a_filter_shows_one_target_one_group_and_one_encoder_and_all_again(browser: Any, path: Path) -> None:
    page = shown(browser, path)

    def seen(selector: str) -> list[str]:
        return [one.inner_text().strip() for one in page.locator(selector).all() if one.is_visible()]

    assert seen("#gains summary h3") == ["xnli", "tatoeba"]
    page.select_option("select[name=target]", "tatoeba")
    assert seen("#gains summary h3") == ["tatoeba"] and seen("#contrasts summary h3") == ["tatoeba"]
    page.select_option("select[name=part]", "far")
    page.select_option("select[name=model]", "large")
    assert seen("#gains thead th") == ["far"] and seen("#gains tr.model th") == ["large (17 M)"]
    assert len(seen("#gains tbody tr:nth-child(3) td")) == 1
    page.click("#filters button")
    page.wait_for_function("document.querySelector('select[name=model]').value === ''")
    assert seen("#gains summary h3") == ["xnli", "tatoeba"] and "near" in seen("#gains thead th")


def test_what_is_led_to_is_unfolded_and_what_is_printed_all_of_it(browser: Any, path: Path) -> None:
    page = shown(browser, path)
    page.evaluate("document.getElementById('gains-2').open = false")
    page.click("nav a[href='#gains-2']")
    page.wait_for_function("document.getElementById('gains-2').open")
    cell = page.locator("#scores tbody td").first
    assert not cell.is_visible()
    page.emulate_media(media="print")
    assert cell.evaluate("(one) => one.checkVisibility({contentVisibilityAuto: true})") and cell.bounding_box()


def test_a_sheet_is_made_no_smaller_for_a_table_of_many_columns(browser: Any, path: Path) -> None:
    page = shown(browser, path, "print")
    page.evaluate("""() => {
        const table = document.querySelector('#scores table'), rows = [...table.querySelectorAll('tr')];
        while (table.querySelectorAll('thead tr > *').length < 36)
            for (const row of rows) if (row.children[1]) row.append(row.lastElementChild.cloneNode(true));
        document.querySelectorAll('details').forEach((one) => { one.open = true; });
    }""")
    assert page.evaluate("document.documentElement.scrollWidth") <= LOOKS["print"]["viewport"]["width"]


def test_a_table_that_scrolls_says_so_and_keeps_its_first_column(browser: Any, path: Path) -> None:
    page = shown(browser, path, "phone")
    box = page.locator("#gains .wide").first
    page.wait_for_function("document.querySelector('#gains .wide').classList.contains('scrolls')")
    box.evaluate("(one) => { one.scrollLeft = 200; }")
    left = box.bounding_box()["x"]
    assert abs(box.locator("tbody th[scope=row]").first.bounding_box()["x"] - left) < 2
    assert box.get_attribute("tabindex") == "0"
    # A collapsed border is the table's, and a cell that stays in place covers it: its line would have a hole there.
    line = "(one) => getComputedStyle(one).borderTopWidth + getComputedStyle(one.closest('table')).borderCollapse"
    assert box.locator("tbody tr:nth-child(3) > th").first.evaluate(line) == "1pxseparate"


def test_a_dot_says_what_it_is_of(browser: Any, path: Path, lab_case: Any) -> None:
    page = shown(browser, path)
    titles = page.evaluate("[...document.querySelectorAll('svg title')].map((one) => one.textContent)")
    assert any(one.startswith("xnli, mnli in en-like, gain over no intermediate task: +") for one in titles)
