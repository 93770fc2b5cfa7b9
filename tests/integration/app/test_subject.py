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
from hub.cases import events as e
from hub.cases.evolve import fold
from hub.errors import OperatorError
from hub.ids import CaseId, MessageId, Oin, PartnerId, RadarKeyId, RegionId, ReportId
from hub.lanes.keys import RadarKeys
from hub.lanes.processing import GROUNDS, PROCESSOR, RADAR, SUBJECT, SUBJECT_TYPE, compared, known_as, span_of
from hub.ports import CaseChange, Changes, ProcessingLine
from hub.routing.radar import entries_of, own_identities
from hub.schemas.disclosure import NO_PERSON
from hub.schemas.identities import identities_of_persons
from hub.schemas.persons import Person
from tests.databases import rows

CHILD = {"bsn": "999911004", "skn": "99000123"}
NAMED = {"naam": {"voorletters": "J.", "achternaam": "van der Vogelzang"}, "geboortedatum": "2017-05-30"}
OTHER = {"bsn": "999933000"}
VT, OM = Oin("00000099000000000005"), Oin("00000099000000000002")
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


async def on_a_case(hub: Hub, messages: Sequence[tuple[Oin, UUID]], **said: Any) -> CaseId:
    """Somebody is reported, and these are told of the case."""
    directory, now = await hub.database.store.directory(), await hub.now()
    keys = RadarKeys.of(directory, KeyFiles(hub.settings.home).keys())
    case, report, police = CaseId(uuid4()), ReportId(uuid4()), Oin("00000099000000000001")
    own = own_identities(identities_of_persons([person(**said)], ()), keys.sought, now, timedelta(days=700))
    (key,) = [one for one in directory.hub_keys if one.kind is KeyKind.RADAR]
    events = (
        e.CaseOpened(now, case, RegionId("haaglanden"), VT, police),
        e.ReportReceived(now, report, police, Lane.ROUTINE, opened=True),
        *(e.NoticeIssued(now, to, 1, MessageId(message), "a" * 64) for to, message in messages),
    )
    opened = fold(None, events)
    assert opened is not None
    changes = Changes(
        cases=(CaseChange(opened, tuple((one, None) for one in events), new=True),),
        radar=entries_of(own, report, police, now, RadarKeyId(key.id)),
    )
    async with hub.database.store.unit() as unit:
        await unit.write(changes, "test", Lane.ROUTINE)
    return case


async def test_what_names_nobody_is_said_too_where_it_is_about_a_case_that_the_person_is_in(hub: Hub) -> None:
    alarm, contribution, sisters = uuid4(), uuid4(), uuid4()
    case = await on_a_case(hub, [(VT, alarm), (OM, contribution), (OM, sisters)], **CHILD)
    await on_a_case(hub, [(OM, uuid4())], **OTHER)
    said = ProcessingLine(
        PartnerId("om"), uuid4().hex, span_of(contribution), None, "verstrekking actieoverleg.inbreng", await hub.now(),
        {GROUNDS: [GROUND], PROCESSOR: f"urn:nld:oin:{OM}"},
    )  # fmt: skip
    of_another = replace(
        said, span_id=span_of(sisters), attributes=said.attributes | {SUBJECT: "b" * 64, SUBJECT_TYPE: "x"}
    )
    await written(hub, said, of_another)
    known = await known_of(hub, person(**CHILD))

    assert known.told == []
    assert {(one.to, one.what, one.grounds, one.case) for one in known.beside} == {
        (VT, None, (NO_PERSON.ground,), case),
        (OM, "actieoverleg.inbreng", (GROUND,), case),
    }


async def test_what_followed_from_a_message_about_the_person_is_said_too(hub: Hub) -> None:
    """As a hint to a desk that has no part in the case."""
    whole, _ = await told(hub, **CHILD)
    hint = replace(whole, span_id="c" * 16, name="verstrekking radar.samenloop")
    hint = replace(hint, attributes=whole.attributes | {PROCESSOR: f"urn:nld:oin:{OM}"})
    await written(hub, hint, replace(hint, trace_id=uuid4().hex, span_id="d" * 16))
    known = await known_of(hub, person(**CHILD))

    assert known.told[0].span_id == whole.span_id
    assert [(one.to, one.what, one.case) for one in known.beside] == [(OM, "radar.samenloop", None)]


async def test_a_look_at_a_case_is_one_at_who_is_in_it(hub: Hub) -> None:
    case = await on_a_case(hub, [], **CHILD)
    await hub.database.record(replace(ACT, command="case show").on(case))
    await hub.database.record(Act("partner contact", ACT.by).on(case))

    assert [one.act.command for one in (await known_of(hub, person(**CHILD))).looked] == ["case show"]
    assert (await known_of(hub, person(**OTHER))).looked == []


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
