"""P5: the sum fits after everything that can happen, and no longer when one record is changed by itself."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from hub.canonical.codes import Lane
from hub.lanes.batch import keep_unopened
from hub.lanes.fate import Poison
from hub.store.account import Account, account
from tests.databases import one, rows
from tests.kit import Kit
from tests.talk import AT_ONCE, PROCESSED, REPORT, STAND, a_case, given_up, processed, timers


async def busy(kit: Kit) -> None:
    """Some of everything: accepted, refused, early, quarantined, given up, opened late, and duplicates."""
    kit = kit.limited(retry=AT_ONCE)
    opened = await a_case(kit)
    await kit.tell("vt-test", PROCESSED, processed(opened.presented))
    refused = await kit.tell("politie-test", REPORT, {})
    await kit.tell("vt-test", STAND, {}, correlationid=uuid4(), causationid=uuid4())
    for told in (opened.told, refused):
        await kit.decide([kit.delivery("politie-test", told.payload)] * 2)
    for number in range(3):
        payload = kit.event("politie-test", REPORT)
        await keep_unopened(kit.delivery("politie-test", payload), Poison(), kit.store, Lane.ROUTINE, kit.setting)
        if number == 1:
            await kit.decide([kit.delivery("politie-test", payload)])
    dead = replace(kit.delivery("politie-test", kit.event("politie-test", REPORT)), dead=True)
    await kit.decide([dead])
    ids = [
        row["id"]
        for row in await rows(kit.engine, "select id from inbox where fate = 'quarantaine' order by received_at")
    ]
    await given_up(kit, ids[0], ids[3])
    await kit.store.release(ids[1:3])
    await timers(kit).look()


async def summed(kit: Kit) -> Account:
    return await account(kit.engine)


async def test_it_fits_after_everything_that_can_happen(kit: Kit) -> None:
    await busy(kit)
    found = await summed(kit)

    assert found.fits
    assert dict(found.fates) == {"aanvaard": 5, "geweigerd": 3, "opnieuw": 1}
    assert (found.deliveries, found.distinct, found.duplicates) == (14, 9, 5)
    police = found.partners["politie-test"]
    assert (police["deliveries"], police["distinct"], police["accepted"], police["rejected"]) == (11, 6, 3, 3)
    assert found.partners["vt-test"]["delivered"] == 1


async def test_it_fits_when_nothing_has_happened(kit: Kit) -> None:
    found = await summed(kit)

    assert (found.fits, found.deliveries, found.fates) == (True, 0, {})


async def test_it_fits_between_a_release_and_its_retry(kit: Kit) -> None:
    await keep_unopened(
        kit.delivery("politie-test", kit.event("politie-test", REPORT)),
        Poison(),
        kit.store,
        Lane.ROUTINE,
        kit.setting,
    )
    await kit.store.release([await one(kit.engine, "select id from inbox")])

    assert (await summed(kit)).fits


SOME = "(select id from inbox where fate = 'aanvaard' and answer is not null limit 1)"
FIRST = "(select min(id) from batch)"
GIVEN_UP = "(select max(seq) from journal where code = 'niet-verwerkt')"
PLANTED = {
    "a delivery more in a batch": (f"update batch set deliveries = deliveries + 1 where id = {FIRST}", "deliveries"),
    "a batch forgotten": (f"delete from batch where id = {FIRST}", "deliveries"),
    "a duplicate too many": (f"update batch set duplicates = duplicates + 9 where id = {FIRST}", "first_deliveries"),
    "a duplicate too few": ("update batch set duplicates = 0", "first_deliveries"),
    "a delivery less in the inbox": (f"update inbox set deliveries = 0 where id = {SOME}", "deliveries"),
    "an inbox row gone": (f"delete from inbox where id = {SOME}", "deliveries"),
    "an inbox row of no delivery gone": ("delete from inbox where deliveries = 0", "orphaned"),
    "a journal row gone": (f"delete from journal where inbox = {SOME}", "unjournaled"),
    "the last journal row of several gone": (f"delete from journal where seq = {GIVEN_UP}", "contradicted"),
    "a journal row of nothing": (
        """insert into journal (inbox, at, partner, content_hash, fate, hash)
          select gen_random_uuid(), at, partner, '', fate, '' from journal limit 1""",
        "orphaned",
    ),
    "a fate changed": (f"update inbox set fate = 'geweigerd' where id = {SOME}", "contradicted"),
    "a fate changed in the journal": (f"update journal set fate = 'geweigerd' where inbox = {SOME}", "contradicted"),
    "one left undecided": (f"update inbox set fate = 'nieuw' where id = {SOME}", "undecided"),
    "an answer gone": (f"delete from outbox where id = (select answer from inbox where id = {SOME})", "unanswered"),
    "an answer forgotten": (f"update inbox set answer = null where id = {SOME}", "unanswered"),
    "a refusal forgotten": ("update inbox set answer = null where code = 'schema-ongeldig'", "unanswered"),
    "a report never taken to the triage": ("delete from outbox where type like '%melding-aangeboden%'", "untold"),
    "the bytes of a waiting message gone": ("delete from stored_delivery", "without_bytes"),
    "bytes left of a decided message": (
        f"insert into stored_delivery (inbox, body, code, attempts, dead) values ({SOME}, '', '', 1, false)",
        "bytes_left",
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
async def test_it_does_not_fit_when_one_record_is_changed_by_itself(meddled: Kit, planted: str) -> None:
    await busy(meddled)
    statement, difference = PLANTED[planted]
    await rows(meddled.engine, statement)

    found = await summed(meddled)

    assert not found.fits
    assert found.differences[difference] != 0


async def test_a_sum_made_while_batches_commit_fits_too(kit: Kit) -> None:
    """All of it is read in one snapshot."""
    batches = [[kit.delivery("politie-test", kit.event("politie-test", REPORT))] * 2 for _ in range(10)]
    working = asyncio.gather(*(kit.decide(batch) for batch in batches))
    while not working.done():
        assert (await summed(kit)).fits
    await working
    assert (await summed(kit)).deliveries == 20
