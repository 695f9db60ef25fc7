# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A headless Chromium of this machine, driven by the chromedriver of this machine: nothing is downloaded."""

from __future__ import annotations

import base64
import json
import os
import shutil
from pathlib import Path
from typing import Any

from selenium import webdriver

NAMES = (("chromium", "chromium-browser", "google-chrome"), ("chromedriver",))
PHONE, DESK = 390, 1180  # widths in CSS pixels
_INTERNAL = {"data", "about", "chrome"}  # schemes of requests that do not leave the browser


def paths() -> list[str | None]:
    """The paths of the browser and of its driver; None if one is not installed."""
    return [next(filter(None, map(shutil.which, names)), None) for names in NAMES]


class Browser:
    """A browser that shows one page at a time, for a given screen width, colour scheme and medium."""

    def __init__(self) -> None:
        browser, driver = paths()
        options = webdriver.ChromeOptions()
        options.binary_location = browser or ""
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        for argument in ("--headless=new", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")  # Chromium's own does not work for root
        self.driver: Any = webdriver.Chrome(options, webdriver.ChromeService(driver))  # selenium is half typed

    def close(self) -> None:
        self.driver.quit()

    def show(self, page: Path, *, width: int = DESK, scheme: str = "light", media: str = "screen") -> None:
        size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width == PHONE}
        self._command("Emulation.setDeviceMetricsOverride", **size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._command("Emulation.setEmulatedMedia", media=media, features=features)
        self.logs("performance")
        self.driver.get(page.as_uri())

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def logs(self, kind: str) -> list[Any]:
        logged: list[Any] = self.driver.get_log(kind)
        return logged

    def requests(self) -> list[str]:
        """The URLs that the page requested, including its own."""
        messages = [json.loads(entry["message"])["message"] for entry in self.logs("performance")]
        sent = [message["params"] for message in messages if message["method"] == "Network.requestWillBeSent"]
        urls = [parameters["request"]["url"] for parameters in sent]
        return [url for url in urls if url.partition(":")[0] not in _INTERNAL]

    def picture(self, width: int, height: int) -> bytes:
        """The upper part of the page as PNG."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self._command("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shot["data"])

    def printed(self) -> bytes:
        return base64.b64decode(self._command("Page.printToPDF", preferCSSPageSize=True)["data"])

    def _command(self, command: str, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, arguments)
