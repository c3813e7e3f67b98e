"""The built documentation as a reader without a network sees it. Run by ``make test-browser``."""

import pytest

from tests.browser.pages import at_width, complaints, find, forget, requests

PAGES = (
    "index.html",
    "guide/start.html",
    "guide/gallery.html",
    "theory/weingarten.html",
    "reference/generated/formulas/backward.html",
)
#: What a search must find first.
FOUND_FIRST = {
    "latex export": "guide/latex.html",
    "projection": "guide/projections.html",
    "small dimension": "guide/small-and-large-d.html",
    "gradient": "theory/backward.html",
    "einsum": "guide/traces-and-einsum.html",
    "haarpy": "guide/coming-from.html",
    "max_cost": "guide/limits.html",
    "install": "guide/install.html",
}

_TYPESET = """
const done = arguments[0];
// on a busy machine a page may be handed over before it is read to its end
const read = document.readyState === "complete"
    ? Promise.resolve() : new Promise(resolve => window.addEventListener("load", resolve));
read.then(() => window.MathJax && MathJax.startup && MathJax.startup.promise).then(() => {
    const shown = node => node.querySelector("mjx-container svg") !== null;
    const formulas = [...document.querySelectorAll(".math")];
    done({
        formulas: formulas.length,
        bare: formulas.filter(node => !shown(node)).map(node => node.textContent.slice(0, 80)),
        errors: [...document.querySelectorAll("[data-mjx-error]")]
            .map(node => node.getAttribute("data-mjx-error")),
    });
});
"""


def open_page(browser, address):
    """Open a page with empty logs; return what became of its formulas."""
    forget(browser)
    browser.get(address)
    return browser.execute_async_script(_TYPESET)


@pytest.mark.parametrize("page", PAGES)
def test_formulas_are_typeset_without_a_network(browser, html, page):
    found = open_page(browser, (html / page).as_uri())
    assert found["formulas"] > 0
    assert found["bare"] == []
    assert found["errors"] == []
    assert complaints(browser) == []
    asked = requests(browser)
    assert asked
    assert {url for url in asked if not url.startswith(("file:", "data:", "blob:"))} == set()


def test_pictures_are_pictures(browser, html):
    open_page(browser, (html / "guide" / "gallery.html").as_uri())
    drawn = [cell for cell in find(browser, "div.cell") if "wn.draw" in cell.text]
    assert len(drawn) >= 5
    assert all(find(cell, ".cell_output img") for cell in drawn)


def test_a_formula_that_is_not_typeset_is_noticed(browser, html):
    page = html / "guide" / "without-mathjax.html"
    source = (html / "guide" / "start.html").read_text(encoding="utf-8")
    page.write_text(source.replace("tex-svg-full.js", "absent.js"), encoding="utf-8")
    try:
        found = open_page(browser, page.as_uri())
    finally:
        page.unlink()
    assert len(found["bare"]) == found["formulas"] > 0
    assert complaints(browser)


@pytest.mark.parametrize("page", [*PAGES, "guide/limits.html", "theory/backward.html"])
def test_a_telephone_needs_no_scrolling_sideways(browser, html, page):
    with at_width(browser, 375):
        open_page(browser, (html / page).as_uri())
        width = browser.execute_script("return document.documentElement.scrollWidth")
    assert width <= 375


@pytest.mark.parametrize(("query", "page"), FOUND_FIRST.items())
def test_a_search_finds_the_right_page_first(browser, site, query, page):
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(f"{site}/search.html?q={query.replace(' ', '+')}")
    links = WebDriverWait(browser, 60).until(
        lambda driver: find(driver, "#search-results ul.search li a")
    )
    first = links[0].get_attribute("href").removeprefix(site + "/").partition("?")[0]
    assert first.partition("#")[0] == page
