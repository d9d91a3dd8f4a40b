"""Notebooks kept as text (py:percent), run when the site is built, as pages with what each cell gave.

`render` is called by pages.py. A cell that fails, fails the build.
"""

import ast
import base64
import html
import io
import os
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

CELL = re.compile(r"^# %%(.*)$", re.MULTILINE)
MOST = 12  # rows of a table that are shown


def render(path: Path) -> str:
    """A notebook as Markdown: its texts, its code, and what the last line of each cell comes to."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    _, *cells = CELL.split(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "notebook"}
    parts = []
    for kind, text in zip(cells[::2], cells[1::2], strict=True):
        if "markdown" in kind:
            parts.append(re.sub(r"^# ?", "", text.strip(), flags=re.MULTILINE))
        else:
            parts += [f"```python\n{text.strip()}\n```", _show(_run(text, names, path))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _run(text: str, names: dict[str, Any], path: Path) -> Any:
    """The value of a cell's last line, if that is an expression."""
    body = ast.parse(text, str(path)).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        exec(compile(ast.Module(body, []), str(path), "exec"), names)
        if isinstance(last, ast.Expr):
            return eval(compile(ast.Expression(last.value), str(path), "eval"), names)
    return None


def _show(value: Any) -> str:
    """A table, a figure, or what Python calls it."""
    if value is None:
        return ""
    if hasattr(value, "savefig"):
        stream = io.BytesIO()
        value.savefig(stream, format="png", dpi=150)
        data = base64.b64encode(stream.getvalue()).decode()
        return f'<img alt="What the cell draws" src="data:image/png;base64,{data}">'
    if hasattr(value, "to_html"):
        table = value.head(MOST).to_html(border=0)
        return re.sub(r"\n\s*| class=\"dataframe\"| style=\"[^\"]*\"", "", table)
    return f"<pre><code>{html.escape(repr(value))}</code></pre>"
