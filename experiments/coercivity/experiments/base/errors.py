"""What can go wrong, as the person at the keyboard should hear it.

CoercivityError
├── UserError       a mistake in a command, configuration or file: exit code 2
├── RunError       the program's own failure, with a log to look at: exit code 1
└── ScenarioError  one run of several failed; its message begins with the scenario
"""

import difflib
import logging
import os
import re
import shlex
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath

OK, FAILED, MISTAKE = 0, 1, 2
INTERRUPTED, TERMINATED = 130, 143  # as shells count signals
_QUIET = logging.NullHandler()  # one, however many commands a process runs


class CoercivityError(Exception):
    """Root of what this package raises on purpose."""


class UserError(CoercivityError):
    """A mistake of the user: one clear message, no traceback."""


class RunError(CoercivityError):
    """A run that could not be completed; the message names the log that says why."""


class ScenarioError(CoercivityError):
    """One of several runs failed; the message names it."""


SYNONYMS: Mapping[str, tuple[str, ...]] = {  # what people type for names that are spelt otherwise
    **dict.fromkeys(("us", "usa", "america", "united-states"), ("united_states", "US")),
    **dict.fromkeys(("eu", "europe", "european-union"), ("european_union", "EU")),
    **dict.fromkeys(("germany", "france", "italy", "poland", "estonia", "sweden"), ("european_union", "EU")),
    **dict.fromkeys(
        ("uk", "britain", "united_kingdom", "brazil", "canada", "russia"), ("rest_of_world", "ROW")
    ),
    **dict.fromkeys(("prc", "cn"), ("china", "CN")),
    **dict.fromkeys(("countries", "country", "nations", "governments"), ("states",)),
    **dict.fromkeys(("policies", "instruments", "tools"), ("levers",)),
    **dict.fromkeys(("companies", "company"), ("firms",)),
    **dict.fromkeys(("deposits", "deposit"), ("mines",)),
    **dict.fromkeys(("commodities", "elements", "metals"), ("materials",)),
    **dict.fromkeys(("minerals", "mineral"), ("chains",)),
    **dict.fromkeys(("assumptions", "uncertainties"), ("estimates",)),
    "demand": ("uses", "demand_level"),
    **dict.fromkeys(("sectors", "applications"), ("uses",)),
    **dict.fromkeys(
        ("export_quota", "export_ban", "exportban", "licence", "license", "licences", "licenses"),
        ("export_limit", "restrictions_2025"),
    ),
    **dict.fromkeys(("export_tariff", "export_duty", "export_duties"), ("export_tax",)),
    **dict.fromkeys(("annual", "yearly", "annually", "years"), ("year",)),
    **dict.fromkeys(("quarterly", "quarters"), ("quarter",)),
    **dict.fromkeys(("monthly", "months", "weekly", "week", "daily", "day"), ("month",)),
    **dict.fromkeys(("stock", "stocks", "strategic_reserve"), ("stockpile",)),
    **dict.fromkeys(("tariff", "tariffs"), ("import_tariff",)),
    **dict.fromkeys(("subsidy", "subsidies", "price_floor", "loans"), ("friendshoring",)),
    **dict.fromkeys(("bau", "status_quo", "reference"), ("policies_frozen",)),
    **dict.fromkeys(("ban", "cutoff", "china_ban", "export_stop"), ("embargo",)),
    **dict.fromkeys(("subsidies_2025", "friendshoring", "allies"), ("friendshoring_pooled",)),
    **dict.fromkeys(("simulate", "start"), ("run",)),
    **dict.fromkeys(("plot", "figures", "show"), ("report",)),
    **dict.fromkeys(("gui", "ui", "app", "dashboard"), ("explore",)),
    **dict.fromkeys(("summary", "onepager"), ("brief",)),
    **dict.fromkeys(("check", "lint"), ("validate",)),
    **dict.fromkeys(("fit",), ("calibrate",)),
    **dict.fromkeys(
        ("ls", "info", "explain", "describe", "scenarios", "levers", "states", "strategies"), ("list",)
    ),
}


FEW, LIKELY = 12, 0.65  # of so few names all are told, unless one is as like as that


def did_you_mean(word: str, known: Iterable[str], likely: float = 0.6) -> str:
    """The end of a sentence that suggests the nearest known name, if one is as like as that, or nothing.

    >>> did_you_mean("embrgo", ["baseline", "embargo"])
    '; did you mean `embargo`?'
    >>> did_you_mean("xyz", ["baseline"])
    ''
    >>> did_you_mean("conf/scenario/embargo.yaml", ["baseline", "embargo"])
    '; did you mean `embargo`?'
    """
    choices = sorted({str(name) for name in known})
    meant = next((name for name in SYNONYMS.get(word.lower(), ()) if name in choices), None)
    if meant:
        return f"; did you mean `{meant}`?"
    if "/" in word or word.endswith((".yaml", ".yml")):  # a file where its name would do
        word = PurePath(word).stem
    folded = {name.lower(): name for name in choices}
    near = difflib.get_close_matches(word.lower(), list(folded), n=1, cutoff=likely)
    if near:
        return f"; did you mean `{folded[near[0]]}`?"
    starts = [name for name in choices if word and name.lower().startswith(word.lower())]
    return f"; did you mean `{starts[0]}`?" if len(starts) == 1 else ""


