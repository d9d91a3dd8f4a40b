"""Damaged sets of evidence: what happens to files in use, drawn by a seed.

damage = damage_evidence(7, conf_dir() / "evidence", tmp_path / "evidence")  # .said: plants.csv: cut in half
judge(damage)  # 'refused: ...' in one sentence, or 'ran'; anything else raises
"""

import csv
import io
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from coercivity.model.inputs.evidence import COLUMNS

__all__ = ["CHAINS", "KINDS", "Damage", "damage_evidence", "first_steps", "judge"]

CHAINS = {"rare_earths": ".", "gallium_germanium": "gallium_germanium"}
CLOCKS = {"rare_earths": ("2025-01", "2025-04"), "gallium_germanium": ("2023-01", "2023-04")}
PLACE = re.compile(r"\w+\.(csv|txt)|there is no \w+|base year|firm\.\w+")
Rows = list[list[str]]
VALUE, LOW, HIGH, UNIT, YEAR = (COLUMNS.index(name) for name in ("value", "low", "high", "unit", "year"))
NONSENSE = (
    "-1", "-0.1", "0", "5", "1e300", "1e9", "-1e300", "1e-300", "1e400", "inf", "-inf", "nan", "1_000",
    "１２", "0x10", "1,5", "1.234,5", "", " ", "many", "20²4", "1e", "--3",
)  # fmt: skip
NO_NUMBER = ("1e300", "-1e300", "1e400", "inf", "-inf", "nan", "1_000", "１２", "0x10", "1,5", "many", "20²4")


@dataclass(frozen=True)
class Damage:
    """What was done. folder: of the chain's evidence; sound: whether it must run, must not, or may."""

    seed: int
    kind: str
    chain: str
    folder: Path
    said: str
    sound: bool | None


Draw = random.Random
Change = Callable[[Draw, Path], tuple[str, bool | None]]


def damage_evidence(seed: int, source: Path, target: Path, kind: str = "") -> Damage:
    """Copy the folder of all evidence to `target`, damage one thing in it, and say what.

    kind: one of KINDS, else drawn too
    """
    draw = random.Random(seed)
    shutil.copytree(source, target)
    chain = draw.choice([*CHAINS, "rare_earths", "rare_earths"])
    folder = target / CHAINS[chain]
    kind = kind or draw.choice(sorted(KINDS))
    said, sound = KINDS[kind](draw, folder)
    return Damage(seed, kind, chain, folder, said, sound)


def judge(damage: Damage, *overrides: str) -> str:
    """Run the chain's baseline for a step over the set: `refused: <sentence>` or `ran`.

    Raises AssertionError for a refusal that is no sentence and for a run that holds what cannot be.
    """
    from coercivity.experiments.base.errors import UserError
    from coercivity.experiments.config.compose import compose
    from coercivity.experiments.runs.run import simulate

    composed = compose([*first_steps(damage.chain), *overrides])
    try:
        tables, _ = simulate(composed, damage.folder, lambda *_: None)
    except UserError as error:
        said = str(error)
        assert damage.sound is not True, f"{damage.said}: refused, but nothing is wrong with it: {said}"
        assert "\n" not in said and "Traceback" not in said and len(said) < 1500, said
        assert PLACE.search(said), f"names no place: {said}"
        return f"refused: {said}"
    assert damage.sound is not False, f"{damage.said}: ran as if nothing were wrong"
    prices, stocks = tables["prices"]["price"], tables["stocks"]["tonnes"]
    assert prices.notna().all() and prices.abs().max() < 1e9, f"{damage.said}: prices without bounds"
    assert stocks.min() >= -1e-6, f"{damage.said}: a negative stock"
    return "ran"


def first_steps(chain: str) -> list[str]:
    """Overrides under which a chain's baseline runs for a step."""
    start, end = CLOCKS[chain]
    return [f"chain={chain}", f"clock.start={start}", f"clock.end={end}"]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.csv"))


