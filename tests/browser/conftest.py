"""A headless Chromium that reaches nothing but this machine, and the built documentation."""

import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "docs" / "_build" / "html"


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def html():
    """Return the folder of the built documentation."""
    assert (BUILT / "index.html").exists(), "no documentation was built: run `make docs`"
    return BUILT


@pytest.fixture(scope="session")
def browser():
    """Return a Chromium without a network: every name but that of this machine is unknown."""
    from selenium import webdriver

    paths = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    assert all(paths.values()), f"Debian's chromium and chromium-driver are needed: {paths}"
    options = webdriver.ChromeOptions()
    options.binary_location = paths["chromium"]
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(paths["chromedriver"]))
    driver.set_script_timeout(120)
    yield driver
    driver.quit()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Keep the requests to itself."""


@pytest.fixture(scope="session")
def site(html):
    """Serve the documentation on this machine; return its address (a search needs one)."""
    handler = functools.partial(_Quiet, directory=html)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
