"""Does several things at the same time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor, wait

LOOK_SECONDS = 0.2


def together(calls: Collection[Callable[[], None]]) -> None:
    """Make the calls at the same time; raise the first error once all have ended."""
    if not calls:
        return
    with ThreadPoolExecutor(len(calls)) as pool:
        running = [pool.submit(call) for call in calls]
        # A main thread that waits without an end does not run the handler of a signal that came just before.
        while wait(running, LOOK_SECONDS).not_done:
            continue
        for done in running:
            done.result()
