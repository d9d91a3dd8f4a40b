"""Equations of a page, written in TeX between dollars, as MathML, which browsers draw without a script."""

import html
import logging
import re
from typing import Any

from latex2mathml.converter import convert

log = logging.getLogger("mkdocs.hooks.mathml")
FOUND = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\(?P<open>[(\[])(?P<tex>.*?)\\[)\]]</(?P=tag)>', re.DOTALL
)
NAMED = re.compile(r"(<mi>(?:ln|log|exp)</mi>|<msub><mi>log</mi>.*?</msub>)")
THIN = '<mspace width="0.167em"/>'


def on_page_content(content: str, **_of: Any) -> str:
    """The page with its equations drawn."""
    return FOUND.sub(_drawn, content)


def _drawn(found: re.Match[str]) -> str:
    tex = html.unescape(found["tex"]).strip()
    display = "block" if found["open"] == "[" else "inline"
    drawn = convert(tex, display=display)
    if (unknown := re.search(r"\\[A-Za-z]+", html.unescape(drawn))) is not None:
        log.warning("an equation has %s, which is not drawn: %s", unknown[0], tex)
    drawn = NAMED.sub(rf"{THIN}\1{THIN}", drawn)
    return f'<{found["tag"]} class="arithmatex">{drawn}</{found["tag"]}>'
