"""Equations of a page, written in TeX between dollars, as MathML, which browsers draw without a script."""

import html
import re
from typing import Any

from latex2mathml.converter import convert

FOUND = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\(?P<open>[(\[])(?P<tex>.*?)\\[)\]]</(?P=tag)>', re.DOTALL
)


def on_page_content(content: str, **_of: Any) -> str:
    """The page with its equations drawn."""
    return FOUND.sub(_drawn, content)


def _drawn(found: re.Match[str]) -> str:
    tex = html.unescape(found["tex"]).strip()
    display = "block" if found["open"] == "[" else "inline"
    return f'<{found["tag"]} class="arithmatex">{convert(tex, display=display)}</{found["tag"]}>'
