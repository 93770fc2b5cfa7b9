"""What leaves the hub has the same id whenever its cause is decided, also by a database that has lost it.

A database is restored from a backup, and partners resend: they must know again what they have, and nothing else may
come under an id that they know.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from hub.canonical import terms as t
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.envelope.derived import IdKey
from hub.ports import OutboxRow
from hub.routing.hub_keys import add_hub_key, bring_back, move_hub_key
from hub.schemas.message import wire_type
from hub.schemas.samples import sample
from tests.backups import backed_up
from tests.clock import Clock, goes_by_its_clock
from tests.databases import rows
from tests.kit import Kit, Told
from tests.talk import (
    ASSESSED,
    COINCIDENCE,
    NO,
    OFFER,
    PRESENTED,
    PROBATION,
    PROCESSED,
    RECEIPT,
    RECORDED,
    REFUSAL,
    REPORT,
    WITHDRAWN,
    a_case,
    a_no,
    a_report,
    about,
    an_offer,
    assessment,
    family,
    processed,
    timers,
)

BELIEVED = """insert into clock (believed) values (now())
  on conflict (one) do update set believed = excluded.believed"""
"""As after the restore, when partners have said what time it is."""


async def resent(kit: Kit, name: str, payload: bytes) -> Told:
    return Told(kit, payload, await kit.decide([kit.delivery(name, payload)]))


@dataclass
class Evening:
    """What partners said, in order, and all that they were told: by id, in the words that they got."""

    kit: Kit
    said: list[tuple[str, bytes]] = field(default_factory=list)
    heard: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    async def tell(self, name: str, type_: str, data: dict[str, Any] | None = None, **changes: Any) -> Told:
        payload = self.kit.event(name, type_, data, **changes)
        self.said.append((name, payload))
        return await self.resend(name, payload)

    async def resend(self, name: str, payload: bytes) -> Told:
        told = await resent(self.kit, name, payload)
        for row in told.changes.outbox:
            self.heard[str(row.id)] = (row.partner, self.kit.opened(row))
        return told


async def an_evening(kit: Kit) -> Evening:
    """Two reports on one child, a step that is refused, an offer, a no, the end of it; and what systems say of that."""
    evening = Evening(kit)
    child, *_ = family(kit)
    first = (await evening.tell("politie-test", REPORT, about(REPORT, child))).one("vt-test", PRESENTED)
    case, report = UUID(first["correlationid"]), first["data"]["melding"]["nummer"]
    await evening.tell("vt-test", PROCESSED, processed(first["id"]))
    await evening.tell("vt-test", RECORDED, sample(RECORDED) | {"melding": report}, correlationid=case)
    await evening.tell("reclassering-test", PROBATION, about(PROBATION, child))
    offer = an_offer(kit, "wijkteam-test", "buurtteam-test")
    await evening.tell("politie-test", OFFER, offer, correlationid=UUID(report))  # it does not hold
    made = await evening.tell("vt-test", OFFER, offer, correlationid=case)
    await evening.tell("wijkteam-test", PROCESSED, processed(made.row("wijkteam-test", OFFER).id))
    await evening.tell("buurtteam-test", NO, a_no(offer), correlationid=case)
    await evening.tell("vt-test", WITHDRAWN, {"overdracht": offer["overdracht"], "reden": "anders"}, correlationid=case)
    return evening


async def test_every_id_that_leaves_the_hub_is_a_uuid_of_version_8_and_opaque(kit: Kit) -> None:
    evening = await an_evening(kit)

    ids = {UUID(id_) for id_ in evening.heard}
    ids |= {UUID(said["correlationid"]) for _, said in evening.heard.values() if "correlationid" in said}
    assert {id_.version for id_ in ids} == {8}
    assert len(evening.heard) == sum(len(row) for row in [await rows(kit.engine, "select id from outbox")])


async def test_partners_that_resend_to_a_database_that_has_lost_it_all_get_nothing_that_they_have_not_read(
    kit: Kit,
) -> None:
    async with backed_up(kit) as backup:
        before = await an_evening(kit)
        async with backup.restored() as again:
            after = Evening(again)
            for name, payload in before.said:
                await after.resend(name, payload)

    assert set(after.heard) == set(before.heard)
    for id_, (to, said) in after.heard.items():
        assert before.heard[id_][0] == to
        assert before.heard[id_][1]["type"] == said["type"]
        assert before.heard[id_][1].get("correlationid") == said.get("correlationid")


async def test_a_receipt_comes_again_under_its_id_with_its_reference_and_not_with_its_bytes(kit: Kit) -> None:
    async with backed_up(kit) as backup:
        first = await a_report(kit)
        async with backup.restored() as again:
            told = await resent(again, "politie-test", first.told.payload)

    one, other = first.told.one("politie-test", RECEIPT), told.one("politie-test", RECEIPT)
    assert (one["id"], one["data"]["referentie"]) == (other["id"], other["data"]["referentie"])
    assert one != other


async def test_what_was_accepted_and_is_refused_now_is_told_under_another_id_and_so_the_other_way(kit: Kit) -> None:
    async with backed_up(kit) as before_all:
        case = await a_case(kit)
        said = await kit.tell("vt-test", ASSESSED, assessment(case), correlationid=case.case)
        async with before_all.restored() as again:
            refused = await resent(again, "vt-test", said.payload)

    assert [one["type"] for one in refused.to("vt-test")] == [wire_type(REFUSAL)]
    assert {row.id for row in refused.changes.outbox}.isdisjoint({row.id for row in said.changes.outbox})


async def test_an_alarm_that_was_sent_after_the_backup_comes_again_under_its_id_and_the_next_under_another(
    kit: Kit, clock: Clock
) -> None:
    await a_case(kit)
    await clock.pass_next(t.SAFETY_ASSESSMENT)
    async with backed_up(kit) as backup:
        (reminder,) = await looked(kit)
        await clock.pass_next(t.SAFETY_ASSESSMENT)
        (alarm,) = await looked(kit)
        async with backup.restored() as again:
            again.clock = await goes_by_its_clock(again.engine, again.own)
            await rows(again.engine, BELIEVED)
            (once_more,) = await looked(again)
            await again.clock.pass_next(t.SAFETY_ASSESSMENT)
            (alarm_again,) = await looked(again)
            await again.clock.pass_next(t.SAFETY_ASSESSMENT)
            (second,) = await looked(again)

    assert (once_more.id, alarm_again.id) == (reminder.id, alarm.id)
    assert len({reminder.id, alarm.id, second.id}) == 3


# ---- when the key of the ids has changed


async def with_another_key(kit: Kit) -> Kit:
    """The same hub; its next key of the ids names what is signed from now on."""
    key, now = IdKey.new(), kit.now()
    await kit.change(lambda directory: add_hub_key(directory, HubKey(KeyKind.IDS, key.id, KeyState.ANNOUNCED), now))
    await kit.change(lambda directory: move_hub_key(directory, KeyKind.IDS, key.id, KeyState.WRITE, now))
    keys = replace(kit.setting.keys, ids={**kit.setting.keys.ids, key.id: key})
    return replace(kit, setting=replace(kit.setting, keys=keys))


async def test_what_was_signed_in_the_turn_of_a_key_has_its_ids_whenever_and_in_whichever_order_it_comes_again(
    kit: Kit,
) -> None:
    """The backup is from before the change, and `recover` brings that back."""
    async with backed_up(kit) as backup:
        evening = Evening(kit)
        child, *_ = family(kit)
        await evening.tell("politie-test", REPORT, about(REPORT, child))
        turned = evening.kit = await with_another_key(kit)
        met = (await evening.tell("reclassering-test", PROBATION, about(PROBATION, child))).one("vt-test", COINCIDENCE)
        for name, payload in list(evening.said):  # a duplicate is answered as before
            before = set(evening.heard)
            await evening.resend(name, payload)
            assert set(evening.heard) == before
        async with backup.restored(recovering=True) as lost:
            await lost.change(lambda directory: bring_back(directory, turned.directory.hub_keys))
            again = Evening(replace(lost, setting=replace(lost.setting, keys=turned.setting.keys)))
            for name, payload in reversed(evening.said):
                await again.resend(name, payload)

            for type_ in (PRESENTED, RECEIPT):
                assert ids_of(again, type_) == ids_of(evening, type_), type_
            # Who is told of it by which message goes by the order; the number of what met does not.
            found = [said["data"] for _, said in again.heard.values() if said["type"] == wire_type(COINCIDENCE)]
            assert {one["samenloop"] for one in found} == {met["data"]["samenloop"]}


def ids_of(evening: Evening, type_: str) -> set[str]:
    return {id_ for id_, (_, said) in evening.heard.items() if said["type"] == wire_type(type_)}


async def test_what_is_signed_after_a_change_of_the_key_has_the_ids_of_the_new_one(kit: Kit) -> None:
    payload = kit.event("politie-test", REPORT)
    async with backed_up(kit) as backup:
        before = {row.id for row in (await resent(kit, "politie-test", payload)).changes.outbox}
        async with backup.restored() as other:
            other = await with_another_key(other)
            assert {row.id for row in (await resent(other, "politie-test", payload)).changes.outbox} == before
            later = other.event("politie-test", REPORT)
            new = {row.id for row in (await resent(other, "politie-test", later)).changes.outbox}
    async with backed_up(kit) as backup, backup.restored() as old:
        assert new.isdisjoint({row.id for row in (await resent(old, "politie-test", later)).changes.outbox})


async def looked(kit: Kit) -> list[OutboxRow]:
    """What a look at the terms has to say."""
    said = list[OutboxRow]()
    await timers(kit, said).look()
    return said
