"""How most stories begin: the police reports, Veilig Thuis records and assesses; perhaps a team has taken over."""

from tests.stories import words as w
from tests.stories.cast import POLICE, VT, Player
from tests.stories.telling import PRESENTED, Case, Story

RECORDED = "triage.melding-vastgelegd"
STEPS = "terugkoppelingen.stappen"


async def reported(story: Story, text: str) -> Case:
    family = story.family
    said = w.care_report(text, family.mother, family.child, family.father)
    return await story.reported(POLICE, "meldingen.zorgmelding", said, {VT: PRESENTED}, holds=POLICE)


async def assessed(story: Story, text: str) -> Case:
    """For the local field."""
    case = await reported(story, text)
    await case.says(VT, RECORDED, {"melding": case.report}, {POLICE: RECORDED}, holds=VT)
    decided = w.assessed(case.report, "overdracht", "lokaal-veld", structureleOnveiligheid=True)
    await case.says(VT, "triage.veiligheidsbeoordeling", decided, {POLICE: STEPS}, holds=VT)
    return case


async def handed_over(story: Story, text: str, team: Player) -> tuple[Case, str]:
    """The case, and the number of the handover."""
    case = await assessed(story, text)
    offered = w.offer(text, story.family, team)
    line = await case.says(VT, "overdrachten.aanbod", offered, {team: "overdrachten.aanbod"}, holds=VT)
    yes = w.accepted(line.to(team, "overdrachten.aanbod"))
    await case.says(
        team, "overdrachten.aanvaard", yes, {team: "overdrachten.dossier", VT: "overdrachten.aanvaard"}, holds=team
    )
    return case, offered["overdracht"]
