"""The explorer: what can be set comes from files and registers, and nobody else is answered."""

import http.client
import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import hydra
import pytest

from coercivity.experiments.base.errors import UserError
from coercivity.experiments.base.paths import conf_dir, evidence_dir
from coercivity.experiments.config.chains import scenarios_of, usual
from coercivity.experiments.config.compose import compose, forget
from coercivity.experiments.config.levers import declared
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


def asked(server: Server, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], str]:
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
    status, headers, page = asked(server, "/")
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "http" not in page.replace("https://", "http").split("<body")[0]
    assert server.server_address[0] == "127.0.0.1"
    assert asked(server, "/", Host="evil.example")[0] == 421
    assert asked(server, "/controls", ASKED, Origin="http://evil.example")[0] == 403
    assert asked(server, "/controls", ASKED, Sec_Fetch_Site="cross-site")[0] == 403
    assert asked(server, "/controls", ASKED, Content_Type="text/plain")[0] == 415
    assert asked(server, "/controls", {}, Content_Length="600000")[0] == 413
    assert asked(server, "/../conf/config.yaml")[0] == 404
    assert asked(server, "/configuration/none/A.yaml")[0] == 404


def test_mistakes_are_told_in_the_models_own_sentence(server: Server) -> None:
    wrong = {"settings": [{"scenario": "baseline", "overrides": ["market.elastisity=2"]}]}
    _, _, text = asked(server, "/controls", wrong)
    assert "did you mean `elasticity`?" in json.loads(text)["mistakes"][0]
    _, _, text = asked(server, "/controls", {"settings": [{"scenario": "embrgo"}]})
    assert json.loads(text)["mistake"] == "there is no scenario `embrgo`; did you mean `embargo`?"


def test_a_page_is_about_one_chain(server: Server) -> None:
    other = {"settings": [{"scenario": "gallium_baseline"}]}
    _, _, text = asked(server, "/controls", other)
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
    assert {one["name"] for one in found["scenarios"]} == set(scenarios_of(usual()))
    approval = next(one for one in found["uncertainties"] if one["key"] == LICENCE)
    assert (approval["there"], approval["now"]) == ([False, True], [None, 0.4])
    given = levers(question(ASKED), "china")["levers"]
    assert {one["name"] for one in given} == set(declared())
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
    assert commands(two)[0]["text"] == "coercivity compare baseline embargo seed=3"


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
