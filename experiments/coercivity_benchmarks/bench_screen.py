"""The benchmarks on screen: one table each, and whether the machine was busy."""

from typing import Any

WIDTH = 18  # of a column
WAYS = {
    "pyomo_rebuilt": "Pyomo, rebuilt every time",
    "pyomo_warm": "Pyomo, kept warm",
    "linopy_rebuilt": "linopy, rebuilt every time",
    "ours": "ours, finished and certified",
    "highs": "HiGHS itself, within ours",
}
PAIRS = (
    *(("pyomo_rebuilt", "ours"), ("pyomo_warm", "ours"), ("linopy_rebuilt", "ours")),
    ("ours", "highs"),
)
BUSY = 1.2  # seconds that pass for one of work, above which figures are rough


def show_clearing(networks: list[dict[str, Any]]) -> None:
    """A column a network: milliseconds a step by each way, ratios between ways, growth with size."""
    first = networks[0]

    def line(label: str, values: list[float], form: str = ",.0f") -> None:
        print(f"{label:<32}" + "".join(f"{value:>{WIDTH}{form}}" for value in values))

    print(f"{'':<32}" + "".join(f"{network['name'][-WIDTH + 2 :]:>{WIDTH}}" for network in networks))
    for name in ("columns", "rows", "steps"):
        line(name, [network[name] for network in networks])
    line("linear programs a step", [network["solves_per_step"] for network in networks], ".1f")
    line("simplex iterations a step", [network["iterations_per_step"] for network in networks])
    ways = {way: label for way, label in WAYS.items() if way in first["ms"]}
    print("\nmilliseconds a step")
    for way, label in ways.items():
        line(f"  {label}", [network["ms"][way] for network in networks], ",.1f")
    print("\nas ratios")
    for over, under in (pair for pair in PAIRS if pair[0] in ways):
        label = (
            f"  {WAYS[over].split(',')[0]}{' kept' * (over == 'pyomo_warm')} / {WAYS[under].split(',')[0]}"
        )
        line(label, [network["ms"][over] / network["ms"][under] for network in networks], ".2f")
    if len(networks) > 1:
        print(f"\ngrowth, times the milliseconds of {first['name']}")
        for way, label in ways.items():
            line(f"  {label}", [network["growth"][way] for network in networks], ".1f")
    print("\nmost memory held so far, MiB")
    for way in first["peak_mib"]:
        line(f"  {WAYS[way]}", [network["peak_mib"][way] for network in networks])
    _rough(max(network["busy"] for network in networks))


def show_run(found: dict[str, Any]) -> None:
    """A line a phase, and the two ratios."""
    ms, ratios, clock, once = found["ms"], found["ratios"], found["clock"], found["once_ms"]
    steps = found["steps"]
    print(f"{found['scenario']}, {steps} steps by {clock['step']} from {clock['start']}: ", end="")
    print(f"{ms['whole'] * steps / 1e3:.1f} s")
    print(f"once: {once['world']:.0f} ms to make the world, {once['tables']:.0f} ms to join ", end="")
    print(f"{found['rows']:,} rows of tables\n")
    print(f"{'':<24}{'ms a step':>12}{'share':>9}{'x HiGHS':>10}")
    for name in (*(name for name in ms if not name.startswith(("whole", "highs"))), "whole", "highs"):
        label = {"whole": "whole step", "highs": "HiGHS itself"}.get(name, name)
        print(f"{label:<24}{ms[name]:>12.1f}{ms[name] / ms['whole']:>9.0%}{ms[name] / ms['highs']:>10.2f}")
    whole, clear = ratios["whole_to_highs"], ratios["clear_to_highs"]
    print(f"\nwhole step / all of HiGHS {whole:.2f}, clearing / its own HiGHS {clear:.2f}; ", end="")
    solves, iterations = found["solves_per_step"], found["iterations_per_step"]
    print(f"{solves:.1f} linear programs and {iterations:.0f} simplex iterations a step")
    _rough(found["busy"])


def show_strategy(found: dict[str, Any]) -> None:
    """What a step costs by each strategy, and how many times as much looking ahead costs."""
    print(f"{found['scenario']}, {found['steps']} steps")
    for name, ms in found["ms"].items():
        print(f"  {name:<22} {ms:9.1f} ms a step")
    print(f"looking ahead costs {found['ratios']['optimising_to_rule']:.1f} times a run by rule")
    _rough(found["busy"])


def _rough(busy: float) -> None:
    if busy > BUSY:
        print(
            f"\nThe machine was busy: {busy:.1f} s passed for each second of work. These figures are rough."
        )
