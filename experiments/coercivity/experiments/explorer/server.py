"""The page's server: this machine only, its own page only, JSON in and out."""

import json
import os
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any

from coercivity.experiments.base.errors import UserError, describe
from coercivity.experiments.config.compose import forget
from coercivity.experiments.explorer import controls
from coercivity.experiments.explorer.jobs import DONE, Desk, Job
from coercivity.experiments.explorer.question import as_yaml, commands, question

ADDRESS = "127.0.0.1"
LARGEST = 500_000  # bytes of what a page may send
CLIENT = re.compile(r"[\w-]{8,40}")
FILES = {  # what is served as it is: folder of the package, type
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
    allow_reuse_address = os.name == "posix"  # elsewhere it would let two servers share a port

    desk: Desk

    def __init__(self, address: tuple[str, int], begin: Mapping[str, Any], chain: str = "") -> None:
        self.begin, self.chain = begin, chain
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

    def do_GET(self) -> None:
        """Pages, files, and how a job goes."""
        self._guarded(self._get)

    def do_POST(self) -> None:
        """Questions."""
        self._guarded(self._post)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing of what is asked."""

    def _guarded(self, action: Callable[[], None]) -> None:
        """Answer, or say in one sentence why not."""
        try:
            self._check_origin()
            action()
        except RefusedError as error:
            self._send_json({"mistake": str(error)}, error.status)
        except UserError as error:  # an answer like another: the page shows the sentence
            self._send_json({"mistake": str(error), "side": getattr(error, "side", "")})
        except (BrokenPipeError, ConnectionResetError):
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
        inside = self.path != "/"
        if (inside and site not in ("same-origin", "none")) or origin not in (None, f"http://{host}"):
            raise RefusedError("only the explorer's own page is answered", HTTPStatus.FORBIDDEN)

    def _get(self) -> None:
        path = self.path.partition("?")[0]
        parts = path.strip("/").split("/")
        if path == "/":
            forget()
            self._send(_kept("explorer", "page.html"), "text/html")
        elif len(parts) == 1 and parts[0] in FILES:
            folder, kind = FILES[parts[0]]
            self._send(_kept(folder, parts[0]), kind)
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
            self._send_json(controls.levers(question(asked, self.server.chain), str(asked.get("state", ""))))
        elif self.path == "/ask":
            client = str(asked.get("client", "")) if isinstance(asked, dict) else ""
            if not CLIENT.fullmatch(client):
                raise UserError("a page says who it is by `client`, 8 to 40 letters and digits")
            self._send_json(self.server.desk.ask(question(asked, self.server.chain), client).as_dict())
        elif self.path == "/cancel":
            self._job(str(asked.get("job", "")) if isinstance(asked, dict) else "").stop.set()
            self._send_json({})
        else:
            raise RefusedError(f"there is no page {self.path[:80]}", HTTPStatus.NOT_FOUND)

    def _body(self) -> Any:
        """What was sent, as plain data."""
        if self.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            raise RefusedError("only JSON is taken", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST:
            self.close_connection = True
            raise RefusedError(f"at most {LARGEST:,} bytes are taken", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise RefusedError("what was sent is not JSON", HTTPStatus.BAD_REQUEST) from None

    def _job(self, name: str) -> Job:
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
        return {**found.first, "commands": commands(job.asked), "files": job.asked.names}

    def _send_configuration(self, job: str, name: str) -> None:
        composed = self._job(job).composed.get(name)
        if composed is None:
            raise RefusedError("there is no such setting in this run", HTTPStatus.NOT_FOUND)
        more = {"Content-Disposition": f'attachment; filename="{name}.yaml"'}
        self._send(as_yaml(composed.values, name), "application/yaml", more=more)

    def _send_json(self, content: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        text = json.dumps(content, ensure_ascii=False, default=str)
        self._send(text, "application/json", status)

    def _send(
        self, text: str, kind: str, status: HTTPStatus = HTTPStatus.OK, more: Mapping[str, str] | None = None
    ) -> None:
        body = text.encode()
        self.send_response(status)
        headers = {**HEADERS, **(more or {}), "Content-Type": f"{kind}; charset=utf-8"}
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        if status >= HTTPStatus.BAD_REQUEST:  # what was sent with it may not have been read
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def _kept(folder: str, name: str) -> str:
    """A file that travels with the package."""
    return (resources.files("coercivity.experiments") / folder / name).read_text(encoding="utf-8")
