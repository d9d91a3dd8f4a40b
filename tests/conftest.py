"""What the tests say at their end."""

import pytest


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
