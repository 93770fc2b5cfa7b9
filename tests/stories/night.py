"""What cannot wait."""

from tests.stories import words as w
from tests.stories.cast import POLICE, TEAM, VT
from tests.stories.openings import RECORDED, STEPS
from tests.stories.telling import PRESENTED, Story

ALARM = "verwerking.escalatie"


async def acute_report_at_night(story: Story) -> None:
    """Friday, ten to midnight: a child alone upstairs, the father gone and expected back.

    The police reports it as acute, and has phoned. At Veilig Thuis nobody records it: after ten minutes the desk is
    reminded, after a quarter of an hour the one on duty is to be called, then the one behind him. All that time the
    police holds, and hears so too. When it is recorded, the team gets the whole dossier at once, and still has to say
    yes. What the police hears back is which steps were taken.
    """
    family = story.family
    danger = "Vader is weg en komt waarschijnlijk terug."
    said = w.care_report("Kind alleen boven, moeder gewond.", family.mother, family.child, family.father, danger=danger)
    case = await story.reported(POLICE, "meldingen.zorgmelding", said, {VT: PRESENTED}, holds=POLICE, acute=True)

    await case.waits("registratie-acuut", {VT: "verwerking.herinnering"}, holds=POLICE)
    for round_, desk in ((1, "Bureaudienst"), (2, "Achterwacht"), (3, "Bureaudienst")):
        alarm = await case.waits("registratie-acuut", {VT: ALARM, POLICE: ALARM}, holds=POLICE)
        heard = alarm.to(VT, ALARM).data
        assert (heard["ronde"], heard["aanspreekpunt"]["functie"], heard["door"]) == (round_, desk, [VT.oin])
        assert alarm.to(POLICE, ALARM).data["door"] == [VT.oin]

    await case.says(VT, RECORDED, {"melding": case.report}, {POLICE: RECORDED}, holds=VT, acute=True)
    decided = w.assessed(case.report, "overdracht", "lokaal-veld", acuteOnveiligheid=True)
    steps = await case.says(VT, "triage.veiligheidsbeoordeling", decided, {POLICE: STEPS}, holds=VT, acute=True)
    told = steps.to(POLICE, STEPS).data
    assert (told["stap"], told["uitkomst"], told["ontvangendePartijen"]) == (
        "beoordeeld",
        "overdracht",
        ["lokaal-veld"],
    )

    offered = w.offer("Moeder en kind zijn vannacht bij oma.", family, TEAM)
    line = await case.says(
        VT, "overdrachten.aanbod", offered,
        {TEAM: ("overdrachten.aanbod", "overdrachten.dossier")}, holds=VT, acute=True,
    )  # fmt: skip
    assert line.to(TEAM, "overdrachten.dossier").data["volledig"]["situatie"] == "Moeder en kind zijn vannacht bij oma."

    yes = w.accepted(line.to(TEAM, "overdrachten.aanbod"))
    await case.says(TEAM, "overdrachten.aanvaard", yes, {VT: "overdrachten.aanvaard"}, holds=TEAM, acute=True)
    started = {"overdracht": offered["overdracht"], "gestartOp": "2026-03-07"}
    await case.says(TEAM, "overdrachten.hulp-gestart", started, {VT: "overdrachten.hulp-gestart"}, holds=TEAM)
