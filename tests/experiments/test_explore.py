"""The explorer: what can be set comes from files and registers, and nobody else is answered."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import hydra
import pytest

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.config.chains import default_chain, scenarios_of
from coercivity.experiments.config.compose import compose, forget
from coercivity.experiments.config.levers import declared_levers
from coercivity.experiments.config.validate import compose_file
from coercivity.experiments.explorer import jobs, worker
from coercivity.experiments.explorer.controls import levers, overview
from coercivity.experiments.explorer.jobs import Desk
from coercivity.experiments.explorer.question import SettingError, commands, question
from coercivity.experiments.explorer.server import ADDRESS, Server
from coercivity.experiments.explorer.worker import Order, StoppedError, Worker

JSON = {"Content-Type": "application/json"}
LICENCE = "state.china.lever.export_limit.measure.licence_2025.approval.2025-04"
ASKED = {"settings": [{"scenario": "baseline"}, {"scenario": "restrictions_2025"}], "common": ["seed=3"]}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server whose desk makes no runs."""
    desk = cast(Desk, SimpleNamespace(evidence=evidence_dir(), job=lambda _name: None))
    with Server((ADDRESS, 0), {"settings": [], "common": []}) as made:
        made.desk = desk
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield made
        made.shutdown()


def request(server: Server, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], str]:
    """Ask as a browser would, with headers of its own."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    how = ("GET", path, None, given) if body is None else ("POST", path, json.dumps(body), {**JSON, **given})
    line = http.client.HTTPConnection(ADDRESS, server.port, timeout=60)
    try:
        line.request(*how)
        with line.getresponse() as answer:
            return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        line.close()


def test_only_its_own_page_is_answered(server: Server) -> None:
    status, headers, page = request(server, "/")
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "http" not in page.replace("https://", "http").split("<body")[0]
    assert server.server_address[0] == "127.0.0.1"
    assert request(server, "/", Host="evil.example")[0] == 421
    assert request(server, "/controls", ASKED, Origin="http://evil.example")[0] == 403
    assert request(server, "/controls", ASKED, Sec_Fetch_Site="cross-site")[0] == 403
    assert request(server, "/controls", ASKED, Content_Type="text/plain")[0] == 415
    assert request(server, "/controls", {}, Content_Length="600000")[0] == 413
    assert request(server, "/../conf/config.yaml")[0] == 404
    assert request(server, "/configuration/none/A.yaml")[0] == 404


def test_all_who_come_at_once_are_answered() -> None:
    """More lines than a page opens wait until the server turns to them; none is reset."""
    with Server((ADDRESS, 0), {"settings": [], "common": []}) as made:
        lines = [socket.create_connection((ADDRESS, made.port), timeout=10) for _ in range(100)]
        for line in lines:
            line.sendall(f"GET /page.css HTTP/1.0\r\nHost: {ADDRESS}:{made.port}\r\n\r\n".encode())
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        begun = [line.recv(12) for line in lines]
        for line in lines:
            line.close()
        made.shutdown()
    assert begun == [b"HTTP/1.1 200"] * 100


def sent(server: Server, text: bytes) -> tuple[int, str]:
    """The answer to bytes as they are: status, and all that is said after the headers."""
    with socket.create_connection((ADDRESS, server.port), timeout=20) as line:
        line.sendall(text.replace(b"HOST", f"{ADDRESS}:{server.port}".encode()))
        line.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: line.recv(1 << 16), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"HTTP/1.1 " in head, answer
    return int(head.split()[1]), body.decode()


HALF = b'{"settings": [{"scenario": "baseline", "overrides": ["about.title=\\ud800"]}]}'


@pytest.mark.parametrize(
    ("status", "head", "body"),
    [
        (400, "POST /controls\nContent-Length: \u00b2", b""),
        (400, "POST /controls\nContent-Length: -1", b""),
        (400, "POST /controls\nContent-Length: +2", b"{}"),
        (400, "POST /controls\nContent-Length: 0x2", b"{}"),
        (400, "POST /controls\nContent-Length: 1_0", b"{}"),
        (400, "POST /controls\nContent-Length: 2\nContent-Length: 3", b"{}"),
        (413, f"POST /controls\nContent-Length: {'9' * 5000}", b""),
        (413, "POST /controls\nContent-Length: 900000", b"x" * 900_000),
        (411, "POST /controls", b"{}"),
        (411, "POST /controls\nTransfer-Encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n"),
        (400, f"POST /controls\nContent-Length: {len(HALF)}", HALF),
        (400, "POST /ask\nContent-Length: 3", b"NaN"),
        (400, "POST /ask\nContent-Length: 9", b'"\xed\xa0\x80"    '),
        (400, "POST /ask\nContent-Length: 4000", b"[" * 4000),
        (400, "POST /ask\nContent-Length: 6000", b"9" * 6000),
        (400, "POST /ask\nContent-Length: 50", b"{}"),
        (404, "GET /job/%ff/\u00ff", b""),
        (404, f"GET /{'x' * 60_000}", b""),
        (414, f"GET /{'x' * 70_000}", b""),
        (431, "GET /\n" + "\n".join(f"X-{n}: 1" for n in range(200)), b""),
        (501, "PUT /controls\nContent-Length: 2", b"{}"),
        (501, "\u00b2 /", b""),
    ],
)
def test_a_bad_request_is_answered_by_a_sentence(server: Server, status: int, head: str, body: bytes) -> None:
    line, _, more = head.partition("\n")
    heads = [f"{line} HTTP/1.1", "Host: HOST", "Content-Type: application/json", *more.split("\n")]
    text = "\r\n".join(filter(None, heads)).encode("utf-8") + b"\r\n\r\n" + body
    code, said = sent(server, text)
    assert code == status, said
    assert "internal error" not in json.loads(said)["mistake"]


@pytest.mark.parametrize(
    "text",
    [
        f"market.elasticity={'[' * 900}",
        f"seed={'9' * 1900}",
        "state.china={}",
        "state=null",
        "about=null",
        "market=[]",
        "clock.start=²",
        "clock={start: 2025-01}",
        "seed=\u2028",
        "seed=\x00",
        "chain.name=none",
        "state.china.lever.benchmarks.begin=inf",
        "state.china.lever.export_limit.measure.m={materials: [oxide:Dy], destinations: [Japan]}",
    ],
)
def test_a_mistaken_setting_leaves_the_page_whole(server: Server, text: str) -> None:
    setting = {"scenario": "baseline", "overrides": ["market.elasticity=0.7", text]}
    status, _, said = request(server, "/controls", {"settings": [setting]})
    assert status == 200
    found = json.loads(said, parse_constant=pytest.fail)
    assert list(found["wrong"][0]) in ([text.partition("=")[0]], [])
    assert bool(found["mistakes"][0]) == bool(found["wrong"][0])
    now = {one["key"]: one["now"][0] for one in found["uncertainties"]}
    assert now["market.elasticity"] == 0.7  # what else was set is shown as it was set


def test_what_is_mistaken_is_told_by_its_key(server: Server) -> None:
    wrong = {"scenario": "restrictions_2025", "overrides": [f"{LICENCE}=abc", "market.tie_penalty=4"]}
    _, _, said = request(server, "/controls", {"settings": [wrong], "common": ["clock.end=never"]})
    found = json.loads(said)["wrong"][0]
    assert {key: one["typed"] for key, one in found.items()} == {LICENCE: "abc", "clock.end": "never"}
    assert "number" in found[LICENCE]["said"]
    assert "YYYY-MM" in found["clock.end"]["said"]


def test_what_json_cannot_write_is_told_in_words(server: Server) -> None:
    server.desk.job = lambda _name: SimpleNamespace(
        as_dict=lambda: {"a": [float("nan"), (1.5, float("-inf"))]}
    )  # type: ignore[assignment, method-assign, return-value]
    try:
        _, _, said = request(server, "/job/any")
    finally:
        server.desk.job = lambda _name: None  # type: ignore[method-assign]
    assert json.loads(said, parse_constant=pytest.fail) == {"a": ["nan", [1.5, "-inf"]]}


def test_mistakes_are_told_in_the_models_own_sentence(server: Server) -> None:
    wrong = {"settings": [{"scenario": "baseline", "overrides": ["market.elastisity=2"]}]}
    _, _, text = request(server, "/controls", wrong)
    assert "did you mean `elasticity`?" in json.loads(text)["mistakes"][0]
    _, _, text = request(server, "/controls", {"settings": [{"scenario": "embrgo"}]})
    assert json.loads(text)["mistake"] == "there is no scenario `embrgo`; did you mean `embargo`?"


def test_a_page_is_about_one_chain(server: Server) -> None:
    other = {"settings": [{"scenario": "gallium_baseline"}]}
    _, _, text = request(server, "/controls", other)
    assert "start the explorer with it: `coercivity explore gallium_baseline`" in json.loads(text)["mistake"]
    evidence = evidence_dir() / "gallium_germanium"
    found = overview(question(other, "gallium_germanium"), evidence)
    assert "gallium_baseline" in {one["name"] for one in found["scenarios"]}
    assert found["uncertainties"]
    assert any("licences.yaml" in why for why in found["left_out"])


@pytest.mark.parametrize("text", ["+seed=1", "~seed=1", "hydra.run.dir=/tmp", "scenario=embargo", "seed"])
def test_only_values_are_taken(text: str) -> None:
    with pytest.raises(UserError):
        question({"settings": [{"scenario": "baseline", "overrides": [text]}]}).composed(evidence_dir())


@pytest.mark.parametrize("text", ["clock.step=year", "clock.end=2030-01", "seed=4"])
def test_both_settings_meet_the_same_futures(text: str) -> None:
    alone = {"scenario": "baseline", "overrides": [text]}
    assert question({"settings": [alone]}).composed(evidence_dir())
    with pytest.raises(SettingError, match="for all"):
        question({"settings": [{"scenario": "baseline"}, alone]}).composed(evidence_dir())


def test_two_may_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that begins last goes on after the other has ended."""
    real, begun, ended = hydra.compose, threading.Event(), threading.Event()

    def slow(*args: Any, **more: Any) -> Any:
        if threading.current_thread() is other:
            begun.set()
            ended.wait(1)
        else:
            begun.wait(1)
        return real(*args, **more)

    def ask() -> None:
        found.append(compose(["scenario=flooding"]).scenario)

    found: list[str] = []
    forget()
    monkeypatch.setattr(hydra, "compose", slow)
    other = threading.Thread(target=ask)
    other.start()
    compose(["scenario=embargo"])
    ended.set()
    other.join()
    assert found == ["flooding"]


