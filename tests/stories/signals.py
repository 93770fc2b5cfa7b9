"""What nobody sees alone."""

from tests.stories import words as w
from tests.stories.cast import BOARD, DOCTOR, NOBODY, OTHER_TEAM, POLICE, SCHOOL, VT, without
from tests.stories.openings import RECORDED, STEPS
from tests.stories.telling import PRESENTED, Story

ELSE, CHANGED = "radar.samenloop", "zaken.wijziging"
REPORT = "meldingen.professionele-melding"


async def three_light_signals_are_structural_together(story: Story) -> None:
    """School, doctor and a neighbourhood team each see something small, within a week, of the same child.

    None of them knows of the others, and none hears of the others: Veilig Thuis does, by who and on which ground, and
    never by what. The reports come together on one case, each with a decision of its own, and its holder stays.
    Together they are structural: research confirms it, and the Board takes over and says what it starts.
    """
    family = story.family
    said = w.professional_report("Slaapt in de klas, elke maandag.", family.child, acute_or_structural=False)
    case = await story.reported(SCHOOL, REPORT, said, {VT: PRESENTED}, holds=SCHOOL)
    await case.says(VT, RECORDED, {"melding": case.report}, {SCHOOL: RECORDED}, holds=VT)

    said = w.professional_report("Blauwe plekken, verklaring past niet.", family.child, acute_or_structural=False)
    joined = await story.reported(DOCTOR, REPORT, said, {VT: (PRESENTED, ELSE)}, holds=VT)
    assert joined is case
    (found,) = story.heard_by(VT, ELSE)
    (hit,) = found["meldingen"]
    assert (hit["organisatie"], hit["referentie"], hit["zelfdePersoon"]) == (SCHOOL.oin, case.reports[0], True)
    assert "bsn" in hit["gronden"]
    await case.says(VT, RECORDED, {"melding": case.report}, {DOCTOR: RECORDED}, holds=VT)
    await case.says(VT, "radar.contact-gelegd", {"samenloop": found["samenloop"], "op": "2026-03-10"})

    child, mother = family.child, family.mother
    said = w.professional_report("Moeder durft niet naar huis.", mother, child, acute_or_structural=False)
    joined = await story.reported(OTHER_TEAM, REPORT, said, {VT: (PRESENTED, ELSE)}, holds=VT)
    assert joined is case
    found = story.heard_by(VT, ELSE)[-1]
    assert {hit["organisatie"] for hit in found["meldingen"]} == {SCHOOL.oin, DOCTOR.oin}
    await case.waits("contact-gelegd", {VT: "verwerking.herinnering"}, holds=VT, about=found["samenloop"])
    await case.says(VT, "radar.contact-gelegd", {"samenloop": found["samenloop"], "op": "2026-03-13"})
    await case.says(VT, RECORDED, {"melding": case.report}, {OTHER_TEAM: RECORDED}, holds=VT)

    reporters = (SCHOOL, DOCTOR, OTHER_TEAM)
    for number, reporter in zip(case.reports, reporters, strict=True):
        decided = w.assessed(number, "onderzoek", structureleOnveiligheid=True)
        await case.says(VT, "triage.veiligheidsbeoordeling", decided, {reporter: STEPS}, holds=VT)
    outcome = w.researched("km-bevestigd", aardVastgesteld=["lichamelijke-mishandeling"], vervolg=["rvdk"])
    line = await case.says(VT, "triage.onderzoeksuitkomst", outcome, dict.fromkeys(reporters, STEPS), holds=VT)
    for reporter in reporters:
        told = line.to(reporter, STEPS).data
        assert (told["stap"], told.get("uitkomst"), told["ontvangendePartijen"]) == ("onderzocht", None, ["rvdk"])

    offered = w.offer("Structureel onveilig, ouders ontkennen.", family, BOARD, kind="rvdk")
    line = await case.says(VT, "overdrachten.aanbod", offered, {BOARD: "overdrachten.aanbod"}, holds=VT)
    yes = w.accepted(line.to(BOARD, "overdrachten.aanbod"))
    await case.says(
        BOARD,
        "overdrachten.aanvaard",
        yes,
        {BOARD: "overdrachten.dossier", VT: "overdrachten.aanvaard"},
        holds=BOARD,
    )
    notice = w.board_notice("Wij starten een onderzoek.", family.child, kind="intake", new=False, onderzoek=True)
    await case.says(BOARD, "meldingen.raadsbericht", notice, {VT: "meldingen.raadsbericht"}, holds=BOARD)


async def a_report_that_was_joined_wrongly(story: Story) -> None:
    """The school types the number of the one cousin with a report on the other.

    The radar joins it, rightly by what it was told. Veilig Thuis takes it apart: a case of its own, which it holds,
    and each of the two goes its own way from there. Nobody needs to speak with the other about it any more.
    """
    family = story.family
    said = w.care_report("Ruzie op straat, kind erbij.", family.child, family.father)
    case = await story.reported(POLICE, "meldingen.zorgmelding", said, {VT: PRESENTED}, holds=POLICE)
    await case.says(VT, RECORDED, {"melding": case.report}, {POLICE: RECORDED}, holds=VT)

    # It knows no more of him than his name: another sex or birth date would have kept the two apart.
    mistyped = without(family.cousin, "geboortedatum") | {"bsn": family.child["bsn"], "geslacht": "onbekend"}
    said = w.professional_report("Vertelt over ruzie thuis.", mistyped, acute_or_structural=False)
    joined = await story.reported(SCHOOL, REPORT, said, {VT: (PRESENTED, ELSE)}, holds=VT)
    assert joined is case

    other = await case.comes_apart(case.report, {"reden": "andere-personen"}, {SCHOOL: RECORDED, VT: CHANGED})
    decided = w.assessed(other.report, "geen-vervolg")
    await other.says(VT, "triage.veiligheidsbeoordeling", decided, {SCHOOL: STEPS}, holds=VT)
    await other.says(VT, "triage.zaak-gesloten", w.closed("geen-vervolg"), holds=NOBODY)

    decided = w.assessed(case.report, "overdracht", "clientsysteem")
    await case.says(VT, "triage.veiligheidsbeoordeling", decided, {POLICE: STEPS}, holds=VT)
    placed = {"met": "clientsysteem", "functie": "Medewerker Veilig Thuis", "op": "2026-03-13"}
    await case.says(VT, "overdrachten.belegd", placed, holds=VT)
