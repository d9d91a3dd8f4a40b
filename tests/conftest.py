"""What the tests say at their end, and that the keyboard may stop what they start."""

import signal

import pytest


def pytest_configure() -> None:
    """Shells start what runs in the background deaf to the keyboard, which some tests stop commands by."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whole proofs run only where they are asked for by their marker: `make proofs`."""
    if "proof" in str(config.option.markexpr):
        return
    whole = [item for item in items if item.get_closest_marker("proof")]
    if whole:
        config.hook.pytest_deselected(items=whole)
        items[:] = [item for item in items if item not in whole]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How long each part of a newcomer's path took; told, never judged."""
    told = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for key, value in getattr(report, "user_properties", ())
        if key == "newcomer" and report.when == "call"
    ]
    if told:
        terminalreporter.section("a newcomer's path")
        terminalreporter.write_line("\n".join(told))
