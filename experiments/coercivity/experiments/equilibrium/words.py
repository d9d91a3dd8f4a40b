"""A game on the screen, in plain words."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["game_summary"]


def game_summary(document: Mapping[str, Any]) -> str:
    """What holds, what leaving gains, and how firm that is."""
    return "\n".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield f"{document['title']}: {document['runs']} runs of at most {document['budget']}"
    for profile in document["profiles"]:
        yield from _profile_lines(profile, document["unit"])
    if firm := document.get("firmness"):
        yield f"It holds in {firm['futures_held']} of {firm['futures']} futures taken one by one" + (
            f", and for {firm['weights_held']} of {firm['weights']} draws of the states' weights."
            if "weights" in firm
            else "."
        )
    for one in (document.get("firmness") or {}).get("drivers") or []:
        yield (
            f"{'It hangs' if one['sure'] else 'It may hang'} on {one['name']}: rank correlation "
            f"{one['correlation']:+.2f} with the gain of leaving; holds in {one['low']:.0%} of futures where "
            f"it is low, {one['high']:.0%} where it is high"
        )
    for view, found in (document.get("views") or {}).items():
        named = "; ".join(_chances(one["chances"]) for one in found["equilibria"]) or "none was found"
        yield f"Equilibria, {view}: {named}"
    for leader, found in (document.get("views") or {}).get("objective", {}).get("leaders", {}).items():
        yield f"If {leader} binds itself first: {found['strategy']}, worth {found['payoff']:+,.0f}"
    threats = [one for one in document.get("threats") or [] if one["works"]]
    for one in threats:
        credible = "credible" if one["credible"] else f"costs the sender {one['cost']:,.0f} to carry out"
        yield (
            f"Threat: {one['sender']} with {one['threat']} unless {one['target']} turns to {one['demand']}: "
            f"worth {one['worth']:,.0f}; {credible}"
        )
    if "views" in document and not threats:
        yield "No threat of one player to another would be obeyed."
    for one in document.get("time_bought") or []:
        answer = ", ".join(f"{player} {name}" for player, name in one["answer"].items())
        yield (
            f"Time bought by {one['supplier']} {one['strategy']} against {answer}: {one['years']:+.2f} years "
            f"of dependence ({one['low']:+.2f} to {one['high']:+.2f}), {one['left']:.0%} left at the end"
        )
    worst = max(document["known_answers"].items(), key=lambda pair: pair[1])
    yield f"Known answers: {len(document['known_answers'])}, the worst off by {worst[1]:.2%} ({worst[0]})"


def _profile_lines(profile: Mapping[str, Any], unit: str) -> Iterator[str]:
    strategies = profile.get("strategies")
    shown = (
        ", ".join(f"{p} {s}" for p, s in strategies.items()) if strategies else _chances(profile["chances"])
    )
    what = "certified" if profile["certified"] else "by means only" if profile["equilibrium"] else "not"
    yield f"{profile['name']}: {shown} (an equilibrium of the menu: {what})"
    for player in profile["gap_inside"]:
        inside, interval = profile["gap_inside"][player], profile["gap_inside_interval"][player]
        limit = "unknown" if interval["limit"] is None else f"{interval['limit']:.1%}"
        text = (
            f"  {player}: gains {inside:.1%} of its range by leaving (at most {limit} with 95 % confidence)"
        )
        if player in profile["gap_outside"]:
            answer, trials = profile["best_outside"][player], profile["trials_outside"][player]
            text += f"; {profile['gap_outside'][player]:.1%} outside the menu, of {trials} tried ({answer})"
        yield text
    if strategies:
        for player, worth in profile["payoffs"].items():
            money = profile["money"][player]
            yield (
                f"  {player}: {worth['mean']:+,.0f} ({worth['low']:+,.0f} to {worth['high']:+,.0f}), "
                f"of that money {money['mean']:+,.0f}; {unit}"
            )


def _chances(chances: Mapping[str, Mapping[str, float]]) -> str:
    parts = []
    for player, mine in chances.items():
        if len(mine) == 1:
            parts.append(f"{player} {next(iter(mine))}")
        else:
            parts.append(f"{player} " + " or ".join(f"{name} {chance:.0%}" for name, chance in mine.items()))
    return ", ".join(parts)
