"""P7: what nobody has confirmed past its `expirytime` is made again under a new id, and nothing is said twice by it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.canonical.hub_keys import NO_HUB_KEY
from hub.ports import OutboxRow
from hub.schemas.message import wire_type
from hub.telemetry import LogEvent
from tests.clock import Clock
from tests.databases import one, rows
from tests.kit import Kit, Told
from tests.talk import (
    OFFER,
    PRESENTED,
    PROCESSED,
    RECORDED,
    WITHDRAWN,
    YES,
    a_case,
    a_report,
    a_yes,
    an_offer,
    processed,
    recording,
    upkeep,
)

LAPSED = timedelta(days=31)


async def tidied(kit: Kit) -> list[OutboxRow]:
    """What goes out after a look at what has lapsed."""
    said = list[OutboxRow]()
    await upkeep(kit, said).keep_house()
    return said


def differs(one_: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {name for name in one_ | other if one_.get(name) != other.get(name)}


async def test_a_message_that_lapsed_unconfirmed_goes_out_again_the_same_under_a_new_id(kit: Kit, clock: Clock) -> None:
    reported = await a_report(kit)
    before = reported.told.row("vt-test", PRESENTED)
    lines = await one(kit.engine, "select count(*) from processing_log")
    await clock.put_ahead(LAPSED)
    with capture_logs() as logs:
        (again,) = await tidied(kit)

    assert differs(kit.opened(before), kit.opened(again)) == {"id", "time", "expirytime"}
    assert (again.partner, again.case, again.about, again.reissue) == ("vt-test", before.case, before.about, 1)
    assert again.expires - again.created == timedelta(days=30)
    (old,) = await rows(
        kit.engine, "select replaced_by, next_at, ciphertext, wrapped_key from outbox where id = :id", id=before.id
    )
    assert old == {"replaced_by": again.id, "next_at": None, "ciphertext": None, "wrapped_key": None}
    assert [line["times"] for line in logs if line["event"] == LogEvent.OUTGOING_REISSUED] == [1]
    assert await one(kit.engine, "select count(*) from processing_log") == lines
    events = await rows(kit.engine, "select document from case_event where kind = 'NoticeReissued'")
    assert [row["document"]["event"]["replaces"] for row in events] == [str(before.id)]


async def test_it_goes_out_once_and_once_more_when_that_has_lapsed_too(kit: Kit, clock: Clock) -> None:
    await a_report(kit)
    await clock.put_ahead(LAPSED)
    (first,) = await tidied(kit)
    assert await tidied(kit) == []
    await clock.put_ahead(LAPSED)
    (second,) = await tidied(kit)

    assert (second.reissue, len({first.id, second.id})) == (2, 2)


async def test_what_was_confirmed_or_needs_no_confirmation_does_not_go_out_again(kit: Kit, clock: Clock) -> None:
    reported = await a_report(kit)
    await kit.tell("vt-test", PROCESSED, processed(reported.presented))
    await clock.put_ahead(LAPSED)

    assert await tidied(kit) == []


async def test_the_triage_goes_on_whichever_of_the_two_it_has_read(kit: Kit, clock: Clock) -> None:
    reported = await a_report(kit)
    await clock.put_ahead(LAPSED)
    (again,) = await tidied(kit)
    await kit.tell("vt-test", PROCESSED, processed(reported.presented))
    await kit.tell("vt-test", PROCESSED, processed(again.id))
    told = await kit.tell("vt-test", RECORDED, recording(reported), correlationid=reported.case, causationid=again.id)

    assert told.one("politie-test", RECORDED)["causationid"] == str(reported.told.id)
    assert await one(kit.engine, "select count(*) from outbox where owes_confirmation and delivered_at is null") == 1


async def test_one_that_was_being_published_just_then_is_not_due_again_when_the_broker_confirms_it(
    kit: Kit, clock: Clock
) -> None:
    before = (await a_report(kit)).told.row("vt-test", PRESENTED)
    await clock.put_ahead(LAPSED)
    await tidied(kit)
    await kit.store.published([before.id], 60.0, 60.0)
    await kit.store.unpublished({before.id: before.attempts}, 60.0)

    assert await one(kit.engine, "select next_at from outbox where id = :id", id=before.id) is None


async def test_while_the_clock_is_doubted_nothing_has_lapsed(kit: Kit, clock: Clock) -> None:
    await a_report(kit)
    await clock.jump(LAPSED)

    assert await tidied(kit) == []
    assert kit.store.doubts


async def test_what_cannot_be_read_for_want_of_a_key_waits_with_an_alarm(kit: Kit, clock: Clock) -> None:
    await a_report(kit)
    await clock.put_ahead(LAPSED)
    keys = replace(kit.setting.keys, storage={})
    assert await tidied(replace(kit, setting=replace(kit.setting, keys=keys))) == []
    assert await one(kit.engine, "select code from lack") == NO_HUB_KEY
    assert len(await tidied(kit)) == 1


@pytest.mark.parametrize("newest", [True, False])
async def test_a_yes_to_an_offer_counts_whichever_of_the_two_it_names(kit: Kit, clock: Clock, newest: bool) -> None:
    opened = await a_case(kit)
    offer = an_offer(kit)
    made = (await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)).row("wijkteam-test", OFFER)
    await clock.put_ahead(LAPSED)
    said = await tidied(kit)
    (again,) = [row for row in said if row.partner == "wijkteam-test"]
    told = await kit.tell("wijkteam-test", YES, a_yes(offer, again if newest else made), correlationid=opened.case)

    assert holder(told, opened.case) == kit.oin("wijkteam-test")


@pytest.mark.parametrize("acute", [True, False], ids=["with its full part", "as any"])
async def test_an_offer_that_is_over_is_not_said_again_to_who_was_asked_but_that_it_is_over_is(
    kit: Kit, clock: Clock, acute: bool
) -> None:
    """Its reader has been away for a month: it gets no family's dossier that it may not have any more."""
    opened = await a_case(kit)
    offer = an_offer(kit)
    lane = Lane.ACUTE if acute else Lane.ROUTINE
    await kit.tell("vt-test", OFFER, offer, correlationid=opened.case, urgentie=lane)
    taken_back = {"overdracht": offer["overdracht"], "reden": "door-gever"}
    await kit.tell("vt-test", WITHDRAWN, taken_back, correlationid=opened.case)
    await clock.put_ahead(LAPSED)
    said = await tidied(kit)

    assert [row.type for row in said if row.partner == "wijkteam-test"] == [wire_type(WITHDRAWN)]
    assert await tidied(kit) == []
    waits = "select count(*) from outbox where partner = 'wijkteam-test' and ciphertext is not null"
    assert await one(kit.engine, waits) == 1


def holder(told: Told, case: UUID) -> str | None:
    (found,) = [change.case for change in told.changes.cases if change.case.id == case]
    return found.holder
