"""Patience with a database, and what it says of it: away for as long as anything waits for it."""

import asyncio

from hub.errors import DatabaseAway
from hub.lanes.database import Patient
from hub.lanes.health import Health
from tests.fakes import until


async def test_a_database_that_answers_one_and_not_the_other_is_away() -> None:
    """A full disk refuses what writes, and answers what reads."""
    patient, room = Patient(Health(), longest=0.05), asyncio.Event()

    async def write() -> None:
        if not room.is_set():
            raise DatabaseAway("53100")

    async def read() -> None:
        return

    writing = asyncio.create_task(patient(write))
    await until(lambda: not patient.health.database)
    await patient(read)
    assert not patient.health.database

    room.set()
    await writing
    assert patient.health.database


async def test_who_gives_up_waiting_for_the_database_does_not_keep_it_away() -> None:
    patient = Patient(Health(), longest=0.05)

    async def never() -> None:
        raise DatabaseAway

    waiting = asyncio.create_task(patient(never))
    await until(lambda: not patient.health.database)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert patient.health.database
