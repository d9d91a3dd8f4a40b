"""Our sweeps against stock Hydra: the same jobs, the same numbers, the same values."""

import itertools
from pathlib import Path

import pandas as pd
import pytest
from hydra import compose as stock_compose
from hydra import initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

SWEEPS = {
    "choices and values": ["scenario=baseline,embargo", "market.elasticity=0.5,1.0", "seed=1,2"],
    "values before choices": ["seed=1,2", "scenario=embargo,baseline"],
    "words that look like others": ["about.source=on,off,yes,0x10,011,1e3,null,true"],
    "quotes and blanks": ["about.source='a b','c,d',\"e=f\",g"],
    "ranges": ["seed=range(0,7,3)", "market.elasticity=range(0.5,1.5,0.25)"],
    "choice(), sort() and shuffled order": ["about.source=choice(c,a,b)", "seed=sort(3,1,2)"],
    "a glob of files": ["scenario=glob(*)"],
    "groups of keys": ["clock={step:year},{step:month,end:2026-01}", "seed=1"],
    "lists": ["chain.elements=[Dy],[Dy,Nd]"],
    "a key twice": ["seed=1,2", "scenario=embargo", "seed=3"],
    "nothing swept": ["seed=5", "scenario=embargo"],
    "whole files and their values": ["state=[china],[china,japan]", "state.china.strategy=rule,scripted"],
    "added keys": ["+market.extra=1,2", "seed=1,2"],
    "casts": ["about.source=str(choice(1,2))", "seed=int(1.0),2"],
}


@pytest.fixture
def conf(toy: None) -> Path:
    from coercivity.experiments.base.paths import conf_dir

    return conf_dir()


@pytest.mark.parametrize("name", SWEEPS)
def test_the_same_jobs_as_stock_hydra(name: str, conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from coercivity.experiments.config import compose
    from coercivity.experiments.sweeps.grid import grid, read_sweeps

    monkeypatch.setattr(compose, "validate_values", lambda *_: None)  # what is allowed is not Hydra's to say
    arguments = SWEEPS[name]
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        parsed = OverridesParser.create(config_loader=loader).parse_overrides(arguments)
        (jobs,) = BasicSweeper.split_arguments(parsed, None)
        theirs = [OmegaConf.to_container(stock_compose("config", job), resolve=True) for job in jobs]
    asked = read_sweeps(arguments)
    composer = compose.Composer(asked.fixed_overrides)
    ours = [composer(row).values for _, row in grid(asked).rows(0, len(jobs) + 1)]
    for mine in ours:
        mine.pop("scenario")  # ours alone: the name of the file chosen
    assert ours == theirs


def test_a_value_that_others_refer_to_is_hydras_to_set(
    conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    from coercivity.experiments.config import compose

    mine = tmp_path / "conf"
    shutil.copytree(conf, mine)
    with (mine / "market" / "default.yaml").open("a") as stream:
        stream.write("\nnote: seed ${seed}\n")
    monkeypatch.setenv("COERCIVITY_CONF", str(mine))
    compose._compose_cached.cache_clear()
    assert compose.Composer()({"seed": 7}).values["market"]["note"] == "seed 7"


def test_multirun_is_the_sweep(coercivity, tmp_path: Path) -> None:
    words = ("scenario=baseline,embargo", "seed=1,2", "clock.step=year")
    place = (f"hydra.sweep.dir={tmp_path}/stock", f"hydra.run.dir={tmp_path}/stock")
    got = coercivity("run", "--multirun", *words, "hydra/sweeper=basic", *place)
    assert got.code == 0, got.err
    got = coercivity("run", "-m", *words, f"hydra.sweeper.dir={tmp_path}/ours", "hydra.sweeper.workers=1")
    assert got.code == 0, got.err
    summary = pd.concat(pd.read_parquet(path) for path in (tmp_path / "ours" / "summary").iterdir())
    mean = summary[summary["indicator"] == "price of Dy oxide, mean"].set_index(["run", "jurisdiction"])[
        "value"
    ]
    for job, (scenario, _seed) in enumerate(itertools.product(("baseline", "embargo"), (1, 2))):
        (folder,) = (tmp_path / "stock" / str(job)).glob(f"{scenario}-*")
        prices = pd.read_parquet(folder / "prices.parquet").query("material == 'oxide:Dy'")
        assert mean[job, "CN"] == pytest.approx(prices.query("jurisdiction == 'CN'")["price"].mean())


@pytest.mark.parametrize("command", ["sweep", "run"])
def test_a_mistake_in_a_sweep_is_one_sentence(command: str, coercivity, tmp_path: Path) -> None:
    how = ("--out", tmp_path / "x") if command == "sweep" else ("-m", f"hydra.sweeper.dir={tmp_path}/x")
    for words, said in {
        ("market.elastisity=1,2",): "did you mean `elasticity`",
        ("seed=1,many",): "`seed` must be a whole number",
        ("scenario=baseline,embrago",): "did you mean `embargo`",
        ("market.elasticity=interval(0.5,2)",): "--design latin-hypercube",
        ("market.elasticity=range(0.5,9,0.5)",): "at most 5",
        ("scenario=glob(zz*)",): "gives no value",
    }.items():
        got = coercivity(command, *words, *how)
        assert got.code == 2
        assert said in got.err, got.err
        assert "Traceback" not in got.err
        assert list(tmp_path.iterdir()) == []
