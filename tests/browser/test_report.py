"""The page of ``bn-theory report`` as it opens from a disk. Run by ``make test-browser``."""

import base64

import pytest
from click.testing import CliRunner

from bn_theory.cli import main
from tests.browser.pages import at_width, complaints, find, forget, requests

ARGUMENTS = "report --depth 6 --networks 10 --samples 100 --formulas forward.row_norm* --out"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("report")
    result = CliRunner().invoke(main, [*ARGUMENTS.split(), str(target)])
    assert result.exit_code in (0, 1), result.output  # few draws may reject
    return target


@pytest.fixture
def page(browser, folder):
    forget(browser)
    browser.get((folder / "index.html").as_uri())
    return browser


def shown_rows(page):
    rows = find(page, "#verdict-table tr[data-verdict]")
    return [row for row in rows if row.is_displayed()]


def test_one_file_says_all(page):
    assert complaints(page) == []
    asked = {url for url in requests(page) if not url.startswith("data:")}
    assert asked == {page.current_url}
    assert len(find(page, "svg.plot")) >= 3


def test_formulas_are_typeset(page):
    sizes = page.execute_script(
        "return [...document.querySelectorAll('math')].map(node => node.getBoundingClientRect())"
        ".map(box => [box.width, box.height])"
    )
    assert sizes
    assert all(width > 0 and height > 0 for width, height in sizes)


def test_links_lead_somewhere(page, folder):
    targets = [a.get_dom_attribute("href") for a in find(page, "a[href]")]
    assert targets
    anchors = {target[1:] for target in targets if target.startswith("#")}
    assert {name for name in anchors if not find(page, f"[id='{name}']")} == set()
    files = {t for t in targets if not t.startswith(("#", "http:", "https:"))}
    assert {name for name in files if not (folder / name).exists()} == set()


def test_the_filter_filters(page):
    everything = len(shown_rows(page))
    box = find(page, "#filter-words")[0]
    box.send_keys("variance")
    some = shown_rows(page)
    assert 0 < len(some) < everything
    box.clear()
    box.send_keys("nothing-has-this-name")
    assert shown_rows(page) == []


def test_what_is_copied_is_what_the_button_says(page):
    page.execute_script("navigator.clipboard.writeText = async text => { window.copied = text; }")
    button = find(page, "button[data-copy]")[0]
    page.execute_script("arguments[0].scrollIntoView(); arguments[0].click()", button)
    assert page.execute_script("return window.copied") == button.get_dom_attribute("data-copy")


def test_a_telephone_needs_no_scrolling_sideways(browser, folder):
    with at_width(browser, 375):
        browser.get((folder / "index.html").as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 375


def test_dark_is_dark(page):
    colours = []
    for scheme in ("light", "dark"):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        colours.append(
            page.execute_script("return getComputedStyle(document.body).backgroundColor")
        )
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert colours[0] != colours[1]


def test_paper_keeps_every_column(page):
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    with at_width(page, 700):  # the text of an A4 page, in CSS pixels
        widths = page.execute_script(
            "return [...document.querySelectorAll('table')].map("
            "table => table.getBoundingClientRect().right)"
        )
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert widths
    assert max(widths) <= 700
    printed = page.execute_cdp_cmd("Page.printToPDF", {})["data"]
    assert base64.b64decode(printed).startswith(b"%PDF")
