"""The page's server: this machine only, its own page only, JSON in and out."""

import json
import math
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any

from coercivity.experiments.base.errors import UserError, describe
from coercivity.experiments.base.paths import conf_dir
from coercivity.experiments.config.compose import forget
from coercivity.experiments.explorer import controls
from coercivity.experiments.explorer.front import front_data
from coercivity.experiments.explorer.jobs import DONE, Desk, ExplorerJob
from coercivity.experiments.explorer.question import as_yaml, commands, question
from coercivity.experiments.explorer.sliders import BASE

ADDRESS = "127.0.0.1"
LARGEST = 500_000  # bytes of what a page may send
WAITING = 512  # connections that may wait to be taken; five, the library's number, turned away a page's own
WRITING = 1  # the side of a line that is shut, by the number every system has for it
LINGER = 0.5  # s that a refused sender is listened to
PAGES = ("/", "/settings")  # the first screen, and two settings side by side
CLIENT = re.compile(r"[\w-]{8,40}")
FILES = {  # what is served as it is: folder of the package, type
    "front.css": ("explorer", "text/css"),
    "front.js": ("explorer", "text/javascript"),
    "emulator.js": ("explorer", "text/javascript"),
    "explore.css": ("explorer", "text/css"),
    "explore.js": ("explorer", "text/javascript"),
    "form.js": ("explorer", "text/javascript"),
    "page.css": ("reports", "text/css"),
    "page.js": ("reports", "text/javascript"),
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class RefusedError(UserError):
    """Something a browser sent that is not answered, with the status that says why."""

    def __init__(self, message: str, status: HTTPStatus) -> None:
        super().__init__(message)
        self.status = status


class Server(ThreadingHTTPServer):
    """The explorer at an address of this machine. Raises UserError where the port is taken."""

    daemon_threads = True
    request_queue_size = WAITING
    allow_reuse_address = os.name == "posix"  # elsewhere it would let two servers share a port

    desk: Desk

    def __init__(
        self, address: tuple[str, int], begin: Mapping[str, Any], chain: str = "", front: bool = False
    ) -> None:
        self.begin, self.chain, self.front = begin, chain, front
        self._read: tuple[int, int] | None = None
        port = address[1]
        try:
            super().__init__(address, Handler)
        except OverflowError:
            raise UserError(f"--port {port}: a port is a number from 0 to 65535") from None
        except OSError as error:
            raise UserError(
                f"port {port} cannot be used ({error.strerror}): another explorer or program may have it; "
                "close that, or give another with --port, such as --port 0 for any that is free"
            ) from error

    def refresh(self) -> None:
        """Read the files of the configuration anew if any was added, taken away or changed."""
        stamps = [path.stat().st_mtime_ns for path in conf_dir().rglob("*.yaml")]
        now = len(stamps), max(stamps, default=0)
        if self._read not in (None, now):
            forget()
        self._read = now

    def warm(self) -> None:
        """Read what the page asks for first, so that it need not wait."""
        with suppress(UserError):
            if self.front:
                _ = self.front_data
            begun = question(self.begin, self.chain)
            found = controls.overview(begun, self.desk.evidence)
            controls.levers(begun, found["states"][0]["name"], self.desk.evidence)
        self.desk.warm()

    @cached_property
    def front_data(self) -> dict[str, Any]:
        """What the first screen is made of."""
        return front_data(self.desk.evidence, server=True)

    @property
    def port(self) -> int:
        """The port it listens at."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{ADDRESS}:{self.port}/"

    @cached_property
    def hosts(self) -> frozenset[str]:
        """How a browser may call this server: other names may be another site's, turned to this machine."""
        return frozenset(f"{name}:{self.port}" for name in (ADDRESS, "localhost"))


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    server_version, sys_version = "coercivity", ""
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True  # else what follows the head of an answer waits 40 ms for its receipt
    _unread = False

    def do_GET(self) -> None:
        """Pages, files, and how a job goes."""
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # what was sent with it is not read, and is no next request
        self._guarded(self._get)

    def do_POST(self) -> None:
        """Questions."""
        self._guarded(self._post)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing of what is asked."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the library refuses by itself, in the form of all other answers."""
        said = explain or message or HTTPStatus(code).phrase
        self.close_connection = True
        self._send_json({"mistake": f"not an answerable request: {said}"[:300]}, HTTPStatus(code))

    def _guarded(self, action: Callable[[], None]) -> None:
        """Answer, or say in one sentence why not."""
        self._unread = self.command == "POST"
        try:
            self._check_origin()
            action()
        except RefusedError as error:
            self._send_json({"mistake": str(error)}, error.status)
        except UserError as error:  # an answer like another: the page shows the sentence
            self._send_json({"mistake": str(error), "side": getattr(error, "side", "")})
        except (ConnectionError, TimeoutError):  # nobody waits for the answer
            self.close_connection = True
        except Exception as error:
            said = {"mistake": f"internal error: {describe(error)}"}
            self._send_json(said, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _check_origin(self) -> None:
        """Refuse other sites: those that turn their name to this machine, and what is sent from them."""
        host = self.headers.get("Host", "")
        if host not in self.server.hosts:
            raise RefusedError(
                f"this page is at {self.server.url} and answers to no other name",
                HTTPStatus.MISDIRECTED_REQUEST,
            )
        site = self.headers.get("Sec-Fetch-Site", "none")
        origin = self.headers.get("Origin")
        inside = self.path.partition("?")[0] not in PAGES
        if (inside and site not in ("same-origin", "none")) or origin not in (None, f"http://{host}"):
            raise RefusedError("only the explorer's own page is answered", HTTPStatus.FORBIDDEN)

    def _get(self) -> None:
        path = self.path.partition("?")[0]
        parts = path.strip("/").split("/")
        if path in PAGES:
            self.server.refresh()
            first = path == "/" and self.server.front
            self._send(_package_file("explorer", "front.html" if first else "page.html"), "text/html")
        elif path == "/explorer.json" and self.server.front:
            self._send_json(self.server.front_data)
        elif len(parts) == 1 and parts[0] in FILES:
            folder, kind = FILES[parts[0]]
            self._send(_package_file(folder, parts[0]), kind)
        elif parts[0] == "job" and len(parts) == 2:
            self._send_json(self._job(parts[1]).as_dict())
        elif parts[0] == "answer" and len(parts) == 2:
            self._send_json(self._answered(parts[1]))
        elif parts[0] == "rest" and len(parts) == 2:
            self._send_json(self._finished(parts[1]).rest)
        elif parts[0] == "configuration" and len(parts) == 3:
            self._send_configuration(parts[1], parts[2].removesuffix(".yaml"))
        else:
            raise RefusedError(f"there is no page {path[:80]}", HTTPStatus.NOT_FOUND)

    def _post(self) -> None:
        asked = self._body()
        if self.path == "/begin":
            self._send_json(self.server.begin)
        elif self.path == "/controls":
            self._send_json(controls.overview(question(asked, self.server.chain), self.server.desk.evidence))
        elif self.path == "/levers":
            about = question(asked, self.server.chain)
            self._send_json(controls.levers(about, str(asked.get("state", "")), self.server.desk.evidence))
        elif self.path == "/ask":
            client = str(asked.get("client", "")) if isinstance(asked, dict) else ""
            if not CLIENT.fullmatch(client):
                raise UserError("a page says who it is by `client`, 8 to 40 letters and digits")
            self._send_json(self.server.desk.ask(question(asked, self.server.chain), client).as_dict())
        elif self.path == "/exact":
            self._send_json(self._measured(asked))
        elif self.path == "/cancel":
            self._job(str(asked.get("job", "")) if isinstance(asked, dict) else "").stop.set()
            self._send_json({})
        else:
            raise RefusedError(f"there is no page {self.path[:80]}", HTTPStatus.NOT_FOUND)

    def _measured(self, asked: Any) -> dict[str, Any]:
        """The exact answer of the first screen to its settings."""
        about = question({"settings": [{"scenario": BASE, **(asked if isinstance(asked, dict) else {})}]})
        client = str(asked.get("client", "")) if isinstance(asked, dict) else ""
        if not CLIENT.fullmatch(client):
            raise UserError("a page says who it is by `client`, 8 to 40 letters and digits")
        return self.server.desk.measure(about.settings[0].words(()), client)

    def _body(self) -> Any:
        """What was sent, as plain data."""
        if self.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            raise RefusedError("only JSON is taken", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        length = self._length()
        sent, self._unread = self.rfile.read(length), False
        if len(sent) < length:
            raise RefusedError("fewer bytes came than were said to come", HTTPStatus.BAD_REQUEST)
        try:
            found = json.loads(sent, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise RefusedError("what was sent is not JSON", HTTPStatus.BAD_REQUEST) from None
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            said = "what was sent holds half of a character (a lone surrogate), which no file can hold"
            raise RefusedError(said, HTTPStatus.BAD_REQUEST) from None
        return found

    def _length(self) -> int:
        """How many bytes come, as the request says: once, in plain digits."""
        said = self.headers.get_all("Content-Length", [])
        if not said or self.headers.get("Transfer-Encoding"):
            raise RefusedError("say by Content-Length how many bytes come", HTTPStatus.LENGTH_REQUIRED)
        if len(set(said)) > 1 or not re.fullmatch(r"[0-9]+", said[0].strip()):
            raise RefusedError("Content-Length is a whole number of bytes", HTTPStatus.BAD_REQUEST)
        digits = said[0].strip().lstrip("0") or "0"
        if len(digits) > len(str(LARGEST)) or int(digits) > LARGEST:
            raise RefusedError(f"at most {LARGEST:,} bytes are taken", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return int(digits)

    def _job(self, name: str) -> ExplorerJob:
        job = self.server.desk.job(name)
        if job is None:
            raise RefusedError("this run is not known any more; run it again", HTTPStatus.NOT_FOUND)
        return job

    def _finished(self, name: str) -> Any:
        job = self._job(name)
        if job.state != DONE or job.answer is None:
            raise RefusedError("this run has no answer yet", HTTPStatus.CONFLICT)
        return job.answer

    def _answered(self, name: str) -> dict[str, Any]:
        """Everything shown of a finished job."""
        job, found = self._job(name), self._finished(name)
        return {**found.first, "commands": commands(job.asked, job.files), "files": job.asked.names}

    def _send_configuration(self, job: str, name: str) -> None:
        composed = self._job(job).composed.get(name)
        if composed is None:
            raise RefusedError("there is no such setting in this run", HTTPStatus.NOT_FOUND)
        more = {"Content-Disposition": f'attachment; filename="{name}.yaml"'}
        self._send(as_yaml(composed.values, name), "application/yaml", more=more)

    def _send_json(self, content: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        text = json.dumps(_finite(content), ensure_ascii=False, default=str, allow_nan=False)
        self._send(text, "application/json", status)

    def _send(
        self, text: str, kind: str, status: HTTPStatus = HTTPStatus.OK, more: Mapping[str, str] | None = None
    ) -> None:
        body = text.encode(errors="replace")
        self.send_response(status)
        headers = {**HEADERS, **(more or {}), "Content-Type": f"{kind}; charset=utf-8"}
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        if status >= HTTPStatus.BAD_REQUEST:  # what was sent with it may not have been read
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if self._unread:
            self._leave()

    def _leave(self) -> None:
        """Take what is still being sent for a moment: a line closed on it is reset, the answer with it."""
        self._unread = False
        self.wfile.flush()
        with suppress(OSError):
            self.connection.shutdown(WRITING)
            self.connection.settimeout(LINGER)
            for _ in range(LARGEST // 1000):
                if not self.connection.recv(1 << 16):
                    break


def _refuse_constant(name: str) -> None:
    """NaN and Infinity, which Python reads and JSON has not."""
    raise ValueError(name)


def _finite(content: Any) -> Any:
    """The same with words for numbers that JSON cannot write: one of them and a page cannot read the rest."""
    if isinstance(content, float):
        return content if math.isfinite(content) else str(content)
    if isinstance(content, Mapping):
        return {str(key): _finite(value) for key, value in content.items()}
    return [_finite(one) for one in content] if isinstance(content, list | tuple | set) else content


def _package_file(folder: str, name: str) -> str:
    """A file that travels with the package."""
    return (resources.files("coercivity.experiments") / folder / name).read_text(encoding="utf-8")
