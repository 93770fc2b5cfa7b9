"""Each disclosure leaves a line, written by the commit that sends it; what is about nobody leaves none.

So does each look into the radar for somebody in a report.
"""

from collections import Counter
from typing import Any

from hub.schemas.registry import message_types
from hub.schemas.samples import sample
from tests.databases import rows
from tests.kit import Kit
from tests.talk import (
    ASSESSED,
    BOARD_NOTICE,
    DOSSIER,
    OFFER,
    PRESENTED,
    RECORDED,
    REPORT,
    YES,
    a_case,
    a_report,
    a_yes,
    about,
    an_offer,
    assessment,
    family,
)

ABOUT_PEOPLE = {PRESENTED, RECORDED, YES, DOSSIER, "terugkoppelingen.stappen"}


async def logged(kit: Kit, kind: str = "verstrekking") -> list[dict[str, Any]]:
    query = "select * from processing_log where name like :kind order by seq"
    return [dict(row) for row in await rows(kit.engine, query, kind=f"{kind} %")]


async def test_each_message_about_people_leaves_one_line_and_no_other_message_does(kit: Kit) -> None:
    reported = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(reported, "overdracht"), correlationid=reported.case)
    offer = an_offer(kit)
    offered = await kit.tell("vt-test", OFFER, offer, correlationid=reported.case)
    yes = a_yes(offer, offered.row("wijkteam-test", OFFER))
    await kit.tell("wijkteam-test", YES, yes, correlationid=reported.case)

    sent = await rows(kit.engine, "select type, partner from outbox")
    told = Counter((message_types()[row["type"]].name, row["partner"]) for row in sent)
    lines = Counter(
        (line["name"].removeprefix("verstrekking "), line["partner"])
        for line in await logged(kit)
        if line["parent_span_id"] is None
    )
    assert lines == Counter({told_: number for told_, number in told.items() if told_[0] in ABOUT_PEOPLE})
    assert {name for name, _ in lines} == ABOUT_PEOPLE


async def test_a_report_of_the_police_is_logged_for_each_person_with_what_the_police_must_know(kit: Kit) -> None:
    reported = await a_report(kit)

    own, *below = await logged(kit)
    persons = sample(REPORT)["betrokkenen"]
    assert len(below) == len(persons)
    assert {line["parent_span_id"] for line in below} == {own["span_id"]}
    (row,) = [row for row in reported.told.changes.outbox if row.partner == "vt-test"]
    assert row.origin is not None
    assert {line["trace_id"] for line in (own, *below)} == {row.origin.hex}
    assert own["attributes"]["dpl.core.foreign_operation.processor"] == f"urn:nld:oin:{kit.oin('vt-test')}"
    assert "/melding/inhoud/omschrijving" in own["attributes"]["ketenhub.bpg-6-4"]["gegevens"]


async def test_the_same_people_are_the_same_ones_in_every_report(kit: Kit) -> None:
    await a_report(kit, data=sample(REPORT))
    first = await logged(kit)
    await a_report(kit, data=sample(REPORT))
    second = (await logged(kit))[len(first) :]

    def subjects(lines: list[dict[str, Any]]) -> list[Any]:
        return [line["attributes"].get("dpl.core.data_subject_id") for line in lines if line["parent_span_id"]]

    assert subjects(first) == subjects(second)
    assert len(set(subjects(first))) > 1


async def test_a_message_that_comes_again_tells_nobody_again(kit: Kit) -> None:
    reported = await a_report(kit)
    before = await logged(kit)
    await kit.decide([kit.delivery("politie-test", reported.told.payload)])

    assert await logged(kit) == before


async def test_the_number_of_a_mother_and_of_a_suspect_goes_to_no_team_and_a_childs_does(kit: Kit) -> None:
    """A ten-year-old who is the victim is a child; the number of its mother is hers."""
    today = kit.now()
    young, grown = f"{today.year - 10}-06-06", f"{today.year - 40}-06-06"
    persons = [
        {"rol": "vermoedelijk-slachtoffer", "geslacht": "vrouw", "bsn": "999911004", "geboortedatum": young},
        {"rol": "vermoedelijk-slachtoffer", "geslacht": "vrouw", "bsn": "999933000", "geboortedatum": grown},
        {"rol": "vermoedelijke-pleger", "geslacht": "man", "bsn": "999920029", "geboortedatum": young},
        {"rol": "kind", "geslacht": "man", "bsn": "999911016"},
    ]
    reported = await a_case(kit)
    offer = an_offer(kit)
    offer |= {"volledig": offer["volledig"] | {"betrokkenen": persons}}
    offered = await kit.tell("vt-test", OFFER, offer, correlationid=reported.case)
    yes = a_yes(offer, offered.row("wijkteam-test", OFFER))
    told = await kit.tell("wijkteam-test", YES, yes, correlationid=reported.case)

    got = told.one("wijkteam-test", DOSSIER)["data"]["volledig"]["betrokkenen"]
    assert [one.get("bsn") for one in got] == ["999911004", None, None, "999911016"]
    _, *below = [line for line in await logged(kit) if line["name"] == f"verstrekking {DOSSIER}"]
    of_youth = ["van de jeugdige" in " ".join(line["attributes"]["ketenhub.grondslagen"]) for line in below]
    assert of_youth == [True, False, False, True]


async def test_each_report_says_for_whom_it_looked_in_the_radar_and_what_it_met(kit: Kit) -> None:
    child, mother, *_ = family(kit)
    police = await a_report(kit, data=about(REPORT, child, mother))
    first = await logged(kit, "vergelijking")
    await a_report(kit, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, child))
    (again,) = (await logged(kit, "vergelijking"))[len(first) :]

    assert [line["attributes"]["ketenhub.radar"]["treffer"] for line in first] == [[], []]
    assert {line["partner"] for line in first} == {"politie-test"}
    assert {line["trace_id"] for line in first} == {row.origin.hex for row in police.told.changes.outbox if row.origin}
    assert again["attributes"]["dpl.core.data_subject_id"] == first[0]["attributes"]["dpl.core.data_subject_id"]
    assert again["attributes"]["ketenhub.radar"]["melder"] == f"urn:nld:oin:{kit.oin('rvdk-test')}"
    assert "bsn" in again["attributes"]["ketenhub.radar"]["treffer"]


async def test_two_reports_in_one_batch_meet_in_their_order(kit: Kit) -> None:
    child, *_ = family(kit)
    said = [kit.event(name, type_, about(type_, child)) for name, type_ in
            (("politie-test", REPORT), ("rvdk-test", BOARD_NOTICE))]  # fmt: skip
    await kit.decide([kit.delivery(name, one) for name, one in zip(("politie-test", "rvdk-test"), said, strict=True)])

    met = [bool(line["attributes"]["ketenhub.radar"]["treffer"]) for line in await logged(kit, "vergelijking")]
    assert met == [False, True]


async def test_what_is_refused_or_no_report_looks_for_nobody(kit: Kit) -> None:
    await kit.tell("politie-test", REPORT, sample(REPORT) | {"soort": "onbekend"})
    await kit.tell("politie-test", "adviezen.adviesvraag")

    assert await logged(kit, "vergelijking") == []
