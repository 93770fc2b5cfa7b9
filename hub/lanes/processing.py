"""The processing log: who is told about whom, and on which ground, but never what is told; and who is looked for in the
radar by a report, and whether that met anything. Pure.

One line for each message that tells somebody about people, in the fields of the Logboek Dataverwerkingen (LDV). A line
is about one person or none; a message about several has a line below its own for each of them. Of what the police said
the Besluit politiegegevens (art. 6:4 lid 4) asks for the recipient, the date and the purpose, which every line has, and
for the data: those lines have the fields too. No line says who works where.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any
from uuid import UUID

from hub.adapters.source import Source, of
from hub.canonical.codes import MatchGround
from hub.canonical.partners import Partner, Role
from hub.cases.calendar import day_of
from hub.envelope.pseudonyms import PseudonymKey, subject_pseudonym
from hub.ids import MessageId, Oin
from hub.ports import ProcessingLine
from hub.schemas.disclosure import Reader, Shown, shown
from hub.schemas.identities import Identity, identities_of_persons, subject_of, subjects_of
from hub.schemas.message import VERSION, wire_type
from hub.schemas.persons import Person
from hub.schemas.radar import WHO_ELSE
from hub.schemas.registry import message_types

LDV_VERSION = "0.8.0"
"""The draft (Logius) whose names these are: they differ from draft to draft."""
ACTIVITY = "dpl.core.processing_activity_id"
SUBJECT = "dpl.core.data_subject_id"
SUBJECT_TYPE = "dpl.core.data_subject_id_type"
PROCESSOR = "dpl.core.foreign_operation.processor"
# LDV has no field for these, and leaves its own namespace to extensions that are established.
LDV = "ketenhub.ldv"
GROUNDS = "ketenhub.grondslagen"
POLICE_DATA = "ketenhub.bpg-6-4"

RADAR = "ketenhub.radar"
COMPARED = "radar.vergelijking"

UNKNOWN = "urn:ketenhub:betrokkene:onbekend"
"""The type of a person of whom the message has no number, and no name with a whole date of birth."""
PERSONS = "betrokkenen"
CONTENT = "/melding/inhoud"
_PERSON = re.compile(f"/{PERSONS}/([0-9]+)")
DOSSIER = wire_type("overdrachten.dossier")
WITH_A_REPORT = (wire_type("triage.melding-aangeboden"), wire_type("triage.melding-ter-kennis"))

Attributes = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Telling:
    """One message on its way to somebody: what its lines share."""

    message: MessageId
    name: str
    to: Partner
    trace: str
    now: datetime
    shared: Attributes
    """The attributes that do not differ from line to line."""
    fields: bool
    """Whether they say which fields were sent: of what the police said."""


def lines(
    *,
    message: MessageId,
    type_: str,
    data: Mapping[str, Any],
    source: Source | None,
    sender_role: Role | None,
    to: Partner,
    party: Oin,
    origin: UUID | None,
    now: datetime,
    log_key: PseudonymKey,
    dummies: Collection[str],
) -> tuple[ProcessingLine, ...]:
    """What the log says of one message: nothing, if it is about nobody.

    Args:
        type_, data: what is sent, as `encode` gave it.
        source: the message it was made of, whole: a person has one pseudonym, whatever a recipient may see of it.
        sender_role: of who said it; of a dossier, of who made the offer.
        party: as whom the recipient is told, which may be whom it stands in the place of.
        origin: the inbox row that led to it: all that follows from one message is one trace.
        dummies: numbers that are nobody's.

    `None` where a moment came and no message.
    """
    told = _told(type_, data, Reader(to.role, party, day_of(now)))
    if not told:
        return ()
    telling = _telling(message, message_types()[type_].name, to, (origin or message).hex, now, sender_role)
    by_person: dict[int | None, list[Shown]] = {None: []}
    for one in told:
        by_person.setdefault(_person(one.at), []).append(one)
    apart = by_person.pop(None)
    persons = _persons(of(source), type_) if by_person else ()
    subjects = {index: _subject(persons[index], log_key, dummies) for index in by_person if index is not None}
    if len(subjects) == 1:
        (subject,) = subjects.values()
        return (_line(telling, told, told, subject),)
    own = (_line(telling, by_person[index], by_person[index], subject, index) for index, subject in subjects.items())
    return _line(telling, told, apart, {}), *own


def compared(
    *,
    reporter: Partner,
    persons: Iterable[Person],
    met: Callable[[Identity], bool],
    origin: UUID,
    now: datetime,
    log_key: PseudonymKey,
    dummies: Collection[str],
) -> tuple[ProcessingLine, ...]:
    """What the log says of looking for the persons of a report in the radar: a line for each that it can know again.

    Args:
        reporter: the connection that the report came by.
        met: whether another report was found by this.
        origin: its inbox row: the disclosures that follow have the same trace.
    """
    looked_by = ((index, person, identities_of_persons([person], dummies)) for index, person in enumerate(persons))
    return tuple(
        ProcessingLine(
            partner=reporter.id,
            trace_id=origin.hex,
            span_id=span_of(origin, index),
            parent_span_id=None,
            name=f"vergelijking {COMPARED}",
            at=now,
            attributes=_comparison(reporter, [one.kind for one in own if met(one)])
            | _subject(person, log_key, dummies),
        )
        for index, person, own in looked_by
        if own
    )


def _comparison(reporter: Partner, met: Sequence[MatchGround]) -> Attributes:
    return {
        ACTIVITY: f"urn:ketenhub:verwerking:{COMPARED}:{VERSION}",
        LDV: LDV_VERSION,
        GROUNDS: [WHO_ELSE.ground],
        RADAR: {"melder": f"urn:nld:oin:{reporter.oin}", "treffer": [one.value for one in dict.fromkeys(met)]},
    }


def known_as(person: Person, log_keys: Iterable[PseudonymKey], dummies: Collection[str]) -> tuple[str, ...]:
    """All as whom the log may know a person: by each of its numbers, or name and birth, under each of these keys."""
    return tuple(_pseudonym(one, key) for key in log_keys for one in subjects_of(person, dummies))


def looked_for(identities: Iterable[Identity], log_key: PseudonymKey) -> tuple[str, ...]:
    """As whom the log knows a person of these identities: for the record of a look."""
    own: dict[MatchGround, Identity] = {}
    for one in identities:
        own.setdefault(one.kind, one)  # a name as it was typed comes first
    return tuple(_pseudonym(one, log_key) for kind, one in own.items() if kind is not MatchGround.PARENT)


def _telling(message: MessageId, name: str, to: Partner, trace: str, now: datetime, said_by: Role | None) -> _Telling:
    shared: Attributes = {
        ACTIVITY: f"urn:ketenhub:verwerking:{name}:{VERSION}",
        PROCESSOR: f"urn:nld:oin:{to.oin}",
        LDV: LDV_VERSION,
    }
    return _Telling(message, name, to, trace, now, shared, said_by is Role.POLICE)


def _told(type_: str, data: Mapping[str, Any], reader: Reader) -> list[Shown]:
    """Every value about people. A report that is in another message has a schema of its own."""
    told = [one for one in _by_schema(type_, data, reader) if one.at != CONTENT]
    report = data.get("melding", {}) if type_ in WITH_A_REPORT else {}
    return told + (_by_schema(report["soort"], report["inhoud"], reader, CONTENT) if "inhoud" in report else [])


def _by_schema(type_: str, data: Mapping[str, Any], reader: Reader, at: str = "") -> list[Shown]:
    model = message_types()[type_].from_hub
    return shown(data, model, reader, at) if model is not None else []


@lru_cache(maxsize=10_000)
def _person(at: str) -> int | None:
    """Which of the persons concerned a path leads to."""
    found = _PERSON.search(at)
    return int(found[1]) if found else None


def _persons(source: Source, type_: str) -> Sequence[Person]:
    """All that the message named, in its order: cut or whole, a list keeps its places."""
    if type_ == DOSSIER:
        return [Person.model_validate(one) for one in (source.full or {})[PERSONS]]
    persons: Sequence[Person] = getattr(source.data, "persons", None) or ()
    return persons


def _subject(person: Person, log_key: PseudonymKey, dummies: Collection[str]) -> Attributes:
    known = subject_of(person, dummies)
    if known is None:
        return {SUBJECT_TYPE: UNKNOWN}
    return {SUBJECT: _pseudonym(known, log_key), SUBJECT_TYPE: f"urn:ketenhub:pseudoniem:{known.kind.value}"}


def _pseudonym(one: Identity, log_key: PseudonymKey) -> str:
    return subject_pseudonym(log_key, f"{one.kind.value} {one.text}")  # a number of one kind is none of another


def _line(
    telling: _Telling, why: Sequence[Shown], what: Sequence[Shown], subject: Attributes, person: int | None = None
) -> ProcessingLine:
    own = span_of(telling.message)
    return ProcessingLine(
        partner=telling.to.id,
        trace_id=telling.trace,
        span_id=own if person is None else span_of(telling.message, person),
        parent_span_id=None if person is None else own,
        name=f"verstrekking {telling.name}",
        at=telling.now,
        attributes=_attributes(telling, why, what) | subject,
    )


def _attributes(telling: _Telling, why: Sequence[Shown], what: Sequence[Shown]) -> Attributes:
    said = telling.shared | {GROUNDS: list(_together(tuple(dict.fromkeys([one.grounds for one in why]))))}
    if telling.fields:
        said[POLICE_DATA] = {"gegevens": [one.at for one in what]}
    return said


@lru_cache(maxsize=10_000)
def _together(grounds: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Each once, in their order; kept, as people of whom the same is told have the same."""
    return tuple(dict.fromkeys(chain.from_iterable(grounds)))


def span_of(message: UUID, person: int | None = None) -> str:
    """By which the line of a message is known, or that of a person below it: 8 bytes, the same at each rendering."""
    own = message.bytes if person is None else message.bytes + person.to_bytes(2, "big")
    return hashlib.sha256(own).digest()[:8].hex()
