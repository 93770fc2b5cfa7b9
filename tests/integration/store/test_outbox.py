"""What is to reach a partner: marks, confirmations, leases and answers said again meet on the same rows."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import pytest
from sqlalchemy import text

from hub.canonical.codes import Lane, Result
from hub.ids import MessageId, PartnerId
from hub.ports import Confirmation, OutboxRow
from hub.store import outbox
from hub.store.engine import transaction
from hub.store.tables import outbox as outbox_table
from tests.databases import one, rows
from tests.fakes import until
from tests.kit import Kit
from tests.patience import CEILING
from tests.talk import RECEIPT, REPORT, a_report

VT, POLICE = PartnerId("vt-test"), PartnerId("politie-test")
EVERYBODY = (POLICE, VT)
_READ = "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'outbox'"


async def reported(kit: Kit, number: int) -> list[OutboxRow]:
    deliveries = [kit.delivery("politie-test", kit.event("politie-test", REPORT)) for _ in range(number)]
    return list((await kit.decide(deliveries)).outbox)


async def test_marks_confirmations_and_repeated_answers_never_deadlock_and_a_confirmation_stands(kit: Kit) -> None:
    """A deadlock stops both for a second: at full speed they would meet many times in it."""
    payloads = [kit.event("politie-test", REPORT) for _ in range(60)]
    made = (await kit.decide([kit.delivery("politie-test", one) for one in payloads])).outbox
    presented = [row.id for row in made if row.partner == VT]
    receipts = [row.id for row in made if row.partner != VT]
    random = Random(11)

    async def marked(ids: list[MessageId]) -> None:
        await kit.store.published(random.sample(ids, 40), 60, 60)

    async def unmarked() -> None:
        await kit.store.unpublished(dict.fromkeys(random.sample(presented, 40), 0), 60)

    async def confirmed() -> None:
        async with transaction(kit.engine) as connection:
            said = [Confirmation(id_, VT, Result.STORED) for id_ in random.sample(presented, 40)]
            await outbox.confirm(connection, said, kit.now())

    async def repeated() -> None:
        await kit.decide([kit.delivery("politie-test", one) for one in random.sample(payloads, 20)])

    for _ in range(8):
        # One that loses a deadlock raises Clash here: nobody is patient.
        await asyncio.gather(marked(presented), confirmed(), unmarked(), confirmed(), marked(receipts), repeated())

    undone = "(next_at is not null or ciphertext is not null)"
    delivered = "select count(*) from outbox where delivered_at is not null"
    assert await one(kit.engine, f"{delivered} and {undone}") == 0
    assert await one(kit.engine, delivered) > 50


@pytest.mark.parametrize("what", ["published", "unpublished", "confirmed", "repeated"])
async def test_whatever_touches_the_outbox_takes_its_rows_in_the_order_of_their_ids(kit: Kit, what: str) -> None:
    """So that of two that want the same rows, one waits at the first of them and holds none that the other has not."""
    payloads = [kit.event("politie-test", REPORT) for _ in range(12)]
    made = (await kit.decide([kit.delivery("politie-test", one) for one in payloads])).outbox
    to = POLICE if what == "repeated" else VT
    ids = sorted(row.id for row in made if row.partner == to)

    async def confirm() -> None:
        async with transaction(kit.engine) as connection:
            await outbox.confirm(connection, [Confirmation(id_, VT, Result.STORED) for id_ in reversed(ids)], kit.now())

    touch: dict[str, Callable[[], Awaitable[object]]] = {
        "published": lambda: kit.store.published(ids[::-1], 60, 60),
        "unpublished": lambda: kit.store.unpublished(dict.fromkeys(ids[::-1], 0), 60),
        "confirmed": confirm,
        "repeated": lambda: kit.decide([kit.delivery("politie-test", one) for one in payloads]),
    }
    async with transaction(kit.engine) as other:
        await other.execute(text("select from outbox where id = :id for update"), {"id": ids[0]})
        touching = asyncio.ensure_future(touch[what]())
        await until(lambda: waiting(kit))
        # It waits at the first, so every other is free; in any other order it would hold some of them.
        await other.execute(text("select from outbox where id = any(:ids) for update nowait"), {"ids": ids})
    await touching


async def test_a_mark_that_waited_for_a_confirmation_does_not_undo_it(kit: Kit) -> None:
    id_ = (await a_report(kit)).presented
    async with transaction(kit.engine) as connection:
        await outbox.confirm(connection, [Confirmation(MessageId(id_), VT, Result.STORED)], kit.now())
        mark = asyncio.create_task(kit.store.published([MessageId(id_)], 60, 60))
        await until(lambda: waiting(kit))
    await mark

    (row,) = await rows(kit.engine, "select next_at, published_at, ciphertext from outbox where id = :id", id=id_)
    assert (row["next_at"], row["ciphertext"]) == (None, None)
    assert row["published_at"] is not None


async def waiting(kit: Kit) -> bool:
    query = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return bool(await one(kit.engine, query))


async def test_leases_that_are_taken_at_once_share_nothing(kit: Kit) -> None:
    made = await reported(kit, 40)
    await rows(kit.engine, "update outbox set next_at = now()")

    taken = await asyncio.gather(*(kit.store.due_outgoing(Lane.ROUTINE, 30, 60, EVERYBODY) for _ in range(4)))

    ids = [row.id for some in taken for row in some]
    assert len(ids) == len(set(ids))
    rest = await kit.store.due_outgoing(Lane.ROUTINE, 100, 60, EVERYBODY)
    assert {*ids, *(row.id for row in rest)} == {row.id for row in made}


async def test_a_lease_passes_over_what_somebody_holds_and_does_not_wait(kit: Kit) -> None:
    await a_report(kit)
    await rows(kit.engine, "update outbox set next_at = now()")
    async with transaction(kit.engine) as connection, asyncio.timeout(CEILING):
        await connection.execute(text("select from outbox where partner = 'vt-test' for update"))
        taken = await kit.store.due_outgoing(Lane.ROUTINE, 10, 60, EVERYBODY)

    assert [row.partner for row in taken] == ["politie-test"]


async def test_a_lease_takes_of_the_first_partner_first_and_the_oldest_of_each(kit: Kit) -> None:
    made = await reported(kit, 6)
    ages = {row.id: number for number, row in enumerate(reversed(made), 1)}
    for id_, age in ages.items():
        await rows(kit.engine, "update outbox set next_at = now() - make_interval(secs => :age) where id = :id",
                   id=id_, age=age)  # fmt: skip

    first = await kit.store.due_outgoing(Lane.ROUTINE, 4, 60, [VT, POLICE])
    rest = await kit.store.due_outgoing(Lane.ROUTINE, 100, 60, [VT, POLICE])

    of_vt = sorted((row.id for row in made if row.partner == VT), key=ages.__getitem__, reverse=True)
    assert {row.id for row in first} == set(of_vt[:4])
    assert {row.id for row in rest} == ages.keys() - {row.id for row in first}


async def test_a_lease_reads_nothing_of_what_is_due_to_those_left_out(kit: Kit) -> None:
    await reported(kit, 3)
    await rows(kit.engine, "update outbox set next_at = now() - interval '1 hour'")
    copied = ", ".join(f'"{one.name}"' for one in outbox_table.c if one.name not in ("id", "seq"))
    await rows(kit.engine, f"insert into outbox (id, {copied}) select gen_random_uuid(), {copied} from outbox,"
               " generate_series(1, 2000) where partner = 'vt-test'")  # fmt: skip
    await rows(kit.engine, "analyze outbox")

    async with transaction(kit.engine) as connection:
        before = (await connection.execute(text(_READ))).scalar_one()  # of earlier transactions, not told of yet
        taken = await outbox.lease(connection, kit.now(), Lane.ROUTINE, 200, 60, [POLICE])
        read = (await connection.execute(text(_READ))).scalar_one() - before

    assert {row.partner for row in taken} == {POLICE}
    assert read < 10 * len(taken), "each row that is taken is looked up a few times, and no other"


async def test_a_lease_takes_one_lane_the_oldest_first_and_nothing_for_those_left_out(kit: Kit) -> None:
    made = [*await reported(kit, 5), *(await a_report(kit, urgentie=Lane.ACUTE)).told.changes.outbox]
    await rows(kit.engine, "update outbox set next_at = now()")

    acute = await kit.store.due_outgoing(Lane.ACUTE, 10, 60, EVERYBODY)
    routine = await kit.store.due_outgoing(Lane.ROUTINE, 10, 60, [POLICE])

    assert [row.id for row in acute] == [row.id for row in made if row.lane is Lane.ACUTE]
    assert [row.id for row in routine] == [row.id for row in made if row.lane is Lane.ROUTINE and row.partner != VT]
    assert {row.attempts for row in (*acute, *routine)} == {1}


async def test_an_outbox_row_reads_back_as_it_was_written(kit: Kit) -> None:
    reported_ = await a_report(kit)
    await rows(kit.engine, "update outbox set next_at = now()")
    written = {row.id: row for row in reported_.told.changes.outbox}

    for row in await kit.store.due_outgoing(Lane.ROUTINE, 10, 60, EVERYBODY):
        before = written[row.id]
        assert (row.partner, row.type, row.sha256, row.case, row.about) == (
            before.partner,
            before.type,
            before.sha256,
            before.case,
            before.about,
        )
        assert kit.opened(row) == kit.opened(before)
        assert row.payload == before.payload


async def test_a_repeated_answer_is_one_row_and_due_again(kit: Kit) -> None:
    told = (await a_report(kit)).told
    receipt = told.row("politie-test", RECEIPT)
    await kit.store.published([receipt.id], 60, 60)
    await kit.decide([kit.delivery("politie-test", told.payload)])

    assert await one(kit.engine, "select count(*) from outbox where id = :id and next_at > now()", id=receipt.id) == 1
    assert await one(kit.engine, "select count(*) from outbox where origin = :id", id=told.changes.inbox[0].id) == 2
