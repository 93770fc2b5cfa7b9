"""`ketenhub send` and `ketenhub receive`, below the command line."""

import asyncio
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane
from hub.errors import OperatorError
from hub.partner import commands
from hub.partner.profile import Profile
from tests.integration.partner.echo import PATIENCE, EchoHub, until
from tests.unit.partner.kit import said

STEPS = {"melding": str(uuid4()), "stap": "beoordeeld", "uitkomst": "onderzoek"}


async def test_send_gives_the_receipt(me: Profile, hub: EchoHub) -> None:
    code, answer = await commands.send(me.folder, "zaken.standvraag", {}, Lane.ACUTE, UUID(int=5), None, PATIENCE)
    assert code == 0
    assert answer["data"]["bericht"] == hub.got[0].message.message_id
    assert hub.got[0].message.routing_key == "acuut"


async def test_send_without_an_answer_in_time_says_under_which_id(me: Profile, hub: EchoHub) -> None:
    hub.answers = False
    code, answer = await commands.send(me.folder, "zaken.standvraag", {}, Lane.ROUTINE, UUID(int=5), None, 0.3)
    assert code == 4
    await until(lambda: [one.message.message_id for one in hub.got] == [answer["id"]])


async def test_send_gets_its_receipt_also_while_another_process_receives(me: Profile, hub: EchoHub) -> None:
    other = await hub.say(said("terugkoppelingen.stappen", STEPS))
    events: list[dict[str, object]] = []

    async def receive() -> None:
        async for event in commands.receive(me.folder, None):
            events.append(event)  # noqa: PERF401 - it never ends

    receiving = asyncio.create_task(receive())
    await until(lambda: hub.confirmed(other))
    code, _ = await commands.send(me.folder, "zaken.standvraag", {}, Lane.ROUTINE, UUID(int=5), None, PATIENCE)
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    assert code == 0
    assert str(other) in [event["id"] for event in events]


async def test_receive_hands_over_events_and_ends_in_time(me: Profile, hub: EchoHub) -> None:
    id_ = await hub.say(said("terugkoppelingen.stappen", STEPS))
    assert [event["id"] async for event in commands.receive(me.folder, 1.0)] == [str(id_)]
    await until(lambda: hub.confirmed(id_) == ["opgeslagen"])
    assert [event async for event in commands.receive(me.folder, 0.5)] == []


async def test_a_folder_that_is_no_partners_is_an_error_of_the_operator(me: Profile) -> None:
    with pytest.raises(OperatorError, match="partner add"):
        await commands.send(me.folder / "nobody", "zaken.standvraag", {}, Lane.ROUTINE, None, None, 1.0)