def test_every_lever_scenario_and_uncertainty_has_its_control() -> None:
    found = overview(question(ASKED), evidence_dir())
    assert found["mistakes"] == ["", ""]
    assert {one["name"] for one in found["scenarios"]} == set(scenarios_of(default_chain()))
    approval = next(one for one in found["uncertainties"] if one["key"] == LICENCE)
    assert (approval["there"], approval["now"]) == ([False, True], [None, 0.4])
    given = levers(question(ASKED), "china", evidence_dir())["levers"]
    assert {one["name"] for one in given} == set(declared_levers())
    limit = next(one for one in given if one["name"] == "export_limit")
    knob = next(one for one in limit["forms"][1]["knobs"] if one["key"] == LICENCE)
    assert knob["value"] == 0.4
    assert knob["help"].startswith("share of the flow before the measure")


def test_what_is_added_shows_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conf = tmp_path / "conf"
    shutil.copytree(conf_dir(), conf)
    text = "# @package _global_\nabout: {title: Mine, source: example, purpose: to be seen}\n"
    (conf / "scenario" / "mine.yaml").write_text(text)
    (conf / "uncertainty" / "mine.yaml").write_text(
        "uncertainties:\n  firm.outage.active: {values: [true, false]}\n"
    )
    monkeypatch.setenv("COERCIVITY_CONF", str(conf))
    forget()
    found = overview(question({"settings": [{"scenario": "mine"}]}), evidence_dir())
    forget()
    assert {"name": "mine", "title": "Mine", "purpose": "to be seen"} in found["scenarios"]
    assert "firm.outage.active" in {one["key"] for one in found["uncertainties"]}


