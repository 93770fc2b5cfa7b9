"""docs/contract.md, "Accepted only if": all of a message is in order, and each refusal says what to change."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.canonical.partners import KeyUse
from hub.envelope.hashes import sha256_hex
from hub.ids import PartnerId
from hub.ports import Changes, Delivery, Fate, Properties
from hub.routing.changes import end_partner, retire_partner, revoke_key
from hub.routing.document import from_document, to_document
from hub.schemas.cloudevent import source_of
from hub.schemas.message import wire_type
from hub.schemas.samples import sample
from hub.store.directory import Change, change
from hub.telemetry import LogEvent
from tests.kit import Kit
from tests.talk import (
    CLOSED,
    NO,
    OFFER,
    PRESENTED,
    PROCESSED,
    RECEIPT,
    REFUSAL,
    REPORT,
    STAND,
    WITHDRAWN,
    a_case,
    a_no,
    a_report,
    a_yes,
    an_offer,
    assessment,
    processed,
    recording,
)

CANARY = "Kanarievogel"
REAL_BSN = "999899995"
"""It passes the eleven test, is no test number, and none that is filled in where none is known."""

Made = Callable[[Kit], Delivery]


def said(name: str = "politie-test", type_: str = REPORT, data: dict[str, Any] | None = None, **changes: Any) -> Made:
    """A message with these attributes; a length of time is from the moment it is made."""

    def made(kit: Kit) -> Delivery:
        now = datetime.now(UTC)
        given = {key: now + value if isinstance(value, timedelta) else value for key, value in changes.items()}
        return kit.delivery(name, kit.event(name, type_, data, **given))

    return made


def broker_says(**properties: Any) -> Made:
    """A sound message with other AMQP properties."""

    def made(kit: Kit) -> Delivery:
        sound = said()(kit)
        return replace(sound, properties=replace(sound.properties, **properties))

    return made


def payload(text: bytes) -> Made:
    """A signed and sealed payload of any bytes."""
    return lambda kit: raw(kit, kit.sealed(text, kit.speakers["politie-test"].signing))


def body(bytes_: bytes, message_id: str | None = None) -> Made:
    return lambda kit: raw(kit, bytes_, message_id)


def raw(kit: Kit, bytes_: bytes, message_id: str | None = None) -> Delivery:
    properties = Properties(message_id or str(uuid4()), "politie-test", "application/jose")
    return Delivery(PartnerId("politie-test"), Lane.ROUTINE, bytes_, properties)


def altered(**attributes: Any) -> Made:
    """A message whose attributes are changed to what `render` would not write; `None` leaves one out."""

    def made(kit: Kit) -> Delivery:
        event = json.loads(kit.event("politie-test", REPORT)) | attributes
        text = json.dumps({name: value for name, value in event.items() if value is not None}).encode()
        sealed = kit.sealed(text, kit.speakers["politie-test"].signing)
        return raw(kit, sealed, event["id"] if isinstance(event["id"], str) else None)

    return made


def signed_by_another(kit: Kit) -> Delivery:
    event = kit.event("politie-test", REPORT)
    return kit.delivery("politie-test", event, body=kit.sealed(event, kit.speakers["om-test"].signing))


def from_another_organisation(kit: Kit) -> Delivery:
    return said(source=source_of(kit.oin("om-test"), "test"))(kit)


def report(**fields: Any) -> dict[str, Any]:
    return sample(REPORT) | fields


def people(**fields: Any) -> list[dict[str, Any]]:
    persons: list[dict[str, Any]] = sample(REPORT)["betrokkenen"]
    return [persons[0] | fields, *persons[1:]]


REFUSED: dict[str, tuple[Made, str, list[str]]] = {
    "published by another user": (broker_says(user_id="om-test"), "afzender-onjuist", ["/source"]),
    "published without user": (broker_says(user_id=None), "afzender-onjuist", ["/source"]),
    "source is another organisation": (from_another_organisation, "afzender-onjuist", ["/source"]),
    "signed with another partner's key": (signed_by_another, "envelop-ongeldig", []),
    "not to the hub": (said(recipient="00000099000000009000"), "ontvanger-onjuist", ["/recipient"]),
    "message_id is not id": (broker_says(message_id=str(uuid4())), "schema-ongeldig", ["/id"]),
    "message_id is no UUID": (broker_says(message_id=CANARY), "schema-ongeldig", ["/id"]),
    "no message_id": (broker_says(message_id=None), "schema-ongeldig", ["/id"]),
    "six minutes ahead": (said(time=timedelta(minutes=6)), "tijd-in-toekomst", ["/time"]),
    "expired": (said(time=-timedelta(2), expirytime=-timedelta(1)), "verlopen", ["/expirytime"]),
    "expires after eight days": (said(expirytime=timedelta(8)), "schema-ongeldig", ["/expirytime"]),
    "a role that may not": (said("om-test", REPORT), "niet-bevoegd", ["/type"]),
    "a type of the hub": (said("politie-test", PRESENTED, {}), "niet-bevoegd", ["/type"]),
    "a type that is not there": (said(type_="meldingen.onzin", data={}), "type-onbekend", ["/type"]),
    "a type of somebody else": (altered(type=CANARY), "type-onbekend", ["/type"]),
    "another schema": (altered(dataschema=CANARY), "schema-ongeldig", ["/dataschema"]),
    "urgency of its own": (altered(urgentie=CANARY), "schema-ongeldig", ["/urgentie"]),
    "urgency that is a list": (altered(urgentie=[CANARY]), "schema-ongeldig", ["/urgentie"]),
    "id is no UUID": (altered(id=CANARY), "schema-ongeldig", ["/id"]),
    "id is a number": (altered(id=5), "schema-ongeldig", ["/id"]),
    "no data": (altered(data=None), "schema-ongeldig", ["/data"]),
    "an attribute too many": (altered(**{CANARY: 1}), "schema-ongeldig", [""]),
    "a field of the wrong kind": (said(data=report(kenmerk=[CANARY])), "schema-ongeldig", ["/data/kenmerk"]),
    "a field deep inside": (
        said(data=report(betrokkenen=people(geslacht=CANARY))),
        "schema-ongeldig",
        ["/data/betrokkenen/0/geslacht"],
    ),
    "a field too many": (said(data=report(**{CANARY: CANARY})), "schema-ongeldig", ["/data"]),
    "a real person on test": (
        said(data=report(betrokkenen=people(bsn=REAL_BSN))),
        "testgegevens",
        ["/data/betrokkenen/0/bsn"],
    ),
    "municipality of nowhere": (said(data=report(gemeente="GM9999")), "regio-onbekend", []),
    "no envelope": (body(CANARY.encode()), "envelop-ongeldig", []),
    "an empty body": (body(b""), "envelop-ongeldig", []),
    "too large": (body(b"e" * 196_609), "te-groot", []),
    "not JSON": (payload(CANARY.encode()), "json-ongeldig", []),
    "not UTF-8": (payload(b'{"id": "\xff"}'), "json-ongeldig", []),
    "too deep": (payload(b"[" * 33 + b"]" * 33), "json-ongeldig", []),
    "the same name twice": (payload(b'{"id": 1, "id": 2}'), "json-ongeldig", []),
    "a fraction": (payload(b'{"id": 0.5}'), "json-ongeldig", []),
    "no object": (payload(b"[]"), "schema-ongeldig", [""]),
    "a step on no case": (said("vt-test", STAND, {}), "zaak-onbekend", ["/correlationid"]),
    "a step on an unknown case": (
        said("vt-test", STAND, {}, correlationid=uuid4()),
        "zaak-onbekend",
        ["/correlationid"],
    ),
    "confirming what was never sent": (
        said("vt-test", PROCESSED, processed(uuid4())),
        "oorzaak-onbekend",
        ["/data/bericht"],
    ),
}


def refusal(kit: Kit, changes: Changes) -> dict[str, Any]:
    """The one thing that was said: a refusal, to the owner of the virtual host; nothing else has happened."""
    (row,) = changes.inbox
    (answer,) = changes.outbox
    assert (row.fate, changes.cases, changes.held, changes.stored) == (Fate.REJECTED, (), (), ())
    assert (answer.partner, answer.type, answer.id) == (row.partner, wire_type(REFUSAL), row.answer)
    found = kit.opened(answer)
    assert CANARY not in json.dumps(found)
    return found


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_not_in_order_is_refused_with_its_code_and_pointers_and_never_a_value(
    kit: Kit, what: str
) -> None:
    made, code, fields = REFUSED[what]

    found = refusal(kit, await kit.decide([made(kit)]))

    assert (found["data"]["code"], found["data"]["velden"]) == (code, fields)
    assert found["data"]["uitleg"]


async def test_a_sound_message_is_accepted_so_that_each_refusal_above_has_one_cause(kit: Kit) -> None:
    for made in (said(), said(time=timedelta(minutes=4)), said(expirytime=timedelta(6))):
        assert (await kit.decide([made(kit)])).inbox[0].fate is Fate.ACCEPTED


@pytest.mark.parametrize("named", ["7c1b3f0e-5f0a-4c1d-9a55-0f5a3c2b1d10", CANARY, "", None])
async def test_the_refusal_of_an_unopened_body_names_it_by_a_uuid_of_the_broker_or_not_at_all(
    kit: Kit, named: str | None
) -> None:
    bytes_ = CANARY.encode()
    changes = await kit.decide([replace(raw(kit, bytes_), properties=Properties(named, "politie-test"))])

    found = refusal(kit, changes)
    expected = named if named and named != CANARY else None
    assert found.get("causationid") == found["data"].get("bericht") == expected
    assert (found["data"]["hashVan"], found["data"]["sha256"]) == ("bericht", sha256_hex(bytes_))


async def test_the_refusal_of_an_opened_message_names_it_by_its_signed_id_and_hash(kit: Kit) -> None:
    told = await kit.tell("politie-test", REPORT, {})
    found = told.one("politie-test", REFUSAL)

    assert found["causationid"] == found["data"]["bericht"] == str(told.id)
    assert (found["data"]["hashVan"], found["data"]["sha256"]) == ("inhoud", told.sha256)


async def test_a_key_counts_until_it_is_revoked(kit: Kit) -> None:
    police = kit.speakers["politie-test"].partner
    signing = next(key.kid for key in police.keys if key.use is KeyUse.SIGNING)
    sound, late = said()(kit), said()(kit)
    assert (await kit.decide([sound])).inbox[0].fate is Fate.ACCEPTED

    await changed(kit, lambda directory: revoke_key(directory, police.id, signing, datetime.now(UTC)))

    assert refusal(kit, await kit.decide([late]))["data"]["code"] == "envelop-ongeldig"


async def test_a_partner_that_has_ended_is_refused_and_still_told(kit: Kit) -> None:
    police, now = kit.speakers["politie-test"].partner, datetime.now(UTC)
    late = said()(kit)
    await changed(kit, lambda directory: end_partner(retire_partner(directory, police.id, now), police.id, now))

    assert refusal(kit, await kit.decide([late]))["data"]["code"] == "envelop-ongeldig"


async def test_production_refuses_test_persons(kit: Kit) -> None:
    real = replace(kit, setting=replace(kit.setting, production=True))

    found = refusal(kit, await real.decide([said()(kit)]))

    assert found["data"]["code"] == "testgegevens"
    assert "/data/betrokkenen/0/bsn" in found["data"]["velden"]


async def test_a_case_is_called_only_by_those_who_may_call_it_so(kit: Kit) -> None:
    opened = await a_case(kit)

    async def asked(name: str, correlation: UUID) -> str:
        told = await kit.tell(name, STAND, {}, correlationid=correlation)
        return str(told.to(name, REFUSAL)[0]["data"]["code"]) if told.to(name, REFUSAL) else "answered"

    assert await asked("vt-test", opened.case) == await asked("politie-test", opened.report) == "answered"
    for name, correlation in (
        ("politie-test", opened.case),
        ("om-test", opened.case),
        ("om-test", opened.report),
        ("wijkteam-test", opened.case),
        ("vt-test", opened.report),
    ):
        assert await asked(name, correlation) == "zaak-onbekend"


async def test_a_closed_case_takes_no_steps_and_a_report_on_it_opens_another(kit: Kit) -> None:
    opened = await a_case(kit)
    await kit.tell("vt-test", "triage.veiligheidsbeoordeling", assessment(opened), correlationid=opened.case)
    await kit.tell("vt-test", CLOSED, correlationid=opened.case)

    late = await kit.tell("vt-test", OFFER, an_offer(kit), correlationid=opened.case)
    joined = await a_report(kit, correlationid=opened.report)

    assert refusal(kit, late.changes)["data"]["code"] == "zaak-gesloten"
    assert joined.case != opened.case


async def test_steps_are_refused_by_what_the_case_allows(kit: Kit) -> None:
    opened = await a_case(kit)
    offer = an_offer(kit)
    await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)
    other = an_offer(kit)

    async def code(name: str, type_: str, data: dict[str, Any]) -> str:
        told = await kit.tell(name, type_, data, correlationid=opened.case)
        return str(refusal(kit, told.changes)["data"]["code"])

    assert await code("wijkteam-test", "overdrachten.aanvaard", a_yes(offer, "0" * 64)) == "aanbod-gewijzigd"
    assert await code("wijkteam-test", NO, a_no(other)) == "overdracht-onbekend"
    assert await code("wijkteam-test", WITHDRAWN, {"overdracht": offer["overdracht"], "reden": "door-gever"}) in (
        "overdracht-onbekend",
        "stap-niet-toegestaan",
    )
    assert await code("vt-test", CLOSED, sample(CLOSED)) == "stap-niet-toegestaan"
    assert await code("wijkteam-test", OFFER, an_offer(kit, "rvdk-test")) == "stap-niet-toegestaan"
    assert await code("vt-test", "triage.melding-vastgelegd", recording(opened)) == "stap-niet-toegestaan"


async def test_a_message_can_be_confirmed_by_its_recipient_only(kit: Kit) -> None:
    reported = await a_report(kit)
    other = await kit.tell("om-test", PROCESSED, processed(reported.presented))

    assert refusal(kit, other.changes)["data"]["code"] == "oorzaak-onbekend"


async def test_an_acute_report_is_not_refused_for_want_of_a_region(kit: Kit) -> None:
    told = await kit.tell("politie-test", REPORT, report(gemeente="GM9999"), urgentie=Lane.ACUTE)

    assert told.to("politie-test", RECEIPT)
    assert told.changes.inbox[0].rule == "acute-fallback"


async def test_the_signed_urgency_counts_not_the_queue(kit: Kit) -> None:
    event = kit.event("politie-test", REPORT, urgentie=Lane.ACUTE)
    with capture_logs() as logs:
        changes = await kit.decide([kit.delivery("politie-test", event, lane=Lane.ROUTINE)])

    assert {row.lane for row in (*changes.inbox, *changes.outbox)} == {Lane.ACUTE}
    assert [(line["event"], line["queue"]) for line in logs] == [(LogEvent.LANE_MISMATCH, "intake.regulier")]


async def changed(kit: Kit, how: Change) -> None:
    await change(kit.engine, from_document, to_document, "test", how)