def nearest_or_all(word: str, known: Iterable[str], lead: str = "there are") -> str:
    """The end of a sentence that suggests the nearest known name, or else tells them all.

    Of a few, a name that shares no more than some letters is not suggested: they are all told.

    >>> nearest_or_all("clearin", ["clearing", "sweep"]), nearest_or_all("speed", ["clearing", "sweep"])
    ('; did you mean `clearing`?', '; there are: clearing, sweep')
    """
    choices = list(dict.fromkeys(str(name) for name in known))
    near = did_you_mean(word, choices, LIKELY if len(choices) <= FEW else 0.6)
    return near or (f"; {lead}: {', '.join(choices)}" if choices else "")


def unknown(kind: str, word: str, known: Iterable[str]) -> str:
    """One sentence for a name that does not exist, with the nearest one or all that do.

    >>> unknown("scenario", "embrgo", ["baseline", "embargo"])
    'there is no scenario `embrgo`; did you mean `embargo`?'
    """
    return f"there is no {kind} `{word}`{nearest_or_all(word, sorted({str(name) for name in known}))}"


def quote_word(word: object) -> str:
    """A word of a command as a shell takes it.

    >>> quote_word("a folder"), quote_word("plain")
    ("'a folder'", 'plain')
    """
    return shlex.quote(str(word))


# What a terminal obeys or hides: controls, marks of direction and width, halves of letters.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
JOINERS = "\u200c\u200d"  # which some scripts need


def show_unseen(text: str) -> str:
    r"""A text as a terminal may have it: what cannot be seen is told by its number.

    >>> show_unseen("a\x1b[31mb\u202e")
    'a\\x1b[31mb\\u202e'
    """
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def say_unseen(text: str) -> str:
    """What of a text cannot be seen, as a part of a sentence; nothing where all can.

    >>> say_unseen("a\\x1b"), say_unseen("a")
    ('a character that cannot be seen (U+001B)', '')
    """
    found = next((one for one in UNSEEN.findall(text) if one not in JOINERS), "")
    return f"a character that cannot be seen (U+{ord(found):04X})" if found else ""


def debugging() -> bool:
    """Whether the user asked for tracebacks."""
    return os.environ.get("COERCIVITY_DEBUG", "") not in ("", "0")


def run_guarded(action: Callable[[], int]) -> int:
    """Do `action`; turn what it raises, and what numbers warn of, into a message and an exit code.

    What libraries log, such as where Matplotlib keeps its fonts, is for who debugs.
    """
    if not debugging():
        logging.getLogger().addHandler(_QUIET)
    with warnings.catch_warnings(record=not debugging()) as warned, _ending_cleanly():
        code = _attempt(action)
    _tell_numbers(warned or [])
    return code


class _TerminatedError(KeyboardInterrupt):
    """SIGTERM, as `timeout` and job schedulers send it."""


@contextmanager
def _ending_cleanly() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does: its processes with it, and nothing half made."""

    def end(*_: object) -> None:
        raise _TerminatedError

    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _tell_numbers(warned: "list[warnings.WarningMessage]") -> None:
    """One sentence for all numerical warnings: raw ones say where in our code, and nothing to a user."""
    said = [one for one in warned if issubclass(one.category, RuntimeWarning)]
    if said:
        first = f"{said[0].message} ({PurePath(said[0].filename).name}:{said[0].lineno})"
        told = f"{len(said)} numerical warnings, first: {first}; COERCIVITY_DEBUG=1 shows all"
        print(f"coercivity: look at these results before using them: {told}", file=sys.stderr)


def _attempt(action: Callable[[], int]) -> int:
    try:
        return action()
    except UserError as error:
        return _tell(error, MISTAKE)
    except RunError as error:
        return _tell(error, FAILED)
    except KeyboardInterrupt as stopped:
        left = "; ".join(getattr(stopped, "__notes__", ())) or "nothing was left behind"
        print(f"coercivity: stopped; {left}", file=sys.stderr)
        return TERMINATED if isinstance(stopped, _TerminatedError) else INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        if _is_of_evidence(error):
            return _tell(UserError(str(error)), MISTAKE, error)
        return _tell(
            RunError(f"internal error: {describe(error)}; COERCIVITY_DEBUG=1 shows where"),
            FAILED,
            error,
        )


def _is_of_evidence(error: Exception) -> bool:
    """Whether a command met evidence that cannot be used where it did not look for it."""
    from coercivity.model.inputs.evidence import EvidenceError

    return isinstance(error, EvidenceError)


def describe(error: BaseException) -> str:
    """An exception in one line: its kind and the first line of what it says."""
    said = str(error).strip().splitlines()
    if isinstance(error, ScenarioError) and said:
        return said[0]
    return f"{type(error).__name__}: {said[0]}" if said else type(error).__name__


def _tell(error: CoercivityError, code: int, cause: BaseException | None = None) -> int:
    if debugging():
        traceback.print_exception(cause or error)
    print(f"coercivity: {show_unseen(str(error))}", file=sys.stderr)
    return code
