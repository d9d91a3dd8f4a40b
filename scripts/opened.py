"""How long a browser takes to open and paint a page, beside its own start. Says so; judges nothing.

usage: python scripts/opened.py PAGE
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def seconds(browser: str, address: str, folder: str) -> float:
    """Until the browser has painted an address and left."""
    start = time.perf_counter()
    subprocess.run(
        [
            browser, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
            "--window-size=1280,900", "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--screenshot={folder}/seen.png", address,
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return time.perf_counter() - start


def main(words: list[str]) -> int:
    """Print the seconds that opening takes."""
    page = Path(words[0]).resolve()
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        print("no Chromium or Chrome here: opening is not timed")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        seconds(browser, "about:blank", folder)  # makes its profile
        start = min(seconds(browser, "about:blank", folder) for _ in range(2))
        whole = min(seconds(browser, page.as_uri(), folder) for _ in range(2))
    size = page.stat().st_size / 1e6
    print(
        f"{max(whole - start, 0):.1f} s to open {page.name} ({size:.1f} MB), beside {start:.1f} s to start it"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
