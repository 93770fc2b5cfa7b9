"""A batch decides under the locks of its cases for so long and no longer: what there is no time for comes next."""

import pytest

from hub.canonical.codes import Lane
from hub.lanes.batch import decide_batch
from hub.ports import Delivery
from tests.databases import rows
from tests.fakes import until
from tests.integration.lanes.test_intake import Lines
from tests.kit import Kit
from tests.talk import REPORT, STAND, a_case


def reports(kit: Kit, number: int) -> list[Delivery]:
    return [kit.delivery("politie-test", kit.event("politie-test", REPORT)) for _ in range(number)]


@pytest.mark.parametrize(("lane", "in_time"), [(Lane.ROUTINE, 5), (Lane.ACUTE, 2)])
async def test_as_many_as_there_is_time_for_are_decided_and_the_others_left(kit: Kit, lane: Lane, in_time: int) -> None:
    kit = kit.slow(0.01)
    brought = reports(kit, 8)

    changes = await decide_batch(brought, kit.store, lane, kit.setting)

    assert changes.left == brought[in_time:]
    known = {str(row["message"]) for row in await rows(kit.engine, "select message from inbox")}
    assert known == {one.properties.message_id for one in brought[:in_time]}
    assert (await kit.decide(changes.left, lane)).deliveries == 8 - in_time


async def test_one_is_decided_however_long_it_takes(kit: Kit) -> None:
    kit = kit.slow(10.0)
    brought = reports(kit, 2)
    assert (await decide_batch(brought, kit.store, Lane.ROUTINE, kit.setting)).left == brought[1:]


async def test_intake_goes_on_with_what_was_left_and_acknowledges_it_after_its_own_commit(kit: Kit) -> None:
    lines = Lines(kit.slow(0.02))
    brought = reports(kit, 8)
    async with lines.running():
        await lines.queue.bring(*brought)
        await until(lambda: lines.acked(8))

    assert lines.queue.acked == brought
    committed = [row["deliveries"] for row in await rows(kit.engine, "select deliveries from batch order by id")]
    assert sum(committed) == 8
    assert max(committed) == 3  # for 50 ms at 20 each


async def test_a_copy_of_what_was_left_is_the_same_message(kit: Kit) -> None:
    kit = kit.slow(0.02)
    one, two, three, four, five = reports(kit, 5)
    changes = await kit.decide([one, two, three, four, four, five, one])
    assert (changes.deliveries, changes.duplicates) == (7, 2)
    assert [row["count"] for row in await rows(kit.engine, "select count(*) from inbox")] == [5]


async def test_what_comes_on_one_case_in_many_batches_is_decided_in_the_order_it_came(kit: Kit) -> None:
    opened = await a_case(kit)
    slowly = kit.slow(0.03)
    asked = [
        slowly.delivery("vt-test", slowly.event("vt-test", STAND, {}, correlationid=opened.case)) for _ in range(6)
    ]
    await slowly.decide(asked)
    decided = await rows(
        kit.engine, "select inbox.message from journal join inbox on inbox.id = journal.inbox order by seq"
    )
    assert [str(row["message"]) for row in decided][-6:] == [one.properties.message_id for one in asked]
