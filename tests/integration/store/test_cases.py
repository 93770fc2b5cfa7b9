"""P3: a case and its register say the same, and the database itself keeps one holder, one history, one name a case."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hub.cases.evolve import fold
from hub.errors import OurFault
from hub.store import mapper
from hub.store.engine import transaction
from hub.store.mapper import DOCUMENT_VERSION, case_document, case_from, event_document, event_from, upcast
from hub.store.views import case_view
from tests.databases import one, registers_tell_the_cases, rows
from tests.fakes import until
from tests.kit import Kit
from tests.talk import (
    ASSESSED,
    CLOSED,
    NO,
    OFFER,
    PROCESSED,
    YES,
    a_case,
    a_no,
    a_report,
    a_yes,
    an_offer,
    assessment,
    processed,
)


async def a_long_story(kit: Kit) -> Any:
    """Reported, recorded, offered to two, refused by one, accepted by the other, given back, closed."""
    opened = await a_case(kit)
    name = {"correlationid": opened.case}
    await kit.tell("vt-test", PROCESSED, processed(opened.presented))
    await kit.tell("vt-test", ASSESSED, assessment(opened, "overdracht"), **name)
    offer = an_offer(kit, "wijkteam-test", "buurtteam-test")
    offered = await kit.tell("vt-test", OFFER, offer, **name)
    await kit.tell("buurtteam-test", NO, a_no(offer), **name)
    await kit.tell("wijkteam-test", YES, a_yes(offer, offered.row("wijkteam-test", OFFER)), **name)
    back = an_offer(kit, "vt-test")
    returned = await kit.tell("wijkteam-test", OFFER, back, **name)
    await kit.tell("vt-test", YES, a_yes(back, returned.row("vt-test", OFFER)), **name)
    await kit.tell("vt-test", CLOSED, **name)
    return opened


async def test_a_whole_story_can_be_read_back_from_its_register(kit: Kit) -> None:
    opened = await a_long_story(kit)
    view = await case_view(kit.engine, opened.case)

    assert view is not None
    assert fold(None, view.events) == view.case
    holders = [event.receiver for event in view.events if type(event).__name__ == "HolderMoved"]
    assert holders == [kit.oin("vt-test"), kit.oin("wijkteam-test"), kit.oin("vt-test")]
    assert (view.case.holder, view.case.state.value) == (None, "gesloten")
    assert await one(kit.engine, "select count(*) from timer where name like 'antwoord%'") == 0
    assert await one(kit.engine, "select count(*) from held") == 0


async def test_every_event_names_the_message_that_caused_it(kit: Kit) -> None:
    await a_long_story(kit)

    query = "select count(*) from case_event e left join inbox i on i.id = e.inbox where i.id is null"
    assert await one(kit.engine, query) == 0


async def test_a_case_is_found_by_its_own_name_and_by_that_of_its_report(kit: Kit) -> None:
    reported = await a_report(kit)
    by_case, by_report = await case_view(kit.engine, reported.case), await case_view(kit.engine, reported.report)

    assert by_case is not None
    assert by_report is not None
    assert by_case.case == by_report.case
    assert await case_view(kit.engine, uuid4()) is None


async def test_two_answers_that_cross_leave_one_holder_and_the_other_is_told(kit: Kit) -> None:
    opened = await a_case(kit)
    offer = an_offer(kit, "wijkteam-test", "buurtteam-test")
    offered = await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)
    answers = [
        kit.delivery(name, kit.event(name, YES, a_yes(offer, offered.row(name, OFFER)), correlationid=opened.case))
        for name in ("wijkteam-test", "buurtteam-test")
    ]
    async with transaction(kit.engine) as other:
        await other.execute(text("select from cases for update"))
        both = asyncio.gather(*(kit.decide([answer]) for answer in answers))
        await until(lambda: waiting(kit, 2))
    changes = await both

    fates = sorted(row.fate.value for one_ in changes for row in one_.inbox)
    assert fates == ["aanvaard", "geweigerd"]
    winner = next(row.partner for one_ in changes for row in one_.inbox if row.fate.value == "aanvaard")
    assert await one(kit.engine, "select holder from cases") == kit.oin(winner)


async def test_two_first_reports_at_once_open_two_cases(kit: Kit) -> None:
    told = await asyncio.gather(*(a_report(kit) for _ in range(4)))

    assert len({one_.case for one_ in told}) == 4


MEDDLING = {
    "an open case without holder": "update cases set holder = null",
    "a holder of a closed case": "update cases set state = 'gesloten'",
    "a version twice": "insert into case_event select * from case_event",
    "a name of two cases": "insert into reference select id, gen_random_uuid() from reference",
    "content twice": "update inbox set partner = 'a', content_hash = 'b'",
    "an id of two contents": "update inbox set partner = 'a', message = $one",
}


@pytest.mark.parametrize("meddling", MEDDLING)
async def test_the_database_itself_refuses(kit: Kit, meddling: str) -> None:
    await a_report(kit)
    await a_report(kit)
    id_ = await one(kit.engine, "select min(message::text) from inbox")
    with pytest.raises(OurFault) as caught:
        await rows(kit.engine, MEDDLING[meddling].replace("$one", f"'{id_}'"))

    assert isinstance(caught.value.__cause__, IntegrityError)


async def test_the_register_of_a_case_that_was_changed_by_hand_no_longer_tells_it(meddled: Kit) -> None:
    """The check after each of these tests can fail."""
    await a_case(meddled)
    await registers_tell_the_cases(meddled.engine)
    await rows(
        meddled.engine,
        "update cases set document = jsonb_set(document::jsonb, '{case,holder}', '\"00000099000000000009\"')::text",
    )
    with pytest.raises(AssertionError):
        await registers_tell_the_cases(meddled.engine)


async def test_documents_read_back_as_what_was_written(kit: Kit) -> None:
    opened = await a_long_story(kit)
    view = await case_view(kit.engine, opened.case)
    assert view is not None
    assert case_from(case_document(view.case)) == view.case
    for event in view.events:
        assert event_from(type(event).__name__, json.loads(event_document(event))) == event


def test_an_older_document_is_brought_to_today_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {
        DOCUMENT_VERSION - 2: lambda document: {**document, "v": document["v"] + 1, "seen": ["one"]},
        DOCUMENT_VERSION - 1: lambda document: {**document, "v": document["v"] + 1, "seen": [*document["seen"], "two"]},
    }
    monkeypatch.setattr(mapper, "UPCASTS", steps)

    assert upcast({"v": DOCUMENT_VERSION - 2}) == {"v": DOCUMENT_VERSION, "seen": ["one", "two"]}


async def waiting(kit: Kit, number: int) -> bool:
    query = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return bool(await one(kit.engine, query) == number)
