"""What the site needs beside docs/: files elsewhere as pages, and lists of pages that are kept once.

A link from a page to a file outside docs/ leads to a page with that file: Markdown as it reads, code with
numbered lines. Where the text of a link names a function, `expectation.expected`, the link leads to its line,
and the build fails if the file has no such name. A folder in the navigation stands for its README.md
and the pages that it lists, in its order, then any that it forgot.
"""

import logging
import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))  # hooks are loaded by name of file, one by one
from notebooks import render
from reference import fill_marks
from sample import files as sample_files

log = logging.getLogger("mkdocs.hooks.pages")
ROOT = Path(__file__).parents[2]
DOCS = "docs/"
NOTEBOOKS = "notebooks/"  # under docs/, kept as text and run when the site is built
ELSEWHERE = "repository/"  # where pages of files outside docs/ are on the site
FENCE = re.compile(r"^(```|~~~).*?^\1 *$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?P<text>!?\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<to>[^()\s]+)\)")
LINED = re.compile(r'<a data-line="(\d+)" href="([^"]*)"')
LONG = re.compile(r"<code>([^<\n]{60,})</code>")
CELL = re.compile(r"<td((?: style=\"[^\"]*\")?)>(.*?)</td>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
WIDE = 45  # characters from which a cell is prose
LANGUAGES = {".py": "python", ".yaml": "yaml", ".sh": "bash", ".csv": "text", ".toml": "toml"}
CODE = """---
search:
  exclude: true
hide:
  - toc
---
# {name}

`{path}`

````{language} linenums="1"
{text}````
"""


def on_config(config: Any) -> Any:
    """The navigation with folders told page by page, and with pages that it forgot at its end."""
    config.nav = [_entry(entry) for entry in config.nav]
    told = set(_leaves(config.nav))
    pages = (path.relative_to(ROOT / DOCS).as_posix() for path in sorted((ROOT / DOCS).rglob("*.md")))
    if forgotten := [page for page in pages if page not in told]:
        config.nav.append({"More": forgotten})
    return config


def _entry(entry: Any) -> Any:
    """An entry of the navigation as mkdocs takes it."""
    if isinstance(entry, dict):
        return {title: _entry(inner) for title, inner in entry.items()}
    if isinstance(entry, list):
        return [_entry(inner) for inner in entry]
    if entry.endswith("/"):
        listed = (ROOT / DOCS / entry / "README.md").read_text(encoding="utf-8")
        pages = [found["to"] for found in LINK.finditer(listed) if re.fullmatch(r"[\w-]+\.md", found["to"])]
        others = sorted(path.name for path in (ROOT / DOCS / entry).glob("*.md"))
        return [entry + page for page in dict.fromkeys(["README.md", *pages, *others])]
    return _on_site(posixpath.normpath(DOCS + entry))


def on_files(files: Files, config: Any) -> Files:
    """Add a page for every file outside docs/ that a page or the navigation refers to."""
    wanted = [_in_repository(path) for path in _leaves(config.nav) if path.startswith(ELSEWHERE)]
    for file in files.documentation_pages():
        wanted += _outside(fill_marks(file.content_string), DOCS + file.src_uri)
    for path in sorted((ROOT / DOCS / NOTEBOOKS).glob("*.py")):
        page = File.generated(config, f"{NOTEBOOKS}{path.stem}.md", content=render(path))
        files.append(page)
        wanted += _outside(page.content_string, DOCS + page.src_uri)
    for file in sample_files(config):
        files.append(file)
    done: set[str] = set()
    while wanted:
        path = wanted.pop()
        if path in done:
            continue
        done.add(path)
        files.append(File.generated(config, _on_site(path), content=_page(path)))
        if path.endswith(".md"):
            wanted += _outside((ROOT / path).read_text(encoding="utf-8"), path)
    return files


def on_page_markdown(markdown: str, page: Any, **_of: Any) -> str:
    """The page with its links to files outside docs/ turned to the pages that show them."""
    uri = page.file.src_uri
    here = _in_repository(uri) if uri.startswith(ELSEWHERE) else DOCS + uri
    if not here.endswith(".md"):
        return markdown
    parts = _parts(fill_marks(markdown))
    return "".join(part if code else LINK.sub(lambda f: _turned(f, here, uri), part) for part, code in parts)


def _turned(found: re.Match[str], here: str, uri: str) -> str:
    target, anchor = _target(found["to"], here)
    if target is None:
        return found[0]
    if (ROOT / target).is_dir():
        if not (ROOT / target / "README.md").is_file():
            return found["text"][1:-1]  # a folder that has nothing to say of itself
        target += "/README.md"
    if not (ROOT / target).is_file():
        return found[0]  # mkdocs says what is wrong
    line = _line(found["text"], target, here)
    to = posixpath.relpath(_on_site(target), posixpath.dirname(uri) or ".")
    return f"{found['text']}({to}{anchor})" + (f'{{ data-line="{line}" }}' if line else "")


def on_page_content(content: str, **_of: Any) -> str:
    """The page with links to lines of code made whole, since mkdocs checks no anchors of highlighted code,
    and with long texts and settings in tables told apart, which want width and may be broken.
    """
    content = LINED.sub(r'<a href="\2#__codelineno-0-\1"', content)
    content = LONG.sub(r'<code class="long">\1</code>', content)
    return CELL.sub(_wide, content)


def _wide(found: re.Match[str]) -> str:
    prose = "<math" not in found[2] and len(TAG.sub("", found[2])) > WIDE
    return f'<td class="prose"{found[1]}>{found[2]}</td>' if prose else found[0]


def _line(text: str, target: str, here: str) -> int:
    """The number of the line that defines what the text of a link names; 0 where it names nothing."""
    name = re.fullmatch(r"\[`(?:[\w]+\.)*(\w+)`\]", text)
    if name is None or name[1] in ("py", Path(target).stem) or not target.endswith(".py"):
        return 0
    defined = re.compile(rf"^\s*(?:def|class) {name[1]}\b|^{name[1]}\b.*=", re.MULTILINE)
    code = (ROOT / target).read_text(encoding="utf-8")
    found = defined.search(code)
    if found is None:
        log.warning("%s: %s is not defined in %s", here, name[1], target)
        return 0
    return code[: found.end()].count("\n") + 1


def _outside(text: str, path: str) -> Iterator[str]:
    """The files outside docs/ that the text of a page refers to."""
    for part, code in _parts(text):
        for found in LINK.finditer("" if code else part):
            target, _ = _target(found["to"], path)
            if target is None or target.startswith(DOCS):
                continue
            if (ROOT / target).is_dir():
                target += "/README.md"
            if (ROOT / target).is_file():
                yield target


def _target(to: str, here: str) -> tuple[str | None, str]:
    """What a link leads to in the repository, and its anchor; None for what is no file of it."""
    path, sign, anchor = to.partition("#")
    if not path or "://" in path or path.startswith(("mailto:", "/")):
        return None, ""
    return posixpath.normpath(posixpath.join(posixpath.dirname(here), path)), sign + anchor


def _parts(markdown: str) -> Iterator[tuple[str, bool]]:
    """Text and fenced code in turn."""
    end = 0
    for fence in FENCE.finditer(markdown):
        yield markdown[end : fence.start()], False
        yield fence[0], True
        end = fence.end()
    yield markdown[end:], False


def _page(path: str) -> str:
    """A file outside docs/ as a page."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".md"):
        return text
    language = LANGUAGES.get(Path(path).suffix, "text")
    return CODE.format(name=Path(path).name, path=path, language=language, text=text)


def _on_site(path: str) -> str:
    """Where a file of the repository is on the site."""
    if path.startswith(DOCS):
        inside = path.removeprefix(DOCS)
        return inside.removesuffix(".py") + ".md" if inside.startswith(NOTEBOOKS) else inside
    name = path if path.endswith(".md") else f"{path}.md"
    return ELSEWHERE + name.replace("README.md", "about.md")


def _in_repository(uri: str) -> str:
    """The file that a page under `repository/` shows."""
    path = uri.removeprefix(ELSEWHERE).replace("about.md", "README.md")
    return path if (ROOT / path).is_file() else path.removesuffix(".md")


def _leaves(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    for inner in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from _leaves(inner)