def _read(path: Path) -> Rows:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def _write(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def _numeric(rows: Rows, *attributes: str) -> list[int]:
    """Lines of numbers, of some attributes if named."""
    numbers = [at for at, row in enumerate(rows) if at and row[UNIT] != "text"]
    found = [at for at in numbers if not attributes or rows[at][1] in attributes]
    return found or list(range(1, len(rows)))


def _set_value(row: list[str], value: str, range_too: bool) -> None:
    """Another value, its range moved along if that is asked for, so that only bounds can tell."""
    row[VALUE] = value
    if range_too and row[LOW]:
        row[LOW] = row[HIGH] = value


def delete_file(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """Delete a file."""
    path = draw.choice(_files(folder))
    path.unlink()
    return f"{path.name}: deleted", None if path.stem.startswith(("account", "base_", "projects_")) else False


def cut_file(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """Cut a file short at any byte."""
    path = draw.choice(_files(folder))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * draw.choice((0.0, 0.25, 0.5, 0.75)))])
    return f"{path.name}: cut short", None


def keep_half(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """Keep one half of the rows of a file."""
    path = draw.choice(_files(folder))
    rows = _read(path)
    half = len(rows) // 2
    _write(path, [rows[0], *(rows[1:half] if draw.random() < 0.5 else rows[half:])])
    return f"{path.name}: half of its rows", False if path.stem in ("plants", "mines", "firms") else None


def leave_header(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """Leave nothing but the first line, or nothing at all."""
    path = draw.choice(_files(folder))
    rows = _read(path)
    _write(path, rows[:1] if draw.random() < 0.7 else [])
    return f"{path.name}: no rows", False


def drop_column(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """Delete or double a column."""
    path = draw.choice(_files(folder))
    at, twice = draw.randrange(len(COLUMNS)), draw.random() < 0.3
    _write(path, [row[: at + twice] + row[at + 1 - twice * 1 :] for row in _read(path)])
    return f"{path.name}: column {COLUMNS[at]} {'twice' if twice else 'gone'}", False


def drop_rows(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """Delete some rows."""
    path = draw.choice(_files(folder))
    rows = _read(path)
    share = draw.choice((0.002, 0.02, 0.2))
    kept = [row for row in rows[1:] if draw.random() > share]
    _write(path, [rows[0], *kept])
    return f"{path.name}: {len(rows) - 1 - len(kept)} rows gone", None


def write_nonsense(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """Put nonsense into a cell that holds a number."""
    path = draw.choice(_files(folder))
    rows = _read(path)
    row = rows[draw.choice(_numeric(rows))]
    value, column = draw.choice(NONSENSE), draw.choice((VALUE, VALUE, VALUE, LOW, HIGH, YEAR))
    text = row[UNIT] == "text" and column != YEAR  # of a file that holds no number
    if column == VALUE:
        _set_value(row, value, draw.random() < 0.5)
    else:
        row[column] = value
    _write(path, rows)
    sure = value in NO_NUMBER
    said = f"{path.name}: {COLUMNS[column]} of {'.'.join(row[:3])} is {value!r}"
    return said, False if sure and not text else None


def write_quantity(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """A negative or enormous capacity, demand, charge, price or stock."""
    pairs = (
        "mines capacity|plants capacity|projects capacity|demand demand|burdens charge|burdens burden|"
        "prices domestic_ex_vat|stocks public_stock|stocks private_cover|uses backstop_price|"
        "plants unit_cost|freight freight_fixed"
    )
    kinds = [tuple(pair.split(" ")) for pair in pairs.split("|")]
    file, attribute = draw.choice([kind for kind in kinds if (folder / f"{kind[0]}.csv").is_file()])
    path, value = folder / f"{file}.csv", draw.choice(("-1", "-1000", "1e300", "1e12", "0", "1000000"))
    rows = _read(path)
    row = rows[draw.choice(_numeric(rows, attribute))]
    _set_value(row, value, True)
    _write(path, rows)
    return f"{path.name}: {'.'.join(row[:3])} is {value}", False if value in (
        "1e300",
        "-1",
        "-1000",
    ) else None


def write_share(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """A share below zero or of 500 %."""
    path = draw.choice([folder / f"{name}.csv" for name in ("baskets", "uses", "recipes", "taxes", "plants")])
    rows = _read(path)
    shares = [at for at, row in enumerate(rows) if row[UNIT] == "share"]
    if not shares:
        return f"{path.name}: untouched", True
    row = rows[draw.choice(shares)]
    value = draw.choice(("-0.1", "5"))
    _set_value(row, value, True)
    _write(path, rows)
    tax = row[1] in ("import_tariff", "export_duty")
    return f"{path.name}: {'.'.join(row[:3])} is {value}", None if tax else False


def write_unit(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """The unit of another attribute."""
    files = ("mines", "plants", "projects", "demand", "burdens", "uses")
    path = folder / f"{draw.choice(files)}.csv"
    rows = _read(path)
    kinds = ("capacity", "unit_cost", "demand", "burden", "recovery", "backstop_price")
    row = rows[draw.choice(_numeric(rows, *kinds))]
    other = draw.choice(("USD/kg", "t REO/yr", "share", "deg", "years", "kt/yr", "text", "USD/t", "per cent"))
    was, row[UNIT] = row[UNIT], other
    _write(path, rows)
    kept = other == was or (was.startswith("t ") and other.startswith("t ")) or other == "USD/kg"
    return f"{path.name}: unit of {'.'.join(row[:3])} is {other}", None if kept else False


def write_recipe(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """A recipe that takes nothing or five times too much, or goes round in a circle."""
    path = folder / "recipes.csv"
    rows = _read(path)
    inputs = [row for row in rows if row[1] == "input"]
    row = draw.choice(inputs)
    how = draw.choice(("circle", "0", "5"))
    if how == "circle":
        rows.append([row[2], "input", row[0], "0.5", "", "", "kg/kg", row[YEAR], "damaged", "recall", ""])
    else:
        _set_value(row, how, True)
    _write(path, rows)
    small = how == "0" and row[0].startswith("magnet") and row[2] != "metal:NdPr"
    return f"{path.name}: {row[0]} from {row[2]}: {how}", None if small else False


def save_as_excel(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """As a spreadsheet saves it: a byte order mark, semicolons, decimal commas, tabs, another encoding."""
    path = draw.choice(_files(folder))
    how = draw.choice(("mark", "semicolons", "tabs", "utf-16", "decimal commas", "lines", "quoted"))
    rows = _read(path)
    if how == "mark":
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    elif how in ("semicolons", "tabs"):
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=";" if how == "semicolons" else "\t").writerows(rows)
    elif how == "utf-16":
        path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    elif how == "decimal commas":
        for row in rows[1:]:
            row[VALUE] = row[VALUE].replace(".", ",") if row[UNIT] != "text" else row[VALUE]
        _write(path, rows)
    else:
        quoting = csv.QUOTE_ALL if how == "quoted" else csv.QUOTE_MINIMAL
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\r\n", quoting=quoting).writerows(rows)
    sound = {"mark": True, "lines": True, "quoted": True, "decimal commas": None}.get(how, False)
    return f"{path.name}: saved with {how}", sound


def write_odd_text(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """Odd characters in a note, which change nothing, or a cell too large for any table."""
    path = draw.choice(_files(folder))
    rows = _read(path)
    row = rows[draw.randrange(1, len(rows))]
    huge = draw.random() < 0.3
    odd = ("a\u2028b", "a\u0085b", "a\x1cb", 'a "quoted", b', "a\nb", "=1+1")
    row[10] = "x" * 140_000 if huge else draw.choice(odd)
    _write(path, rows)
    return f"{path.name}: {'a huge cell' if huge else repr(row[10])} in a note", not huge


def misspell(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """A name that nothing knows: place, firm, ore, stage, use."""
    pairs = (
        "mines jurisdiction|mines firm|mines family|plants jurisdiction|plants firm|plants stage|"
        "plants products|projects family|projects kind|projects stage|firms home|burdens route"
    )
    file, attribute = draw.choice(pairs.split("|")).split(" ")
    path = folder / f"{file}.csv"
    rows = _read(path)
    found = [row for row in rows if row[1] == attribute]
    if not found:
        return f"{path.name}: untouched", True
    row = draw.choice(found)
    row[VALUE] = draw.choice((row[VALUE] + "x", "Atlantis", row[VALUE].upper() + "_", " "))
    _write(path, rows)
    return f"{path.name}: {attribute} of {row[0]} is {row[VALUE]!r}", False


def rename(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """Rename an entity or an attribute everywhere in a file."""
    path = draw.choice(_files(folder))
    rows = _read(path)
    column = draw.choice((0, 1))
    was = draw.choice(rows[1:])[column]
    for row in rows[1:]:
        row[column] = was + "x" if row[column] == was else row[column]
    _write(path, rows)
    return f"{path.name}: {COLUMNS[column]} {was} renamed", None


def turn_range(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """An inverted, infinite or half range."""
    path = draw.choice(_files(folder))
    rows = _read(path)
    ranged = [row for row in rows[1:] if row[LOW] and row[LOW] != row[HIGH]]
    if not ranged:
        return f"{path.name}: untouched", True
    row = draw.choice(ranged)
    how = draw.choice(("inverted", "infinite", "half"))
    if how == "inverted":
        row[LOW], row[HIGH] = row[HIGH], row[LOW]
    else:
        row[HIGH] = "inf" if how == "infinite" else ""
    _write(path, rows)
    return f"{path.name}: range of {'.'.join(row[:3])} {how}", False


def repeat_row(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """A row twice, with another value."""
    path = draw.choice(_files(folder))
    rows = _read(path)
    row = list(draw.choice(rows[1:]))
    rows.append(row)
    _write(path, rows)
    return f"{path.name}: {'.'.join(row[:3])} twice", False


def shuffle_cells(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """Two cells of a row changed round, or a comma too many."""
    path = draw.choice(_files(folder))
    rows = _read(path)
    row = rows[draw.randrange(1, len(rows))]
    one, other = draw.sample(range(len(COLUMNS)), 2)
    if draw.random() < 0.3:
        row.insert(one, "")
    else:
        row[one], row[other] = row[other], row[one]
    _write(path, rows)
    return f"{path.name}: cells {COLUMNS[one]} and {COLUMNS[other]} of {row[0]} changed round", None


def scatter_bytes(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """Bytes of something else."""
    path = draw.choice(_files(folder))
    content = bytearray(path.read_bytes())
    for _ in range(20):
        content[draw.randrange(len(content))] = draw.choice((0, 255, 0x80, 34, 44, 10))
    path.write_bytes(bytes(content))
    return f"{path.name}: twenty bytes scattered", None


def share_nothing(draw: Draw, folder: Path) -> tuple[str, bool | None]:
    """A shared.txt that names what is not there, or is no text; or a folder in the place of a file."""
    how = draw.choice(("unknown", "binary", "folder", "empty"))
    if how == "folder":
        path = draw.choice(_files(folder))
        path.unlink()
        path.mkdir()
        return f"{path.name}: a folder", False
    content = {"unknown": b"atlantis\n", "binary": b"\xff\xfe\x00", "empty": b""}[how]
    (folder / "shared.txt").write_bytes(content)
    empty = how == "empty" and folder.name != "gallium_germanium"
    return f"shared.txt: {how}", empty or False


KINDS: dict[str, Change] = {
    change.__name__: change
    for change in (
        delete_file, cut_file, keep_half, leave_header, drop_column, drop_rows, write_nonsense,
        write_quantity, write_share, write_unit, write_recipe, save_as_excel, write_odd_text, misspell,
        rename, turn_range, repeat_row, shuffle_cells, scatter_bytes, share_nothing,
    )
}  # fmt: skip
