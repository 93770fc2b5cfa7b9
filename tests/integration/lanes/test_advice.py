"""Advice: a question to the triage of a region and its answer, on no case, and nobody in it can be known."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.ids import RegionId
from hub.ports import Fate, OutboxRow
from hub.routing.changes import retire_partner
from hub.schemas.samples import sample
from tests.databases import one, rows
from tests.kit import Kit, Told
from tests.talk import (
    AT_ONCE,
    PRESENTED,
    RECEIPT,
    REFUSAL,
    a_report,
    timers,
    waits,
)

ASKED, GIVEN = "adviezen.adviesvraag", "adviezen.advies"
UTRECHT, IN_UTRECHT = RegionId("utrecht"), "GM0344"
CANARIES = {
    "bsn": "Het gaat om 999911004, kent u die?",
    "telefoonnummer": "Bel haar op 06 12345678.",
    "e-mailadres": "Mail naar kanarie@voliere.example voor meer.",
    "adres": "Ze wonen op 2511 AB 12.",
    "geboortedatum": "Hij is geboren op 12 mei 2017.",
}


def question(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in (sample(ASKED) | fields).items() if value is not None}


async def asked(kit: Kit, name: str = "wijkteam-test", **fields: Any) -> Told:
    return await kit.tell(name, ASKED, question(**fields))


async def advised(kit: Kit, cause: UUID | None, name: str = "vt-test", **changes: Any) -> Told:
    return await kit.tell(name, GIVEN, changes.pop("data", None), causationid=cause, **changes)


def at(told: Told, name: str = "vt-test") -> UUID:
    """The id under which this desk knows the question."""
    return UUID(told.one(name, ASKED)["id"])


def refusal(told: Told, name: str) -> dict[str, Any]:
    found: dict[str, Any] = told.one(name, REFUSAL)["data"]
    return found


# --- the way ------------------------------------------------------------------------------------------------------


async def test_a_question_goes_to_the_triage_of_its_region_and_opens_nothing(kit: Kit) -> None:
    told = await asked(kit)

    said = told.one("vt-test", ASKED)
    assert (said["data"]["vraag"], said["data"]["van"]) == (question()["vraag"], kit.oin("wijkteam-test"))
    assert {"correlationid", "causationid"}.isdisjoint(said)
    assert "referentie" not in told.one("wijkteam-test", RECEIPT)["data"]
    assert {row.partner for row in told.changes.outbox} == {"vt-test", "wijkteam-test"}
    assert (told.changes.cases, told.changes.radar) == ((), ())
    assert await one(kit.engine, "select count(*) from cases") == 0


async def test_a_question_about_another_region_goes_to_the_desk_there(kit: Kit) -> None:
    await kit.add("vt-utrecht", Role.VEILIG_THUIS, UTRECHT, 50)
    told = await asked(kit, gemeente=IN_UTRECHT)

    assert told.to("vt-test") == []
    assert told.one("vt-utrecht", ASKED)["data"]["vraag"] == question()["vraag"]


async def test_a_question_without_a_municipality_goes_to_the_desk_of_the_askers_own_region(kit: Kit) -> None:
    assert (await asked(kit, gemeente=None)).to("vt-test", ASKED)


async def test_the_answer_goes_to_who_asked_and_to_nobody_else(kit: Kit) -> None:
    told = await asked(kit)
    answer = await advised(kit, at(told))

    said = answer.one("wijkteam-test", GIVEN)
    assert said["causationid"] == str(told.id)
    assert (said["data"]["advies"], said["data"]["van"]) == (sample(GIVEN)["advies"], kit.oin("vt-test"))
    assert {row.partner for row in answer.changes.outbox} == {"vt-test", "wijkteam-test"}


async def test_a_question_may_have_more_than_one_answer_also_in_the_same_batch(kit: Kit) -> None:
    told = await asked(kit)
    cause = at(told)
    payloads = [kit.event("vt-test", GIVEN, causationid=cause) for _ in range(2)]
    changes = await kit.decide([kit.delivery("vt-test", one_) for one_ in payloads])

    assert [row.partner for row in changes.outbox if row.type.endswith("advies.v1")] == ["wijkteam-test"] * 2


async def test_an_acute_question_is_answered_in_its_lane(kit: Kit) -> None:
    told = await kit.tell("politie-test", ASKED, urgentie=Lane.ACUTE)
    answer = await advised(kit, at(told), urgentie=Lane.ACUTE)

    assert {row.lane for row in (*told.changes.outbox, *answer.changes.outbox)} == {Lane.ACUTE}


async def test_the_successor_of_who_asked_gets_the_answer(kit: Kit) -> None:
    told = await asked(kit)
    await kit.add("wijkteam-nieuw", Role.LOCAL_TEAM, RegionId("haaglanden"), 52)
    former, new = kit.speakers["wijkteam-test"].partner.id, kit.speakers["wijkteam-nieuw"].partner.id
    await kit.change(lambda directory: retire_partner(directory, former, kit.now(), new))
    answer = await advised(kit, at(told))

    assert answer.to("wijkteam-test") == []
    assert answer.one("wijkteam-nieuw", GIVEN)["recipient"].endswith(kit.oin("wijkteam-nieuw"))


# --- an answer to nothing -----------------------------------------------------------------------------------------


async def test_an_answer_that_names_no_question_is_refused(kit: Kit) -> None:
    said = refusal(await advised(kit, None), "vt-test")
    assert (said["code"], said["velden"]) == ("oorzaak-onbekend", ["/causationid"])


async def test_an_answer_to_what_is_no_question_is_refused(kit: Kit) -> None:
    reported = await a_report(kit)
    assert reported.told.to("vt-test", PRESENTED)

    assert refusal(await advised(kit, reported.presented), "vt-test")["code"] == "oorzaak-onbekend"


async def test_an_answer_to_a_message_of_its_own_is_refused(kit: Kit) -> None:
    told = await asked(kit)
    answer = await advised(kit, at(told))

    assert refusal(await advised(kit, answer.id), "vt-test")["code"] == "oorzaak-onbekend"


async def test_a_desk_that_did_not_get_the_question_cannot_answer_it(kit: Kit) -> None:
    await kit.add("vt-utrecht", Role.VEILIG_THUIS, UTRECHT, 50)
    told = await asked(kit)
    brief = kit.limited(early_step_wait=waits(0))
    answer = await advised(brief, at(told), name="vt-utrecht")

    assert refusal(answer, "vt-utrecht")["code"] == "oorzaak-onbekend"
    assert answer.to("wijkteam-test") == []


async def test_an_answer_before_its_question_is_known_waits_for_it(kit: Kit) -> None:
    """The asker's own id is not the one that the desk knows, so only a question that is still to come is waited for."""
    kit, said = kit.limited(early_step_wait=waits(600), retry=AT_ONCE), list[OutboxRow]()
    told = await asked(kit)
    early = await advised(kit, uuid4())
    assert [row.fate for row in early.changes.inbox] == [Fate.RETRY]
    await timers(kit, said).look()

    assert said == []
    assert (await advised(kit, at(told))).to("wijkteam-test", GIVEN)
    # Its answer is known by then: the wait is over and nothing came.
    await timers(kit.limited(early_step_wait=waits(0)), said).look()
    assert [kit.opened(row)["data"]["code"] for row in said] == ["oorzaak-onbekend"]


