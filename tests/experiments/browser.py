"""A headless Chromium driven through its own pipe: opens pages, uses them, says what went wrong."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHROMIUM = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome", "chrome")
        if (path := shutil.which(name))
    ),
    None,
)
PATIENCE = 120.0  # s


class Browser:
    """One page of one browser.

    wrong: errors of the page, its console and its log · requests: every address it asked for
    """

    def __init__(self, profile: Path, width: int = 1280, height: int = 900) -> None:
        there, ours = os.pipe()
        self._from, theirs = os.pipe()
        options = (
            "--headless=new --no-sandbox --disable-gpu --hide-scrollbars --no-first-run "
            f"--remote-debugging-pipe --disable-background-networking --window-size={width},{height}"
        )

        def lay() -> None:  # the browser reads orders from 3 and writes answers to 4
            first, second = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (there, theirs))
            os.dup2(first, 3)
            os.dup2(second, 4)

        self._process = subprocess.Popen(
            [str(CHROMIUM), *options.split(), f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(3, 4),
            preexec_fn=lay,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there)
        os.close(theirs)
        self._to = os.fdopen(ours, "wb", buffering=0)
        self._read, self._number = b"", 0
        self.wrong: list[str] = []
        self.requests: list[str] = []
        self._session = ""
        target = next(t for t in self("Target.getTargets")["targetInfos"] if t["type"] == "page")
        found = self("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = found["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self(f"{domain}.enable")
        self.resize(width, height)

    def __call__(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Give a command of the DevTools protocol and wait for its answer."""
        self._number += 1
        order = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            order["sessionId"] = self._session
        self._to.write(json.dumps(order).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            said = self._next(end)
            if said.get("id") == self._number:
                assert "error" not in said, said
                found: dict[str, Any] = said["result"]
                return found
        raise TimeoutError(method)

    def _next(self, end: float) -> dict[str, Any]:
        while b"\0" not in self._read:
            ready, _, _ = select.select([self._from], [], [], max(end - time.monotonic(), 0.0))
            if not ready:
                raise TimeoutError("the browser says nothing")
            part = os.read(self._from, 1 << 16)
            assert part, "the browser has gone"
            self._read += part
        text, _, self._read = self._read.partition(b"\0")
        said: dict[str, Any] = json.loads(text)
        self._note(said.get("method", ""), said.get("params", {}))
        return said

    def _note(self, method: str, about: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            self.wrong.append(str(details.get("exception", {}).get("description", details["text"])))
        elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            self.wrong.append(str([one.get("value", one.get("description")) for one in about["args"]]))
        elif method == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.wrong.append(f"{about['entry']['text']} {about['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])

    def open(self, address: str) -> None:
        """Go to a page and wait until it is read."""
        self("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def do(self, script: str) -> Any:
        """The value of an expression on the page."""
        found = self("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, script: str, until: Callable[[Any], bool] = bool, patience: float = PATIENCE) -> Any:
        """Wait until an expression on the page is true, or as asked."""
        end = time.monotonic() + patience
        while not until(found := self.do(script)):
            assert time.monotonic() < end, f"{script} is still {found!r}; wrong: {self.wrong}"
            time.sleep(0.05)
        return found

    def resize(self, width: int, height: int = 900) -> None:
        """Give the page another width."""
        self(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def picture(self, path: Path, whole: bool = True) -> None:
        """A picture of the page, down to its end or as seen."""
        size = self("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"clip": {**size, "scale": 1}} if whole else {}
        found = self("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **clip)
        path.write_bytes(base64.b64decode(found["data"]))

    def printed(self, path: Path) -> None:
        """The page as it prints."""
        how = {"printBackground": True, "preferCSSPageSize": True, "paperWidth": 8.27, "paperHeight": 11.69}
        found = self("Page.printToPDF", **how)
        path.write_bytes(base64.b64decode(found["data"]))

    def close(self) -> None:
        """End the browser."""
        self._process.terminate()
        self._process.wait(20)
        self._to.close()
        os.close(self._from)
