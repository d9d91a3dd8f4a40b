"""The built site in a real browser, from files: every page on a phone's width and a desk's.

usage: python scripts/site/browse.py SITE

Says which page is wider than its window, asks for something from elsewhere, or has an error; and tries the
search. Where there is no Chromium, it says so and is content.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = (390, 1280)
HARNESS = """<!doctype html><meta charset="utf-8"><pre id="answer">no answer</pre><script>
const pages = PAGES, widths = WIDTHS, root = ROOT, found = [];
const wait = ms => new Promise(done => setTimeout(done, ms));
async function seen(page, width) {
  const frame = document.createElement("iframe");
  frame.width = width; frame.height = 900; frame.src = root + page;
  const loaded = new Promise(done => frame.onload = done);
  document.body.append(frame);
  await loaded;
  const inside = frame.contentDocument, over = () => inside.documentElement.scrollWidth - width;
  for (let tries = 0; tries < 2 || (over() > 0 && tries < 40); tries++) await wait(60); // scripts settle
  if (over() > 0 && !page.includes("?q=")) found.push(`${page} at ${width} px is ${over()} px too wide`);
  for (const entry of frame.contentWindow.performance.getEntriesByType("resource"))
    if (/^https?:/.test(entry.name)) found.push(`${page} asks for ${entry.name}`);
  if (page.includes("?q=")) {
    const hit = () => inside.querySelector(".md-search-result__item");
    for (let tries = 0; tries < 40 && !hit(); tries++) await wait(250);
    if (!hit()) found.push("the search finds nothing");
  }
  frame.remove();
}
(async () => {
  try { for (const page of pages) for (const width of widths) await seen(page, width); }
  catch (error) { found.push("broke: " + error.message); }
  document.getElementById("answer").textContent = JSON.stringify(found);
})();
</script>"""


def wrong(browser: str, site: Path) -> list[str]:
    """What the browser finds wrong."""
    pages = sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html") if p.name != "404.html")
    shown = [page for page in pages if not page.startswith("repository/") or page.endswith("about.html")]
    text = HARNESS.replace("PAGES", json.dumps([*shown, "index.html?q=licence"])).replace(
        "WIDTHS", json.dumps(WIDTHS)
    )
    with tempfile.TemporaryDirectory() as folder:
        harness = Path(folder) / "harness.html"
        harness.write_text(text.replace("ROOT", json.dumps(site.as_uri() + "/")), encoding="utf-8")
        done = subprocess.run(
            [
                browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
                f"--user-data-dir={folder}/profile", "--window-size=1400,1000", "--enable-logging=stderr",
                "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=600000", "--dump-dom",
                harness.as_uri(),
            ],
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
    answer = re.search(r'<pre id="answer">(.*?)</pre>', done.stdout, re.DOTALL)
    try:
        found: list[str] = json.loads(unescape(answer[1])) if answer else ["the browser gave no answer"]
    except ValueError:
        found = ["the browser did not come to an end"]
    errors = re.findall(r'CONSOLE[(:]\d+\)?\] "((?:Uncaught|Failed|Refused).*?)", source', done.stderr)
    return found + sorted(set(errors))


def main(words: list[str]) -> int:
    """Say what is wrong; 0 if nothing is."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        print("no Chromium or Chrome here: the site was not opened")
        return 0
    found = wrong(browser, Path(words[0]).resolve())
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"every page was opened at {' and '.join(map(str, WIDTHS))} px; the search finds")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
