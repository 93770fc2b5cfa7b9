"""Operators' acts and looks: in the transaction of what they do, before anything is shown, gone after their term."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.canonical.acts import MOST_NAMED, NOT_THERE, Act, Operator, Reason, Record, Why
from hub.canonical.codes import Lane
from hub.canonical.partners import Directory
from hub.errors import OperatorError, OurFault
from hub.ids import MessageId, PartnerId
from hub.lanes.batch import keep_unopened
from hub.lanes.fate import Poison
from hub.ports import Period
from hub.routing.changes import retire_partner
from hub.routing.document import from_document, to_document
from hub.store.account import account
from hub.store.database import Database
from hub.store.engine import connect
from hub.store.recovery import begin
from tests.databases import one, rows
from tests.kit import Kit
from tests.talk import OFFER, REPORT, a_case, an_offer, given_up

BY = Operator("ketenhub", "a.beheerder", "kh1", "192.0.2.7")
WHY = Why(Reason.QUESTION, "2026-0012")
YEARS = timedelta(days=1_826).total_seconds()
POLICE = PartnerId("politie-test")


def of(kit: Kit) -> Database:
    return Database(kit.engine, to_document, from_document, 30.0)


def act(command: str, *ids: object) -> Act:
    return Act(command, BY).on(*ids)


async def recorded(kit: Kit, *about: object) -> list[Act]:
    now = datetime.now(UTC)
    found = await of(kit).acts(now - timedelta(hours=1), now + timedelta(hours=1), [str(each) for each in about])
    return [each.act for each in found]


async def quarantined(kit: Kit, number: int = 1) -> list[UUID]:
    for _ in range(number):
        delivery = kit.delivery("politie-test", kit.event("politie-test", REPORT))
        await keep_unopened(delivery, Poison(), kit.store, Lane.ROUTINE, kit.setting)
    return [row["id"] for row in await rows(kit.engine, "select id from inbox order by received_at")]


async def test_a_look_is_read_back_as_it_was_with_the_moment_that_was_believed(kit: Kit) -> None:
    look = replace(act("case show", uuid4()), why=WHY)
    before = await kit.store.now()
    await of(kit).record(look)

    (found,) = await of(kit).acts(before - timedelta(minutes=1), before + timedelta(minutes=1))
    assert found == Record(found.at, look)
    assert before <= found.at <= await kit.store.now()


async def test_a_look_at_a_list_says_how_many_it_showed_and_about_which(kit: Kit) -> None:
    shown = [uuid4() for _ in range(MOST_NAMED + 5)]
    await of(kit).record(act("quarantine list").listing(len(shown), shown))

    (look,) = await recorded(kit, shown[3])
    assert (look.shown, len(look.ids)) == (MOST_NAMED + 5, MOST_NAMED)
    assert await recorded(kit, uuid4()) == []


async def test_acts_are_read_by_period_and_by_what_they_are_about(kit: Kit) -> None:
    opened = await a_case(kit)
    await of(kit).record(replace(act("case show", opened.report), why=WHY))
    await of(kit).record(act("partner contact", POLICE))

    assert [each.command for each in await recorded(kit)] == ["case show", "partner contact"]
    assert [each.command for each in await recorded(kit, opened.case)] == ["case show"], "by any name of the case"
    assert [each.command for each in await recorded(kit, POLICE, uuid4())] == ["partner contact"]
    now = datetime.now(UTC)
    assert await of(kit).acts(now + timedelta(hours=1), now + timedelta(hours=2)) == []


async def test_a_change_and_its_record_are_one_transaction(kit: Kit) -> None:
    def fails(_newest: Directory) -> Directory:
        raise OperatorError("no", "It cannot be.")

    with pytest.raises(OperatorError):
        await of(kit).change_directory("test", fails, act=act("partner add", POLICE))
    assert await recorded(kit) == []

    now = await kit.store.now()
    changed = await of(kit).change_directory(
        "test", lambda newest: retire_partner(newest, POLICE, now, None), act=act("partner retire", POLICE)
    )
    assert changed.partners[POLICE].valid_to is not None
    assert await recorded(kit) == [act("partner retire", POLICE)]


async def test_what_cannot_be_recorded_does_not_happen(meddled: Kit) -> None:
    await rows(meddled.engine, "alter table operator_act add constraint spoilt check (command <> 'partner retire')")
    before = await meddled.store.directory()
    now = await meddled.store.now()
    try:
        with pytest.raises(OurFault):
            await of(meddled).change_directory(
                "test", lambda newest: retire_partner(newest, POLICE, now, None), act=act("partner retire", POLICE)
            )
    finally:
        await rows(meddled.engine, "alter table operator_act drop constraint spoilt")

    assert (await meddled.store.directory()).version == before.version


async def test_a_replay_leaves_a_journal_row_and_a_record_of_those_it_was_done_to(kit: Kit) -> None:
    one_, other = await quarantined(kit, 2)
    assert await kit.store.release([one_], act("quarantine replay", one_, uuid4())) == [one_]
    assert await kit.store.release([one_], act("quarantine replay", one_)) == []

    assert await recorded(kit) == [act("quarantine replay", one_), act("quarantine replay", one_).ended(NOT_THERE)]
    journal = await rows(kit.engine, "select fate, code, hash from journal where inbox = :id order by seq", id=one_)
    assert [(row["fate"], row["code"]) for row in journal][1:] == [("opnieuw", "vrijgegeven")]
    row = dict((await rows(kit.engine, "select fate, code, journal_hash from inbox where id = :id", id=one_))[0])
    assert (row["fate"], row["journal_hash"]) == ("opnieuw", journal[-1]["hash"])
    assert row["code"] != "vrijgegeven", "why it was there is not forgotten"
    assert await one(kit.engine, "select count(*) from journal where inbox = :id", id=other) == 1
    assert (await account(kit.engine)).fits


async def test_what_the_hub_releases_by_itself_is_journaled_and_nobodys_act(kit: Kit) -> None:
    (id_,) = await quarantined(kit)
    code = await one(kit.engine, "select code from stored_delivery")

    assert await kit.store.release_lacking([code]) == 1
    assert await recorded(kit) == []
    assert await one(kit.engine, "select count(*) from journal where code = 'vrijgegeven' and inbox = :id", id=id_) == 1


async def test_a_discard_is_recorded_with_the_refusal_and_by_time_it_is_nobodys(kit: Kit) -> None:
    one_, other = await quarantined(kit, 2)
    await given_up(kit, one_, act=act("quarantine discard", one_, other))
    await given_up(kit, other)
    await given_up(kit, other, act=act("quarantine discard", other))

    assert await recorded(kit) == [act("quarantine discard", one_), act("quarantine discard", other).ended(NOT_THERE)]
    journal = await rows(kit.engine, "select code from journal where fate = 'geweigerd'")
    assert [row["code"] for row in journal] == ["niet-verwerkt"] * 2


async def test_what_is_not_awaited_any_more_is_journaled_at_what_it_came_of(kit: Kit) -> None:
    await a_case(kit)
    waiting = await rows(kit.engine, "select id, origin from outbox where owes_confirmation and next_at is not null")
    message, origin = waiting[0]["id"], waiting[0]["origin"]
    hashes = await rows(kit.engine, "select journal_hash from inbox where id = :id", id=origin)
    await rows(kit.engine, "update outbox set key_id = 'gone' where id = :id", id=message)
    asked = act("awaiting --give-up", message, uuid4())

    assert await of(kit).give_up_gone([MessageId(message), MessageId(uuid4())], asked) == 1
    assert await of(kit).give_up_gone([MessageId(message)], act("awaiting --give-up", message)) == 0

    assert await recorded(kit) == [
        act("awaiting --give-up", message),
        act("awaiting --give-up", message).ended(NOT_THERE),
    ]
    journal = await rows(kit.engine, "select fate, code from journal where inbox = :id order by seq", id=origin)
    assert [tuple(row.values()) for row in journal] == [("aanvaard", None), ("aanvaard", "opgegeven")]
    assert await rows(kit.engine, "select journal_hash from inbox where id = :id", id=origin) == hashes
    assert (await account(kit.engine)).fits


async def test_what_waits_for_a_partner_that_ends_is_journaled_when_it_is_given_up(kit: Kit) -> None:
    case = await a_case(kit)
    await kit.tell("vt-test", OFFER, an_offer(kit), correlationid=case.case)
    given = await of(kit).give_up_outgoing(PartnerId("wijkteam-test"), act("partner retire --give-up", "wijkteam-test"))

    assert given > 0
    assert await recorded(kit) == [act("partner retire --give-up", "wijkteam-test")]
    assert await one(kit.engine, "select count(*) from journal where code = 'opgegeven'") > 0
    assert (await account(kit.engine)).fits


async def test_a_recovery_and_a_new_chain_of_keys_are_recorded_with_what_they_write(kit: Kit) -> None:
    await begin(kit.engine)
    number, _ = await of(kit).recover(None, act("recover"))
    await of(kit).take_up_period(Period("other", 1), act("key period begin --i-know"))

    assert await recorded(kit) == [act("recover"), act("key period begin --i-know")]
    assert await one(kit.engine, "select max(number) from recovery") == number
    assert await one(kit.engine, "select period_chain from directory_head") == "other"


async def test_records_go_after_the_term_of_the_processing_log_the_oldest_first(kit: Kit) -> None:
    for number in range(4):
        await of(kit).record(act("partner contact", f"partner-{number}"))
    moved = "update operator_act set at = now() - make_interval(days => :days) where ids @> to_jsonb(cast(:id as text))"
    for number, days in enumerate((1_900, 1_899, 1_898, 1_800)):
        await rows(kit.engine, moved, days=days, id=f"partner-{number}")

    assert await kit.store.end_processing_log(YEARS, 2) == 2
    left = await rows(kit.engine, "select ids from operator_act order by at")
    assert [row["ids"] for row in left] == [["partner-2"], ["partner-3"]]
    assert await kit.store.end_processing_log(YEARS, 2) == 1


@asynccontextmanager
async def as_role(engine: AsyncEngine, *grants: str) -> AsyncIterator[Database]:
    """The same database, as a role that may only read, and what it is granted."""
    name = f"looker_{uuid4().hex[:8]}"
    await rows(engine, f"create role {name} login password 'looker'")
    await rows(engine, f"grant select on all tables in schema public to {name}")
    for grant in grants:
        await rows(engine, f"grant {grant} to {name}")
    own = connect(make_url(engine.url).set(username=name, password="looker"), "test")
    try:
        yield Database(own, to_document, from_document, 30.0)
    finally:
        await own.dispose()
        await rows(engine, f"drop owned by {name}")
        await rows(engine, f"drop role {name}")


async def test_a_role_that_may_only_read_can_record_nothing_and_so_look_at_nothing(kit: Kit) -> None:
    async with as_role(kit.engine) as database:
        with pytest.raises(OperatorError) as refused:
            await database.record(replace(act("case show", uuid4()), why=WHY))
    assert refused.value.code == "act-unrecorded"
    assert await recorded(kit) == []


async def test_a_role_that_may_also_add_records_can_look_and_change_none_of_them(kit: Kit) -> None:
    look = replace(act("case show", uuid4()), why=WHY)
    async with as_role(kit.engine, "insert on operator_act") as database:
        await database.record(look)
        with pytest.raises(OurFault):
            await rows(database._engine, "delete from operator_act")
    assert await recorded(kit) == [look]


async def test_where_nobody_may_write_nothing_can_be_recorded(kit: Kit) -> None:
    """A standby, or a role that is told so."""
    async with as_role(kit.engine, "insert on operator_act") as database:
        await rows(kit.engine, f"alter role {database._engine.url.username} set default_transaction_read_only = on")
        with pytest.raises(OperatorError) as refused:
            await database.record(act("acts"))
    assert refused.value.code == "act-unrecorded"
