"""A family that moves, and an organisation that does."""

from tests.stories import words as w
from tests.stories.cast import (
    NOBODY,
    POLICE,
    POLICE_THERE,
    ROTTERDAM,
    TEAM_THAT_ENDS,
    TEAM_THAT_GOES_ON,
    VT,
    VT_THERE,
)
from tests.stories.openings import RECORDED, STEPS, handed_over, reported
from tests.stories.telling import PRESENTED, Story

OFFER, YES, FULL = "overdrachten.aanbod", "overdrachten.aanvaard", "overdrachten.dossier"
ELSE, NOTED = "radar.samenloop", "triage.melding-ter-kennis"


async def a_family_that_moves_to_another_region(story: Story) -> None:
    """In the middle of research the family moves from The Hague to Rotterdam.

    Veilig Thuis there says yes, and from then on has the case, with the end of the research as it ran. A report of the
    police there joins it. So does one from The Hague, when the family is back for a weekend: the desk there hears of
    it, and that others reported. The first reporter hears of the research's end from the desk that it never met.
    """
    family = story.family
    case = await reported(story, "Vader slaat moeder in het bijzijn van het kind.")
    await case.says(VT, RECORDED, {"melding": case.report}, {POLICE: RECORDED}, holds=VT)
    decided = w.assessed(case.report, "onderzoek", structureleOnveiligheid=True)
    await case.says(VT, "triage.veiligheidsbeoordeling", decided, {POLICE: STEPS}, holds=VT)
    ends = _end_of_research(await case.stand())

    offered = w.offer("Gezin is verhuisd, onderzoek loopt.", family, VT_THERE, kind="veilig-thuis")
    made = (await case.says(VT, OFFER, offered, {VT_THERE: OFFER}, holds=VT)).to(VT_THERE, OFFER)
    await case.says(VT_THERE, YES, w.accepted(made), {VT_THERE: FULL, VT: YES}, holds=VT_THERE, desk=VT_THERE)
    assert _end_of_research(await case.stand()) == ends

    said = w.care_report("Opnieuw ruzie, nu in Rotterdam.", family.child, family.father, gemeente=ROTTERDAM)
    joined = await story.reported(
        POLICE_THERE, "meldingen.zorgmelding", said, {VT_THERE: (PRESENTED, ELSE)}, holds=VT_THERE
    )
    assert joined is case
    said = w.care_report("Weekend bij oma, ruzie op straat.", family.child, family.father)
    joined = await story.reported(
        POLICE, "meldingen.zorgmelding", said, {VT_THERE: (PRESENTED, ELSE), VT: (NOTED, ELSE)}, holds=VT_THERE
    )
    assert joined is case
    for number, reporter in zip(case.reports[1:], (POLICE_THERE, POLICE), strict=True):
        await case.says(VT_THERE, RECORDED, {"melding": number}, {reporter: RECORDED}, holds=VT_THERE)
        decided = w.assessed(number, "geen-vervolg")
        await case.says(VT_THERE, "triage.veiligheidsbeoordeling", decided, {reporter: STEPS}, holds=VT_THERE)

    outcome = w.researched("hg-bevestigd", aardVastgesteld=["lichamelijke-mishandeling"], vervolg=["clientsysteem"])
    await case.says(VT_THERE, "triage.onderzoeksuitkomst", outcome, {POLICE: STEPS}, holds=VT_THERE)
    placed = {"met": "clientsysteem", "functie": "Medewerker Veilig Thuis", "op": "2026-06-01"}
    await case.says(VT_THERE, "overdrachten.belegd", placed, holds=VT_THERE)
    await case.says(VT_THERE, "triage.zaak-gesloten", w.closed("vervolg-afgerond"), holds=NOBODY)


async def a_team_that_merges_into_another(story: Story) -> None:
    """The team that holds is merged into another, which is the same party by law: from the operator's word on.

    Veilig Thuis need not know: what it asks the holder reaches the one that goes on, numbered on from what the former
    one got, and the one that goes on may answer, complete what was taken over, and be told of the end.
    """
    case, handover = await handed_over(story, "Moeder is overbelast.", TEAM_THAT_ENDS)
    await story.stage.merge(TEAM_THAT_ENDS, TEAM_THAT_GOES_ON)

    question = w.question("Hoe veilig is het nu?")
    await case.says(VT, "monitoring.vraag", question, {TEAM_THAT_GOES_ON: "monitoring.vraag"}, holds=TEAM_THAT_GOES_ON)
    await case.says(
        TEAM_THAT_GOES_ON,
        "monitoring.antwoord",
        {"vraag": question["vraag"], "resultaat": "veilig"},
        {VT: "monitoring.antwoord"},
        holds=TEAM_THAT_GOES_ON,
    )
    done = {"overdracht": handover, "afgerondOp": "2026-08-31"}
    await case.says(
        TEAM_THAT_GOES_ON, "overdrachten.afgerond", done, {VT: "overdrachten.afgerond"}, holds=TEAM_THAT_GOES_ON
    )
    await case.says(
        VT,
        "triage.zaak-gesloten",
        w.closed("vervolg-afgerond"),
        {TEAM_THAT_GOES_ON: "triage.zaak-gesloten"},
        holds=NOBODY,
    )


def _end_of_research(stand: dict[str, list[dict[str, str]]]) -> str:
    (ends,) = [term["uiterlijk"] for term in stand["termijnen"] if term["naam"] == "onderzoek"]
    return ends
