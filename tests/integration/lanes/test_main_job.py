"""Reports reach the triage, handovers are acknowledged: the lanes on a real database, without a broker."""

from uuid import UUID, uuid4

from hub.canonical.codes import Lane
from hub.schemas.samples import sample
from tests.kit import Kit, Told

RECEIPT = "verwerking.ontvangstbevestiging"
REFUSAL = "verwerking.foutmelding"


async def a_report(kit: Kit) -> tuple[Told, dict]:
    told = await kit.tell("politie-test", "meldingen.zorgmelding")
    return told, told.one("vt-test", "triage.melding-aangeboden")


async def a_case(kit: Kit) -> tuple[str, str]:
    """A case that VT holds: its id, and the report's."""
    _, offered = await a_report(kit)
    report = offered["data"]["melding"]["nummer"]
    data = sample("triage.melding-vastgelegd") | {"melding": report}
    await kit.tell("vt-test", "triage.melding-vastgelegd", data, correlationid=UUID(offered["correlationid"]))
    return offered["correlationid"], report


async def test_a_report_is_receipted_and_presented_to_the_triage_of_its_region(kit: Kit) -> None:
    told, offered = await a_report(kit)

    receipt = told.one("politie-test", RECEIPT)
    assert receipt["data"]["bericht"] == str(told.id) == receipt["causationid"]
    assert receipt["data"]["sha256"] == told.sha256
    assert receipt["data"]["referentie"] == offered["data"]["melding"]["nummer"]
    assert offered["data"]["melding"]["afzender"] == kit.oin("politie-test")
    assert offered["data"]["houder"] == kit.oin("politie-test")
    assert offered["correlationid"] != offered["data"]["melding"]["nummer"]


async def test_the_same_message_again_gets_the_same_receipt_to_the_byte_and_has_no_second_effect(kit: Kit) -> None:
    told, _ = await a_report(kit)
    again = await kit.decide([kit.delivery("politie-test", told.payload), kit.delivery("politie-test", told.payload)])

    assert [kit.opened(row) for row in again.outbox] == told.to("politie-test", RECEIPT)
    assert again.outbox[0].sha256 == told.row("politie-test", RECEIPT).sha256
    assert (again.deliveries, again.duplicates, len(again.cases)) == (2, 2, 0)


async def test_copies_in_one_batch_count_once(kit: Kit) -> None:
    payload = kit.event("politie-test", "meldingen.zorgmelding")
    changes = await kit.decide([kit.delivery("politie-test", payload)] * 3)

    assert (changes.deliveries, changes.duplicates, len(changes.cases)) == (3, 2, 1)


async def test_the_same_id_with_other_content_is_refused(kit: Kit) -> None:
    told, _ = await a_report(kit)
    other = await kit.tell("politie-test", "meldingen.zorgmelding", id=told.id, urgentie=Lane.ACUTE)

    assert other.one("politie-test", REFUSAL)["data"]["code"] == "id-hergebruik"


async def test_recording_moves_the_holder_and_tells_the_reporter_by_its_own_reference(kit: Kit) -> None:
    told, offered = await a_report(kit)
    report = offered["data"]["melding"]["nummer"]
    recorded = await kit.tell(
        "vt-test",
        "triage.melding-vastgelegd",
        sample("triage.melding-vastgelegd") | {"melding": report},
        correlationid=UUID(offered["correlationid"]),
        causationid=UUID(offered["id"]),
    )

    heard = recorded.one("politie-test", "triage.melding-vastgelegd")
    assert heard["correlationid"] == report
    assert heard["causationid"] == str(told.id)
    assert "houder" not in heard["data"]


async def test_a_yes_to_the_latest_offer_moves_the_holder_and_brings_the_dossier(kit: Kit) -> None:
    case, _ = await a_case(kit)
    offer = sample("overdrachten.aanbod") | {"overdracht": str(uuid4()), "kandidaten": [kit.oin("wijkteam-test")]}
    offered = await kit.tell("vt-test", "overdrachten.aanbod", offer, correlationid=UUID(case))
    made = offered.row("wijkteam-test", "overdrachten.aanbod")
    assert "volledig" not in str(offered.one("wijkteam-test", "overdrachten.aanbod"))

    yes = {"overdracht": offer["overdracht"], "functie": "teamleider", "aanbodHash": made.sha256}
    accepted = await kit.tell(
        "wijkteam-test", "overdrachten.aanvaard", yes, correlationid=UUID(case), causationid=made.id
    )

    dossier = accepted.one("wijkteam-test", "overdrachten.dossier")
    assert dossier["data"]["volledig"]["situatie"] == offer["volledig"]["situatie"]
    assert dossier["data"]["houder"] == kit.oin("wijkteam-test")
    assert accepted.one("vt-test", "overdrachten.aanvaard")["data"]["houder"] == kit.oin("wijkteam-test")
