"""What is known of somebody who asks: every line about them, under every key of the log, and nobody else's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app import rotation
from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.subject import known_of
from hub.canonical.acts import Act, Operator, Reason, Why
from hub.canonical.codes import Lane
from hub.canonical.hub_keys import KeyKind, KeyState
from hub.canonical.partners import Partner, Role
from hub.errors import OperatorError
from hub.ids import Oin, PartnerId
from hub.lanes.processing import GROUNDS, RADAR, SUBJECT, compared, known_as
from hub.ports import Changes, ProcessingLine
from hub.schemas.persons import Person
from tests.databases import rows

CHILD = {"bsn": "999911004", "skn": "99000123"}
NAMED = {"naam": {"voorletters": "J.", "achternaam": "van der Vogelzang"}, "geboortedatum": "2017-05-30"}
OTHER = {"bsn": "999933000"}
GROUND = "Wmo 2015 art. 5.2.6: derden verstrekken aan Veilig Thuis"
ACT = Act("subject-access", Operator("ketenhub", "a.beheerder", "kh1"), why=Why(Reason.SUBJECT_REQUEST, "INZ-2026-12"))


def person(**said: Any) -> Person:
    return Person.model_validate({"rol": "gezaghebbende", "geslacht": "onbekend", **said})


async def told(hub: Hub, ago: timedelta = timedelta(0), /, **said: Any) -> tuple[ProcessingLine, ProcessingLine]:
    """Somebody is told of a person among others: the line of the message, and that of the person below it."""
    directory = await hub.database.store.directory()
    key = KeyFiles(hub.settings.home).keys().logs(directory)
    at, trace, spans = await hub.now() - ago, uuid4().hex, (uuid4().hex[:16], uuid4().hex[:16])
    whole = ProcessingLine(PartnerId("vt"), trace, spans[0], None, "verstrekking a.b", at, {GROUNDS: [GROUND]})
    subject = {SUBJECT: known_as(person(**said), [key], ())[0]}
    own = replace(whole, span_id=spans[1], parent_span_id=spans[0], attributes=whole.attributes | subject)
    await written(hub, whole, own)
    return whole, own


async def written(hub: Hub, *lines: ProcessingLine) -> None:
    async with hub.database.store.unit() as unit:
        await unit.write(Changes(processing=lines), "test", Lane.ROUTINE)


async def spans(hub: Hub, **said: Any) -> Sequence[str]:
    return [line.span_id for line in (await known_of(hub, person(**said))).told]


async def another_key(hub: Hub) -> None:
    new, _ = await rotation.add(hub, KeyKind.LOG)
    for to in (KeyState.READ, KeyState.WRITE):
        await rotation.move(hub, KeyKind.LOG, new.id, to)


async def test_every_line_about_a_person_is_found_with_that_of_the_message_and_no_other(hub: Hub) -> None:
    long_ago = await told(hub, timedelta(days=200), **CHILD)
    lately = await told(hub, **CHILD)
    await told(hub, **OTHER)

    assert await spans(hub, **CHILD) == [line.span_id for line in (*long_ago, *lately)]


async def test_a_person_is_found_by_whatever_a_message_knew_of_it(hub: Hub) -> None:
    by_bsn, by_skn, by_name = await told(hub, **CHILD), await told(hub, skn=CHILD["skn"]), await told(hub, **NAMED)

    found = await spans(hub, **CHILD, **NAMED)
    assert set(found) == {line.span_id for line in (*by_bsn, *by_skn, *by_name)}
    assert set(await spans(hub, **NAMED)) == {line.span_id for line in by_name}


async def test_what_was_said_under_an_earlier_key_of_the_log_is_found_too(hub: Hub) -> None:
    before = await told(hub, **CHILD)
    await another_key(hub)
    after = await told(hub, **CHILD)

    assert await spans(hub, **CHILD) == [line.span_id for line in (*before, *after)]


async def test_without_a_key_of_the_log_that_is_read_nothing_is_said(hub: Hub) -> None:
    await told(hub, **CHILD)
    (old,) = await rotation.listed(hub, KeyKind.LOG)
    await another_key(hub)
    KeyFiles(hub.settings.home).held()[KeyKind.LOG][old.key.id].path.unlink()

    with pytest.raises(OperatorError, match=old.key.id):
        await known_of(hub, person(**CHILD))


async def test_a_comparison_in_the_radar_is_no_disclosure_and_stands_apart(hub: Hub) -> None:
    key = KeyFiles(hub.settings.home).keys().logs(await hub.database.store.directory())
    reporter = Partner(PartnerId("politie"), Oin("00000099000000000001"), Role.POLICE, (), (), await hub.now())
    await written(
        hub,
        *compared(
            reporter=reporter, persons=[person(**CHILD)], met=lambda _: False, origin=UUID(int=5), now=await hub.now(),
            log_key=key, dummies=(),
        ),
    )  # fmt: skip
    known = await known_of(hub, person(**CHILD))

    assert known.told == []
    assert [line.attributes[RADAR]["melder"] for line in known.compared] == [f"urn:nld:oin:{reporter.oin}"]  # type: ignore[index]


async def test_who_looked_is_said_and_so_is_the_look_that_asks(hub: Hub) -> None:
    looking = replace(hub, act=ACT)
    await known_of(looking, person(**OTHER))
    assert (await known_of(looking, person(**CHILD))).looked == []

    (look,) = (await known_of(looking, person(skn=CHILD["skn"]))).looked
    assert (look.act.command, look.act.why) == ("subject-access", ACT.why)
    assert not set(look.act.ids) & {*CHILD.values()}


async def test_nobody_is_known_by_an_address_or_half_a_name(hub: Hub, database: AsyncEngine) -> None:
    for said in ({"adres": {"postcode": "2512AB", "huisnummer": 12}}, {"naam": NAMED["naam"]}, {"bsn": "000000000"}):
        with pytest.raises(OperatorError, match="geboortedatum"):
            await known_of(replace(hub, act=ACT), person(**said))
    assert await rows(database, "select * from operator_act") == []


async def test_a_key_of_the_log_is_needed_while_a_look_at_somebody_is_under_it(hub: Hub, database: AsyncEngine) -> None:
    await known_of(replace(hub, act=ACT), person(**CHILD))
    (old,) = await rotation.listed(hub, KeyKind.LOG)
    await another_key(hub)

    with pytest.raises(OperatorError, match="lapses on"):
        await rotation.move(hub, KeyKind.LOG, old.key.id, KeyState.RETIRED)
    assert len((await known_of(hub, person(**CHILD))).looked) == 1
    await rows(database, "delete from operator_act")
    await rotation.move(hub, KeyKind.LOG, old.key.id, KeyState.RETIRED)
