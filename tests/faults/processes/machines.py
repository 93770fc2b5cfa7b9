"""Machines of one hub: homes with the same keys, on one broker and one database; and reports that keep coming."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from hub.local.servers import Addresses
from hub.schemas.samples import sample
from hub.simulator.people import strangers
from tests.acceptance.hub import ROOT, RunningHub, serving, until
from tests.acceptance.traffic import Traffic, background
from tests.servers import new_home

_T = TypeVar("_T")
REPORT, PRESENTED = "meldingen.zorgmelding", "triage.melding-aangeboden"
PAUSE = 0.1


@contextmanager
def second_machine(
    first: RunningHub, addresses: Addresses, workers: int = 1, code: Path = ROOT, config: Path | None = None
) -> Iterator[RunningHub]:
    """Another machine of the same hub: its own home, the same keys, the same partners."""
    with new_home() as home:
        shutil.copytree(first.home / "keys", home / "keys")
        with serving(home, addresses, workers, config, code) as running:
            running.suffix = first.suffix
            yield running


@asynccontextmanager
async def meanwhile(context: AbstractContextManager[_T]) -> AsyncIterator[_T]:
    """Entered and left in a thread, so that traffic goes on here while a hub starts and stops."""
    value = await asyncio.to_thread(context.__enter__)
    try:
        yield value
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


@asynccontextmanager
async def reports_keep_coming(going: Traffic, pause: float = PAUSE) -> AsyncIterator[list[UUID]]:
    """Reports of the police, each on another family, until the block ends; what was written down to be sent so far.

    What the broker does not confirm in time counts as not received: whoever waits for its answer sends it again.
    """
    sent: list[UUID] = []

    async def send() -> None:
        for family in count():
            sent.append(await going.send_or_leave("politie", REPORT, strangers(sample(REPORT), family)))
            await asyncio.sleep(pause)

    async with background(send()):
        yield sent


async def each_was_answered_once_and_presented(going: Traffic, sent: list[UUID]) -> None:
    answers = [await going.answer("politie", id_) for id_ in sent]
    assert all(answer.accepted for answer in answers)
    references = {answer.content["data"]["referentie"] for answer in answers}
    assert len(references) == len(sent)

    def arrived() -> bool:
        return references <= {one.data["melding"]["nummer"] for one in going.of_type("vt", PRESENTED)}

    await until(arrived, "every accepted report reaches the triage")
