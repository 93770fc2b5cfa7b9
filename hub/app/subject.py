"""What is known of somebody who asks (AVG art. 15): to whom the hub told of them, whom it compared, and who looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.own_keys import check
from hub.canonical.acts import Record
from hub.canonical.hub_keys import KeyKind
from hub.errors import OperatorError
from hub.lanes.processing import RADAR, SUBJECT, known_as
from hub.ports import ProcessingLine
from hub.schemas.persons import Person

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""Before the first hub."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the log and the records have of one person, the oldest first.

    Attributes:
        told: disclosures, with the line of the whole message above that about one of several people.
        compared: that a report was looked for in the radar.
        looked: looks of operators at this person.
    """

    told: Sequence[ProcessingLine]
    compared: Sequence[ProcessingLine]
    looked: Sequence[Record]


async def known_of(hub: Hub, person: Person) -> Known:
    """Everything that is about this person by any of these data, under every key of the log that is read; recorded
    before it is given.

    Raises:
        OperatorError: nobody is known by these data, or a key of the log is not here.
    """
    files = KeyFiles(hub.settings.home)
    directory, keys = await check(hub.database.store.directory, files, [KeyKind.LOG]), files.keys()
    names = known_as(person, keys.logged(directory), hub.config.dummies)
    if not names:
        sentence = "The log knows nobody by these data; give bsn, skn, or naam with geboortedatum (a whole date)."
        raise OperatorError("subject-access", sentence)
    lines = [line async for line in hub.database.lines_about(SUBJECT, names)]
    looked = await hub.database.acts(BEGINNING, await hub.now() + timedelta(days=1), names)
    await hub.record_first(*known_as(person, [keys.logs(directory)], hub.config.dummies))
    told = [line for line in lines if RADAR not in line.attributes]
    return Known(told, [line for line in lines if RADAR in line.attributes], looked)
