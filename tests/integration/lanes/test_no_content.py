"""P7, P8: content is nowhere in the clear: in no column, no log line, no error, no name of anything."""

import asyncio
import base64
import json
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.errors import HubError, OurFault
from hub.lanes import asking
from hub.lanes.arrival import arrive
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.lookout import Lookout
from hub.lanes.relay import Relay
from hub.schemas.samples import sample
from hub.simulator.people import strangers
from tests.databases import dumped, rows
from tests.fakes import FakePublisher, until
from tests.kit import Kit
from tests.patience import CEILING
from tests.talk import (
    ASSESSED,
    NO,
    OFFER,
    PRESENTED,
    REPORT,
    YES,
    a_case,
    a_no,
    a_yes,
    an_offer,
    assessment,
    timers,
    waits,
)

NAME, STREET, PHONE, TEXT = "Kanarievogel", "Volièrestraat", "+31 70 1234567", "Hij zong nooit meer."
BSN, SKN, BORN, SHELTER = "999911004", "87654321", "1987-06-05", "Nestkastje 3"
CANARIES = (NAME, STREET, PHONE, TEXT, BSN, SKN, BORN, SHELTER)


def report(family: int = 0) -> dict[str, Any]:
    """Of family 0 the numbers too are canaries; another family has the same words and other numbers."""
    data = strangers(sample(REPORT), family)
    persons = data["betrokkenen"]
    persons[0]["naam"] = {"voorletters": "K.", "achternaam": NAME}
    persons[1] |= {"adresAfgeschermd": {"omschrijving": SHELTER}, "telefoon": PHONE, "geboortedatum": BORN}
    if family == 0:
        persons[0]["bsn"], persons[3]["skn"] = BSN, SKN
    return data | {"omschrijving": TEXT, "plaats": STREET, "zorgschets": TEXT}


def offer(kit: Kit) -> dict[str, Any]:
    made = an_offer(kit, "wijkteam-test", "buurtteam-test")
    full = made["volledig"] | {"situatie": TEXT, "betrokkenen": report()["betrokkenen"][:1]}
    return made | {"volledig": full}


def guises(canary: str) -> Iterator[str]:
    """As it is, escaped, in hexadecimal and in base64 at each of three places."""
    data = canary.encode()
    yield from (canary, json.dumps(canary)[1:-1], data.hex())
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + data).decode()
        yield encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4]


def found_in(text: str) -> set[str]:
    return {canary for canary in CANARIES if any(guise in text for guise in guises(canary))}


async def the_main_job(kit: Kit) -> None:
    """With content in everything that can hold it, and with everything that can go wrong."""
    opened = await a_case(kit, data=report())
    name = {"correlationid": opened.case}
    await kit.tell("vt-test", ASSESSED, assessment(opened, "overdracht"), **name)
    offered = await kit.tell("vt-test", OFFER, made := offer(kit), **name)
    await kit.tell("rvdk-test", NO, a_no(made) | {"toelichting": TEXT}, **name)
    await kit.tell("wijkteam-test", YES, a_yes(made, offered.row("wijkteam-test", OFFER)), **name)
    await kit.tell("vt-test", OFFER, offer(kit), **name)
    held = await a_case(kit, data=report(family=1), urgentie=Lane.ACUTE)
    await kit.tell("vt-test", OFFER, offer(kit), correlationid=held.case, urgentie=Lane.ACUTE)
    # the radar: another reporter on the same child
    board = sample("meldingen.raadsbericht") | {"betrokkenen": report()["betrokkenen"][:1], "omschrijving": TEXT}
    joined = await kit.tell("rvdk-test", "meldingen.raadsbericht", board)
    assert joined.one("vt-test", "radar.samenloop")["correlationid"] == str(opened.case)
    assert joined.one("vt-test", PRESENTED)["data"]["radar"]
    advice = sample("adviezen.adviesvraag")
    await kit.tell("politie-test", "adviezen.adviesvraag", advice | {"vraag": TEXT})
    await kit.tell("politie-test", "adviezen.adviesvraag", advice | {"vraag": f"{TEXT} {PHONE}", "context": BSN})
    # refused: a field of the wrong kind, a name the sender made up, a body that is no envelope, an id that is a name
    await kit.tell("politie-test", REPORT, report() | {"kenmerk": [NAME]})
    await kit.tell("politie-test", REPORT, report() | {NAME: TEXT})
    sound = kit.delivery("politie-test", kit.event("politie-test", REPORT, report()))
    named = replace(sound.properties, message_id=NAME, user_id=NAME)
    await kit.decide([replace(sound, body=TEXT.encode()), replace(sound, properties=named, body=b"niets")])
    # kept: an early step, a message for quarantine
    await kit.tell("vt-test", OFFER, offer(kit), correlationid=held.case, causationid=uuid4())
    await kit.decide([replace(kit.delivery("politie-test", kit.event("politie-test", REPORT, report())), dead=True)])


