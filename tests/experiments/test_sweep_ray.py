"""Sweeps on Ray: the same content as in this process, with a node lost on the way. Only where Ray is."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ray = pytest.importorskip("ray")

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RUNS = 120


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two nodes on this machine, whose processes know the toy model."""
    from ray.cluster_utils import Cluster

    parts = [HERE, *(ROOT / part for part in ("model", "optimise", "experiments"))]
    path = os.pathsep.join([*map(str, parts), os.environ.get("PYTHONPATH", "")])
    environment = {"PYTHONPATH": path, "COERCIVITY_CONF": str(HERE / "conf"), "TOY_SLEEPS": "0.02"}
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.add_node(num_cpus=1)
    runtime = {"env_vars": environment, "worker_process_setup_hook": "toy_main.ready"}
    ray.init(address=made.address, runtime_env=runtime, log_to_driver=False, logging_level="ERROR")
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.mark.proof
@pytest.mark.filterwarnings("ignore")
def test_a_lost_node_changes_nothing(coercivity, cluster: Any, tmp_path: Path) -> None:
    from threading import Timer

    words = ("sweep", f"seed=range(0,{RUNS})", "clock.step=year", "--shard-size", 5)
    nodes = [node for node in cluster.list_all_nodes() if node is not cluster.head_node]
    Timer(4.0, lambda: cluster.remove_node(nodes[0], allow_graceful=False)).start()
    got = coercivity(*words, "--engine", "ray", "--out", tmp_path / "ray")
    assert got.code == 0, got.err
    assert f"{RUNS} runs, none failed" in got.out
    assert coercivity(*words, "--workers", 1, "--out", tmp_path / "here").code == 0
    manifests = [json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("ray", "here")]
    assert len({found["tables"]["summary"]["sha256"] for found in manifests}) == 1
