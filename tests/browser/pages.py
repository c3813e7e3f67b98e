"""What a page asked for, what it complained about, and how it looks on a telephone."""

import json
from contextlib import contextmanager


def find(browser, selector):
    """Return the elements of a CSS selector."""
    return browser.find_elements("css selector", selector)


def forget(browser):
    """Empty the logs."""
    for log in ("browser", "performance"):
        browser.get_log(log)


def complaints(browser):
    """Return the errors and warnings of the console."""
    return [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]


def requests(browser):
    """Return the addresses that were asked for."""
    messages = [json.loads(line["message"])["message"] for line in browser.get_log("performance")]
    return {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }


@contextmanager
def at_width(browser, width):
    """Show pages as a telephone of this width does."""
    telephone = {"width": width, "height": 812, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", telephone)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
