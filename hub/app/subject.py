"""What is known of somebody who asks (AVG art. 15): to whom the hub told of them, whom it compared, and who looked.

Theory. A message that names people has a line for each of them in the log. One that names nobody (a stand, an alarm,
what was said at a table) is about them all the same where it is about their case: the radar says which cases those are,
their registers which messages were sent on them, and the log on which ground.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.own_keys import check
from hub.canonical.acts import Record
from hub.canonical.codes import MatchGround
from hub.canonical.hub_keys import KeyKind
from hub.canonical.partners import Directory
from hub.cases.events import NoticeIssued
from hub.errors import OperatorError
from hub.ids import CaseId, MessageId, Oin
from hub.lanes.keys import HubKeys, RadarKeys
from hub.lanes.processing import GROUNDS, PROCESSOR, RADAR, SUBJECT, SUBJECT_TYPE, known_as, span_of
from hub.ports import ProcessingLine
from hub.schemas.disclosure import NO_PERSON
from hub.schemas.identities import identities_of_persons
from hub.schemas.persons import Person
from hub.schemas.registry import message_types

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""Before the first hub."""
MOST_FOUND = 1_000
"""Entries of the radar under one pseudonym."""
ITSELF = (MatchGround.BSN, MatchGround.SKN, MatchGround.NAME_AND_BIRTH)
"""By which the radar knows the person, and not a child or a house."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A message that does not name this person: about a case, or a report, in which they are.

    Attributes:
        what: its type (`group.name`); `None` where its traffic data are gone.
        case: `None` of what followed from a message about the person, on no case of its reader.
    """

    at: datetime
    to: Oin
    what: str | None
    grounds: tuple[str, ...]
    case: CaseId | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the log, the registers and the records have of one person, the oldest first.

    Attributes:
        told: disclosures, with the line of the whole message above that about one of several people.
        compared: that a report was looked for in the radar.
        looked: looks of operators at this person, or at a case that they are in.
        beside: messages about such a case, or report, that do not name them.
    """

    told: Sequence[ProcessingLine]
    compared: Sequence[ProcessingLine]
    looked: Sequence[Record]
    beside: Sequence[Beside] = ()


async def known_of(hub: Hub, person: Person) -> Known:
    """Everything that is about this person by any of these data, under every key of the log that is read; recorded
    before it is given.

    Raises:
        OperatorError: nobody is known by these data, or a key of the log or of the radar is not here.
    """
    files = KeyFiles(hub.settings.home)
    directory, keys = await check(hub.database.store.directory, files, [KeyKind.LOG, KeyKind.RADAR]), files.keys()
    names = known_as(person, keys.logged(directory), hub.config.dummies)
    if not names:
        sentence = "The log knows nobody by these data; give bsn, skn, or naam with geboortedatum (a whole date)."
        raise OperatorError("subject-access", sentence)
    cases = await _cases_of(hub, person, keys, directory)
    issued = [(case, notice) for case in cases for notice in await _issued(hub, case)]
    spans = {span_of(notice.message): case for case, notice in issued}
    lines = [line async for line in hub.database.lines_about(SUBJECT, names, list(spans))]
    looked = await hub.database.acts(BEGINNING, await hub.now() + timedelta(days=1), [*names, *map(str, cases)])
    await hub.record_first(*known_as(person, [keys.logs(directory)], hub.config.dummies))
    types = await hub.database.types_of([notice.message for _, notice in issued])
    own = _own(lines, names)
    return Known(
        [line for line in own if RADAR not in line.attributes],
        [line for line in own if RADAR in line.attributes],
        [one for one in looked if one.act.why is not None or one.act.shown is not None],
        sorted((*_logged(lines, own, spans), *_unlogged(lines, issued, types)), key=lambda one: one.at),
    )


async def _cases_of(hub: Hub, person: Person, keys: HubKeys, directory: Directory) -> list[CaseId]:
    """Those on which somebody has reported this person."""
    radar = RadarKeys.of(directory, keys)
    themselves = [one for one in identities_of_persons([person], hub.config.dummies) if one.kind in ITSELF]
    pseudonyms = [made for one in themselves for made in radar.pseudonyms(one)]
    found = await hub.database.radar_entries(pseudonyms, MOST_FOUND)
    return list(dict.fromkeys(case for _, case in found))


async def _issued(hub: Hub, case: CaseId) -> list[NoticeIssued]:
    view = await hub.database.case(case)
    return [] if view is None else [event for event in view.events if isinstance(event, NoticeIssued)]


def _own(lines: Sequence[ProcessingLine], names: Collection[str]) -> list[ProcessingLine]:
    above = {line.parent_span_id for line in lines if line.attributes.get(SUBJECT) in names}
    return [line for line in lines if line.attributes.get(SUBJECT) in names or line.span_id in above]


def _logged(
    lines: Sequence[ProcessingLine], own: Sequence[ProcessingLine], spans: Mapping[str, CaseId]
) -> Iterator[Beside]:
    """What says something about people, and names none; not what names somebody else alone."""
    mine = {line.span_id for line in own}
    for line in lines:
        if line.span_id not in mine and SUBJECT_TYPE not in line.attributes:
            to = Oin(str(line.attributes[PROCESSOR]).rpartition(":")[2])
            grounds = tuple(cast(Sequence[str], line.attributes[GROUNDS]))
            yield Beside(line.at, to, line.name.partition(" ")[2], grounds, spans.get(line.span_id))


def _unlogged(
    lines: Sequence[ProcessingLine], issued: Sequence[tuple[CaseId, NoticeIssued]], types: Mapping[MessageId, str]
) -> Iterator[Beside]:
    """What says nothing about people, but that they have a case."""
    logged = {line.span_id for line in lines}
    for case, notice in issued:
        if span_of(notice.message) not in logged:
            type_ = types.get(notice.message)
            name = message_types()[type_].name if type_ is not None else None
            yield Beside(notice.at, notice.to, name, (NO_PERSON.ground,), case)
