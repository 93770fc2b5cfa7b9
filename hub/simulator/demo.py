"""`ketenhub demo`: the main job as a story, with everything real but the people in it."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from hub.simulator.director import Director
from hub.simulator.scenes import play
from hub.simulator.story import Story


async def run_demo(home: Path, console: Console) -> int:
    """Tell the story on `console`.

    Args:
        home: a folder with nothing in it from before; the hub's `KETENHUB_HOME` for this run.

    Returns:
        0 if the books agree and everything that was expected happened, 1 if not; 128 and the number of the signal that
        cut it short. Whatever it is, nothing is left running.

    Raises:
        OperatorError: the hub or a partner does not start.
    """
    begin = time.monotonic()
    with _ended_by_signals() as caught:
        try:
            return await _told(Director(home, Story(console)), console, begin)
        except asyncio.CancelledError:
            if not caught:
                raise
            console.print(Text("Cut short; everybody was stopped."))
            return 128 + caught[0]


async def _told(director: Director, console: Console, begin: float) -> int:
    director.story.title("The hub starts, with a RabbitMQ and a PostgreSQL of its own")
    async with director:
        await play(director)
        director.scene("The account")
        reckoning = await director.reckoned()
        console.print(reckoning.table())
        director.require("the partners' books and the hub's account agree", reckoning.agrees)
        await director.dismiss()
    met = [expectation for expectation in director.expectations if expectation.met]
    for expectation in director.expectations:
        if not expectation.met:
            console.print(Text(f"  not met: {expectation.title}", style="bold red"))
    good = len(met) == len(director.expectations)
    verdict = f"{len(met)} of {len(director.expectations)} expectations met, in {time.monotonic() - begin:.0f} s"
    console.print(Text(verdict, style="bold green" if good else "bold red"))
    return 0 if good else 1


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[list[int]]:
    """Ctrl-C, SIGTERM and SIGHUP cancel this task, once; the list then holds the signal."""
    caught: list[int] = []
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None

    def end(number: int) -> None:
        if not caught:
            caught.append(number)
            task.cancel()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, end, number)
    try:
        yield caught
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
