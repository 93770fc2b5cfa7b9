"""What opens no more since a restore: the hub makes it again by itself, a message brings it back, or it ends."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.canonical import terms as t
from hub.canonical.codes import Lane
from hub.canonical.environment import Environment
from hub.canonical.partners import Role
from hub.errors import OurFault
from hub.lanes import again
from hub.lanes.batch import keep_delivery
from hub.ports import OutboxRow
from hub.routing.changes import add_partner
from hub.routing.document import from_document, to_document
from hub.store.account import account
from hub.store.closing import waiting
from hub.store.database import Database
from hub.store.engine import transaction
from hub.store.views import status
from tests.clock import Clock
from tests.databases import books_fit, one, registers_tell_the_cases, rows
from tests.integration.lanes.test_alarms import looked
from tests.integration.lanes.test_filling import facts, resent
from tests.integration.lanes.test_organisation import reconnected
from tests.integration.lanes.test_reissue import LAPSED, tidied
from tests.kit import REGION, Kit
from tests.periods import gone, two_periods_on
from tests.talk import (
    DELAYED,
    DOSSIER,
    OFFER,
    PRESENTED,
    PROCESSED,
    RECEIPT,
    REFUSAL,
    REPORT,
    YES,
    a_case,
    a_yes,
    an_offer,
    processed,
    timers,
    upkeep,
)


async def stands(hub: Kit, row: OutboxRow) -> dict[str, Any] | None:
    """What this message says as it is in the database now; nothing if it opens no more."""
    query = "select ciphertext, wrapped_key, key_id from outbox where id = :id and next_at is not null"
    (found,) = await rows(hub.engine, query, id=row.id)
    return None if found["key_id"] == "gone" else hub.opened(replace(row, payload=replace(row.payload, **found)))


def database_of(hub: Kit) -> Database:
    return Database(hub.engine, to_document, from_document, 30.0)


async def kept(kit: Kit) -> bytes:
    """A report that the hub could not decide yet."""
    payload = kit.event("politie-test", REPORT)
    delivery = kit.delivery("politie-test", payload)
    await keep_delivery(delivery, OurFault("test", ""), kit.store, Lane.ROUTINE, kit.setting)
    return payload


# --- by the hub itself --------------------------------------------------------------------------------------------


async def test_receipts_and_refusals_are_made_again_with_no_word_of_anybody(kit: Kit) -> None:
    accepted = (await kit.tell("politie-test", REPORT)).row("politie-test", RECEIPT)
    refused = (await kit.tell("politie-test", REPORT, {"soort": "onbekend"})).row("politie-test", REFUSAL)
    said = [kit.opened(row) for row in (accepted, refused)]
    hub = await two_periods_on(kit)
    assert [await stands(hub, row) for row in (accepted, refused)] == said
    await books_fit(hub.engine)


async def test_a_vertraagd_is_made_again_while_its_message_is_undecided(kit: Kit, clock: Clock) -> None:
    await kept(kit)
    await clock.put_ahead(timedelta(hours=1))
    await rows(kit.engine, "update stored_delivery set next_at = now() + interval '1 day'")
    (told,) = await looked(kit)
    assert told.type.endswith(f"{DELAYED}.v1")
    said = kit.opened(told)
    assert await stands(await two_periods_on(kit), told) == said


async def test_a_vertraagd_is_over_when_the_answer_itself_is_there(kit: Kit, clock: Clock) -> None:
    await kept(kit)
    await clock.put_ahead(timedelta(hours=1))
    await rows(kit.engine, "update stored_delivery set next_at = now() + interval '1 hour'")
    (told,) = await looked(kit)
    await clock.put_ahead(timedelta(hours=2))
    await looked(kit)
    assert await one(kit.engine, "select fate from inbox") == "aanvaard"
    hub = await two_periods_on(kit)
    assert await one(hub.engine, "select next_at from outbox where id = :id", id=told.id) is None


async def test_what_the_moments_of_terms_brought_forth_is_made_again_as_it_was(kit: Kit, clock: Clock) -> None:
    await a_case(kit)
    said: dict[OutboxRow, dict[str, Any]] = {}
    for _ in range(4):
        await clock.pass_next(t.SAFETY_ASSESSMENT)
        said |= [(row, kit.opened(row)) for row in await looked(kit)]  # type: ignore[operator]
    assert len(said) >= 4
    # Of the rounds that nobody has read the newest is kept.
    over = {row["id"] for row in await rows(kit.engine, "select id from outbox where replaced_by is not null")}
    kept = {row.id: words for row, words in said.items() if row.id not in over}
    before = await facts(kit)
    hub = await two_periods_on(kit)
    assert {row.id: await stands(hub, row) for row in said if row.id in kept} == kept
    assert await facts(hub) == before


async def test_what_has_lapsed_since_and_was_made_again_comes_back_as_that(kit: Kit, clock: Clock) -> None:
    told = await kit.tell("politie-test", REPORT)
    await clock.put_ahead(LAPSED)
    first = await tidied(kit)
    await clock.put_ahead(LAPSED)
    (second,) = [row for row in await tidied(kit) if row.type.endswith(f"{PRESENTED}.v1")]
    assert (second.reissue, len(first)) == (2, 1)
    said = kit.opened(second)
    hub = await two_periods_on(kit)
    assert await stands(hub, second) is None
    await resent(hub, "politie-test", told)
    assert await stands(hub, second) == said
    await registers_tell_the_cases(hub.engine)


async def test_what_cannot_be_made_again_stops_nothing(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    row = (await kit.tell("politie-test", REPORT)).row("politie-test", RECEIPT)
    with monkeypatch.context() as broken:
        broken.setattr(again, "answer", lambda *_: 1 / 0)
        hub = await two_periods_on(kit)
    assert await stands(hub, row) is None
    assert (await account(hub.engine)).awaiting == await gone(hub, "outbox") == 2


# --- by a message that is sent again ------------------------------------------------------------------------------


async def test_a_dossier_that_went_with_a_yes_comes_back_with_the_offer(kit: Kit) -> None:
    case, offer = await a_case(kit), an_offer(kit)
    offered = await kit.tell("vt-test", OFFER, offer, correlationid=case.case)
    yes = await kit.tell(
        "wijkteam-test", YES, a_yes(offer, offered.row("wijkteam-test", OFFER)), correlationid=case.case
    )
    dossier = yes.row("wijkteam-test", DOSSIER)
    said, before = kit.opened(dossier), await facts(kit)
    hub = await two_periods_on(kit)
    (listed,) = [found for found in await database_of(hub).gone() if found.id == dossier.id]
    assert (listed.sender, listed.message, listed.recipient) == ("vt-test", offered.id, "wijkteam-test")

    await resent(hub, "wijkteam-test", yes)
    assert await stands(hub, dossier) is None
    await resent(hub, "vt-test", offered)

    assert await stands(hub, dossier) == said
    assert await facts(hub) == before
    assert await rows(hub.engine, "select from held") == []


async def test_what_was_said_in_an_earlier_recovery_keeps_the_version_that_it_had(kit: Kit) -> None:
    values = "(1000, gen_random_uuid(), now() - interval '2 h', now() - interval '1 h', '')"
    recovery = f"insert into recovery values {values}"
    await rows(kit.engine, recovery)
    told = await kit.tell("politie-test", REPORT)
    row = told.row("vt-test", PRESENTED)
    said = kit.opened(row)
    assert said["data"]["zaakversie"] > 1_000
    await rows(kit.engine, recovery.replace("(1000,", "(2000,").replace("2 h", "-2 s").replace("1 h", "-1 h"))
    hub = await two_periods_on(kit)
    await resent(hub, "politie-test", told)
    assert await stands(hub, row) == said


async def test_a_kept_message_is_tried_again_by_whichever_connection_it_comes_now(kit: Kit, clock: Clock) -> None:
    payload = await kept(kit)
    await reconnected(kit, "politie-test", "politie-nieuw")
    hub = await two_periods_on(kit)
    await hub.decide([hub.delivery("politie-nieuw", payload)])
    assert await gone(hub, "stored_delivery") == 0
    await clock.put_ahead(timedelta(minutes=1))
    (receipt,) = [row for row in await looked(hub) if row.type.endswith(f"{RECEIPT}.v1")]
    assert receipt.partner == "politie-nieuw"
    await books_fit(hub.engine)


async def test_a_kept_message_is_never_judged_in_a_role_that_it_was_not_sent_in(kit: Kit, clock: Clock) -> None:
    payload = await kept(kit)
    made = replace(kit.newcomer("a-om", Role.PROSECUTION, REGION, 80), oin=kit.oin("politie-test"))
    kit.speakers["a-om"] = replace(kit.speakers["a-om"], partner=made)
    await kit.change(lambda now: add_partner(now, made, Environment.TEST))
    hub = await two_periods_on(kit)
    await hub.decide([hub.delivery("a-om", payload)])
    assert await gone(hub, "stored_delivery") == 1
    await hub.decide([hub.delivery("politie-test", payload)])
    assert await gone(hub, "stored_delivery") == 0


# --- and otherwise it ends ----------------------------------------------------------------------------------------


async def test_what_its_receiver_has_is_over_with_its_verwerkt(kit: Kit) -> None:
    row = (await kit.tell("politie-test", REPORT)).row("vt-test", PRESENTED)
    hub = await two_periods_on(kit)
    assert await gone(hub, "outbox") == 1
    await hub.tell("vt-test", PROCESSED, processed(row.id))
    assert [one.id for one in await database_of(hub).gone()] == []
    assert (await account(hub.engine)).fits


async def test_what_nobody_sends_again_is_over_when_an_operator_says_so(kit: Kit) -> None:
    row = (await kit.tell("politie-test", REPORT)).row("vt-test", PRESENTED)
    waits = (await kit.tell("politie-test", REPORT)).row("politie-test", RECEIPT)
    hub = await two_periods_on(kit)
    database = database_of(hub)
    assert [(one.id, one.recipient) for one in await database.gone()][:1] == [(row.id, "vt-test")]
    assert await database.give_up_gone([row.id, waits.id]) == 1
    assert row.id not in {one.id for one in await database.gone()}
    assert await stands(hub, waits)
    assert (await account(hub.engine)).fits


async def test_nobody_waits_for_what_opens_no_more(kit: Kit, clock: Clock) -> None:
    """No retirement, no key of the hub that is to go, no age in `status`, no error in the log."""
    told = await kit.tell("politie-test", REPORT)
    await kept(kit)
    with capture_logs() as logs:
        hub = await two_periods_on(kit)
        await clock.put_ahead(LAPSED)
        for _ in range(2):
            await timers(hub).look()
            await upkeep(hub).keep_house()
    assert await gone(hub, "outbox") == 1
    assert not [line for line in logs if line["log_level"] == "error"]
    async with transaction(hub.engine) as connection:
        found = await waiting(connection, told.row("vt-test", PRESENTED).partner)
        assert (found.retries, found.quarantined, found.outgoing) == (0, 0, 0)
        found = await waiting(connection, hub.speakers["politie-test"].partner.id)
        assert (found.retries, found.quarantined) == (0, 0)
    assert set((await database_of(hub).keys_used())["storage"]) == {hub.setting.keys.keeps(hub.directory).id}
    numbers = await status(hub.engine)
    assert (numbers["unconfirmed"], numbers["undeliverable"]) == (0, 0)