class Stubborn:
    """Workers of which one refuses a setting and the other waits until it is told to stop."""

    def __init__(self, _count: int) -> None:
        pass

    def close(self) -> None:
        """Nothing to end."""

    @contextmanager
    def lent(self, stop: threading.Event) -> Iterator["Stubborn"]:
        """Always free."""
        yield self

    def make(self, order: Order, _on_step: Any, stop: threading.Event) -> None:
        """Refuse, or wait."""
        if order.values["market"]["elasticity"] == 0.8:
            raise UserError("holders would chase their own trend")
        assert stop.wait(30)
        raise StoppedError("stopped")


def test_a_fault_names_its_setting_and_a_new_question_stops_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "Workers", Stubborn)
    mistaken = {"scenario": "baseline", "overrides": ["market.elasticity=0.8"]}
    with Desk(tmp_path, evidence_dir(), 2) as desk:
        first = desk.ask(question({"settings": [{"scenario": "embargo"}]}), "one page")
        other = desk.ask(question({"settings": [{"scenario": "embargo"}]}), "other page")
        second = desk.ask(question({"settings": [{"scenario": "baseline"}, mistaken]}), "one page")
        for job in (first, second):
            assert job.thread is not None
            job.thread.join(30)
        assert (first.state, second.state, other.state) == ("cancelled", "failed", "running")
        assert (second.side, second.mistake) == ("B", "holders would chase their own trend")
    assert other.state == "cancelled"