# --- nobody is in it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CANARIES)
async def test_a_question_that_identifies_is_refused_and_told_where_and_by_what_kind(kit: Kit, kind: str) -> None:
    told = await asked(kit, context=CANARIES[kind])

    said = refusal(told, "wijkteam-test")
    assert (said["code"], said["velden"]) == ("persoonsgegevens-in-adviesvraag", ["/data/context"])
    assert said["gevonden"] == [kind]
    assert {row.partner for row in told.changes.outbox} == {"wijkteam-test"}
    assert CANARIES[kind] not in str(await rows(kit.engine, "select * from inbox"))


async def test_an_advice_that_identifies_is_refused_too(kit: Kit) -> None:
    told = await asked(kit)
    answer = await advised(kit, at(told), data=sample(GIVEN) | {"advies": CANARIES["bsn"]})

    assert refusal(answer, "vt-test")["velden"] == ["/data/advies"]
    assert answer.to("wijkteam-test") == []


async def test_the_refusal_is_the_same_to_the_byte_when_the_question_comes_again(kit: Kit) -> None:
    """It is rebuilt from what is kept of the message, which is not its text."""
    told = await asked(kit, context=CANARIES["bsn"], vraag=CANARIES["adres"])
    again = Told(kit, told.payload, await kit.decide([kit.delivery("wijkteam-test", told.payload)]))

    assert refusal(told, "wijkteam-test")["gevonden"] == ["adres", "bsn"]
    assert again.to("wijkteam-test") == told.to("wijkteam-test")
    assert again.row("wijkteam-test", REFUSAL).sha256 == told.row("wijkteam-test", REFUSAL).sha256
    assert again.changes.duplicates == 1


async def test_the_receipt_of_a_question_is_the_same_when_it_comes_again_and_nobody_is_asked_twice(kit: Kit) -> None:
    told = await asked(kit)
    again = Told(kit, told.payload, await kit.decide([kit.delivery("wijkteam-test", told.payload)]))

    assert again.to("wijkteam-test") == told.to("wijkteam-test")
    assert again.to("vt-test") == []


async def test_it_is_counted_by_who_asked_and_logged_of_nobody_in_particular(kit: Kit) -> None:
    told = await asked(kit)
    answer = await advised(kit, at(told))

    found = await rows(kit.engine, "select type, role, region, number from counts")
    assert found == [{"type": ASKED, "role": "lokaal-team", "region": "haaglanden", "number": 1}]
    for line in (*told.changes.processing, *answer.changes.processing):
        assert not any("subject" in name for name in line.attributes)


async def test_a_case_that_is_named_is_no_part_of_it(kit: Kit) -> None:
    reported = await a_report(kit)
    told = await kit.tell("politie-test", ASKED, correlationid=reported.report)

    assert {"correlationid", "causationid"}.isdisjoint(told.one("vt-test", ASKED))
    assert {"zaakversie", "houder"}.isdisjoint(told.one("vt-test", ASKED)["data"])
    assert told.changes.cases == ()
