"""The status of a study on the terminal, once or again and again."""

from __future__ import annotations

import time

from rich.console import Console

from stepstone.cli.app import console
from stepstone.cli.show import status_tables, working_table
from stepstone.pipeline.described import describe_failures
from stepstone.pipeline.explain import Status, find_status
from stepstone.planning.plan import Plan
from stepstone.report.markup import for_terminal

# Seconds between two looks.
INTERVAL = 5.0


def show_status(planned: Plan, store: str, *, again: bool) -> None:
    """Show it; if it is to be shown again, until everything is there."""
    from stepstone.store.given import opened

    screen = console()
    status = find_status(planned, opened(store))
    _show(status, screen)
    while again and not status.complete:
        time.sleep(INTERVAL)
        # Records are read anew: a store that is kept open would believe what it read.
        status = find_status(planned, opened(store))
        if screen.is_terminal:
            screen.clear()
        _show(status, screen)


def _show(status: Status, screen: Console) -> None:
    for table in (*status_tables(status), working_table(status, time.time())):
        if table is not None:
            screen.print(table)
    for line in describe_failures(status.failures.values()):
        screen.print(for_terminal(line), soft_wrap=True)