def test_the_command_asks_what_the_page_asked() -> None:
    """Quoted for a shell, and composed to the same configuration."""
    import shlex

    days = 'state.japan.lever.stockpile.days.oxide:Dy={"2026-01":180}'
    setting = {"scenario": "embargo", "overrides": [days, "market.elasticity=0.5"]}
    one = question({"settings": [setting], "common": ["clock.end=2028-01"]})
    words = shlex.split(commands(one)[0]["text"])
    assert words[:2] == ["coercivity", "run"]
    assert compose(words[2:]).hash == one.composed(evidence_dir())["embargo"].hash
    two = question({"settings": [{"scenario": "baseline"}, {"scenario": "embargo"}], "common": ["seed=3"]})
    assert commands(two)[0]["text"] == "coercivity compare baseline embargo seed=3 futures=1"


def test_a_command_for_both_finds_the_files_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shlex

    monkeypatch.setattr(jobs, "Workers", Stubborn)
    monkeypatch.setattr(jobs, "answer", lambda *_: None)
    monkeypatch.setattr(Stubborn, "make", lambda *_: None)
    changed = {"scenario": "baseline", "overrides": ["market.elasticity=0.5"]}
    with Desk(tmp_path / "a folder", evidence_dir(), 1) as desk:
        job = desk.ask(question({"settings": [{"scenario": "baseline"}, changed]}), "one page")
        assert job.thread is not None
        job.thread.join(30)
    first, *files, last = shlex.split(commands(job.asked, job.files)[0]["text"])[1:]
    assert last == "futures=1"
    assert first == "compare"
    assert [compose_file(Path(name)).hash for name in files] == [one.hash for one in job.composed.values()]


@pytest.mark.proof
@pytest.mark.parametrize("seconds", [0.2, 2.0])
def test_the_keyboard_stops_it_at_any_time_without_further_words(tmp_path: Path, seconds: float) -> None:
    """Ctrl-C reaches every process of the terminal, also those that are still loading."""
    words = "explore clock.end=2025-07 --port 0 --no-browser --workers 2 --out"
    process = subprocess.Popen(
        [sys.executable, "-m", "coercivity.experiments", *words.split(), str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert "the explorer is at" in process.stdout.readline()
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=120)[0].strip() == "stopped"
    assert process.returncode == 0


def test_a_run_that_does_not_stop_is_ended_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PATIENCE", 0.0)
    made, stop = Worker(), threading.Event()
    process = made._process
    assert process.pid is not None
    draft = tmp_path / f".run.tmp-{process.pid}"
    draft.mkdir()
    os.kill(process.pid, signal.SIGSTOP)  # hears nothing any more
    stop.set()
    with pytest.raises(StoppedError):
        made.make(Order({}, (), evidence_dir(), tmp_path / "run"), lambda *_: None, stop)
    assert not process.is_alive()
    assert not list(tmp_path.iterdir())
    made.close()
