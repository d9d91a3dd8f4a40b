"""The built site needs no network: nothing on any page is loaded from elsewhere.

usage: python scripts/site/check.py SITE
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data", "video": "src"}
RELATIONS = {
    "stylesheet",
    "preload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "icon",
    "manifest",
    "modulepreload",
}
REMOTE = re.compile(r"^(https?:)?//")
STYLE = re.compile(r"(?:url\(|@import\s+)[\"']?((?:https?:)?//[^\"')\s;]+)")


class Loads(HTMLParser):
    """The addresses a page loads by itself, without a click."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag loads."""
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and RELATIONS & set(given.get("rel", "").split()):
            self.found.append(given.get("href", ""))
        elif tag in LOADS:
            self.found.append(given.get(LOADS[tag], ""))
        self.found += STYLE.findall(given.get("style", ""))
        if "mermaid" in given.get("class", "").split():
            self.found.append("https://: the script that draws diagrams")


def remote(site: Path) -> Iterator[tuple[Path, str]]:
    """Every page or style sheet that loads something from elsewhere, and what."""
    for path in sorted(site.rglob("*.html")):
        page = Loads()
        page.feed(path.read_text(encoding="utf-8"))
        yield from ((path, address) for address in page.found if REMOTE.match(address))
    for path in sorted(site.rglob("*.css")):
        yield from ((path, address) for address in STYLE.findall(path.read_text(encoding="utf-8")))


def main(words: list[str]) -> int:
    """Say what is loaded from elsewhere; 0 if nothing is."""
    site = Path(words[0])
    found = list(remote(site))
    for path, address in found:
        print(f"{path}: loads {address}", file=sys.stderr)
    pages = sum(1 for _ in site.rglob("*.html"))
    if not pages:
        print(f"{site}: no page is there", file=sys.stderr)
    elif not found:
        print(f"the documentation is {site / 'index.html'}: {pages} pages, nothing loaded from elsewhere")
    return int(bool(found) or not pages)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