def failing(*_: Any) -> None:
    raise ValueError(f"{NAME} {TEXT} {BSN}")


async def test_nothing_of_it_is_in_any_column_log_line_or_error(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    with capture_logs() as logs:
        await the_main_job(kit)
        with monkeypatch.context() as broken:
            broken.setattr(asking, "check_environment", failing)
            await kit.tell("politie-test", REPORT, report())
        await timers(kit.limited(delayed_notice_after=waits(0))).look()
        await published(kit)

    assert await rows(kit.engine, "select count(*) from held") != [{"count": 0}]
    assert found_in(await dumped(kit.engine)) == set()
    assert found_in(str(logs)) == set()
    assert logs


async def published(kit: Kit) -> None:
    """Everything that is due, to partners of which one cannot be reached."""
    publisher = FakePublisher(refusing={kit.speakers["om-test"].partner.id})
    await rows(kit.engine, "update outbox set next_at = now()")
    relay = Relay(kit.store, publisher, kit.setting, Patient(Health()), lambda: datetime.now(UTC))
    task = asyncio.create_task(relay.run(Lookout(kit.store, Patient(Health()))))
    await until(lambda: len(publisher.published) > 15)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await relay.drain(CEILING)


async def test_a_refusal_of_the_database_tells_no_content_in_its_whole_chain(kit: Kit) -> None:
    await rows(kit.engine, "alter table inbox add constraint spoilt check (fate <> 'aanvaard')")
    try:
        with pytest.raises(OurFault) as caught:
            await kit.tell("politie-test", REPORT, report())
    finally:
        await rows(kit.engine, "alter table inbox drop constraint spoilt")

    assert found_in("".join(traceback.format_exception(caught.value))) == set()


async def test_what_is_passed_around_does_not_show_its_content_when_it_is_printed(kit: Kit) -> None:
    delivery = kit.delivery("politie-test", kit.event("politie-test", REPORT, report()))
    arrival = arrive(delivery, kit.directory, datetime.now(UTC), kit.setting)
    changes = await kit.decide([delivery])

    assert arrival.attributes is not None
    assert found_in(json.dumps(arrival.attributes)) == set(CANARIES)
    assert found_in(f"{delivery!r} {arrival!r} {arrival.row!r} {changes!r}") == set()


async def test_a_bug_is_named_by_its_kind_and_place_only(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "check_environment", failing)
    changes = await kit.decide([kit.delivery("politie-test", kit.event("politie-test", REPORT, report()))])

    assert [one.code for one in changes.stored] == ["bug:ValueError"]
    assert not isinstance(changes.stored[0].code, HubError)


async def test_the_search_would_find_it_in_every_guise(meddled: Kit) -> None:
    planted = "insert into directory (version, document, change) select 1000, '', :text"
    for several in zip(*map(guises, CANARIES), strict=True):
        await rows(meddled.engine, planted, text=" voor".join(several))
        assert found_in(await dumped(meddled.engine)) == set(CANARIES)
        await rows(meddled.engine, "delete from directory where version = 1000")


async def test_the_search_looks_into_bytes(meddled: Kit) -> None:
    row = "insert into held values (gen_random_uuid(), gen_random_uuid(), :bytes, '', '', now())"
    await rows(meddled.engine, row, bytes=f"voor {NAME} na".encode())

    assert found_in(await dumped(meddled.engine)) == {NAME}
