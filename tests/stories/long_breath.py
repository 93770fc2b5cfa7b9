"""What takes long: research, a table of many, a year and a half of looking after."""

from tests.stories import words as w
from tests.stories.cast import BOARD, DOCTOR, NOBODY, OTHER_TEAM, POLICE, SCHOOL, TEAM, VT
from tests.stories.openings import RECORDED, STEPS, handed_over
from tests.stories.telling import PRESENTED, Story

REPORT, ELSE = "meldingen.professionele-melding", "radar.samenloop"
REMINDED, ALARM = "verwerking.herinnering", "verwerking.escalatie"
TABLE, SAYS, TABLE_STAND = "actieoverleg.aanmelding", "actieoverleg.inbreng", "actieoverleg.stand"
AGREED, TAKEN_ON = "actieoverleg.afspraken", "actieoverleg.afspraak-aanvaard"
QUESTION, ANSWER = "monitoring.vraag", "monitoring.antwoord"
ASSESSED, OUTCOME, CLOSED = "triage.veiligheidsbeoordeling", "triage.onderzoeksuitkomst", "triage.zaak-gesloten"


async def research_that_finds_nothing(story: Story) -> None:
    """A team reports, Veilig Thuis investigates for more than ten weeks, and finds nothing.

    It is reminded, then alarmed; it cannot close the case while it investigates. The team hears that it was
    investigated, and not what was found; it takes its report out of the radar, as it was mistaken. When the school
    reports the same child later, the closed case takes no report: a new one is opened, and the radar has nothing to
    say of the old one.
    """
    family = story.family
    said = w.professional_report("Er zou geslagen worden.", family.child)
    case = await story.reported(OTHER_TEAM, REPORT, said, {VT: PRESENTED}, holds=OTHER_TEAM)
    await case.says(VT, RECORDED, {"melding": case.report}, {OTHER_TEAM: RECORDED}, holds=VT)
    await case.says(VT, ASSESSED, w.assessed(case.report, "onderzoek"), {OTHER_TEAM: STEPS}, holds=VT)
    await case.says(VT, CLOSED, w.closed("geen-vervolg"), refused="stap-niet-toegestaan", holds=VT)
    await case.waits("onderzoek", {VT: REMINDED}, holds=VT)
    await case.waits("onderzoek", {VT: ALARM}, holds=VT)

    line = await case.says(VT, OUTCOME, w.researched("geen-hg", "geen-km"), {OTHER_TEAM: STEPS}, holds=VT)
    told = line.to(OTHER_TEAM, STEPS).data
    assert (told["stap"], told.get("uitkomst")) == ("onderzocht", None)
    assert "geen-hg" not in str(told)
    await case.says(VT, CLOSED, w.closed("geen-vervolg"), holds=NOBODY)
    await case.says(OTHER_TEAM, "radar.intrekking", {"melding": case.report, "reden": "onterecht"}, holds=NOBODY)
    await case.says(VT, OUTCOME, w.researched("km-bevestigd"), refused="zaak-gesloten", holds=NOBODY)

    said = w.professional_report("Valt op in de klas.", family.child, acute_or_structural=False)
    later = await story.reported(SCHOOL, REPORT, said, {VT: PRESENTED}, holds=SCHOOL)
    assert later is not case
    await later.says(VT, ASSESSED, w.assessed(later.report, "geen-vervolg"), {SCHOOL: (RECORDED, STEPS)}, holds=VT)
    await later.says(VT, CLOSED, w.closed("geen-vervolg"), holds=NOBODY)


async def a_case_for_many_disciplines(story: Story) -> None:
    """Structural unsafety for years: the assessment says MDA++, and nobody puts the case on that table.

    Veilig Thuis is alarmed, and does. One at the table knows, one knows nothing, one does not take part and says why,
    one has to be reminded. The doctor, who reported, sits there too: it sees who is there, who has which action, what
    its own is, and hears the rest by voice. The team that leads takes its action on when it is reminded, then the case.
    """
    family = story.family
    said = w.professional_report("Al jaren letsel, steeds een ander ziekenhuis.", family.mother, family.child)
    case = await story.reported(DOCTOR, REPORT, said, {VT: PRESENTED}, holds=DOCTOR)
    await case.says(VT, RECORDED, {"melding": case.report}, {DOCTOR: RECORDED}, holds=VT)
    decided = w.assessed(case.report, "overdracht", "lokaal-veld", structureleOnveiligheid=True, mdaPlusPlus=True)
    await case.says(VT, ASSESSED, decided, {DOCTOR: STEPS}, holds=VT)
    line = await case.waits("aanmelding-mda", {VT: ALARM}, holds=VT)
    assert line.to(VT, ALARM).data["stap"] == TABLE

    at_table = (OTHER_TEAM, BOARD, POLICE, DOCTOR)
    table = w.table("mda-plus-plus", "Al jaren onveilig.", family, *at_table)
    number = table["overleg"]
    line = await case.says(VT, TABLE, table, dict.fromkeys(at_table, TABLE), holds=VT)
    assert line.to(OTHER_TEAM, TABLE).data["reden"] == "Al jaren onveilig."
    assert not {"reden", "betrokkenen"} & line.to(DOCTOR, TABLE).data.keys()

    def others(who: object) -> dict:
        return {VT: (SAYS, TABLE_STAND)} | {one: SAYS for one in at_table if one is not who}

    known = w.known(number, "Wij komen er wekelijks.")
    line = await case.says(OTHER_TEAM, SAYS, known, others(OTHER_TEAM), holds=VT)
    assert line.to(POLICE, SAYS).data["veiligheidsinformatie"] == "Wij komen er wekelijks."
    assert "veiligheidsinformatie" not in line.to(DOCTOR, SAYS).data
    declined = {"overleg": number, "antwoord": "neemt-niet-deel", "reden": "capaciteit"}
    await case.says(BOARD, SAYS, declined, others(BOARD))
    at_table = (OTHER_TEAM, POLICE, DOCTOR)
    await case.says(DOCTOR, SAYS, w.nothing_known(number), others(DOCTOR))
    await case.waits("inbreng-actieoverleg", {POLICE: REMINDED}, holds=VT)
    await case.says(POLICE, SAYS, w.known(number, "Twaalf meldingen in drie jaar."), others(POLICE), holds=VT)

    actions = w.agreed(number, veiligheidsplan_maken=OTHER_TEAM, onderzoek_afronden=VT, wekelijks_spreekuur=DOCTOR)
    heard = {VT: TABLE_STAND} | dict.fromkeys(at_table, AGREED)
    line = await case.says(VT, AGREED, actions, heard, holds=VT)
    assert [one["aanvaard"] for one in line.to(VT, TABLE_STAND).data["afspraken"]] == [False, True, False]
    told = line.to(DOCTOR, AGREED).data["afspraken"]
    assert [one.get("omschrijving") for one in told] == [None, None, "wekelijks spreekuur"]
    its = {"overleg": number, "afspraak": actions["afspraken"][2]["afspraak"], "functie": "Praktijkhouder"}
    heard = {VT: (TAKEN_ON, TABLE_STAND)} | dict.fromkeys((OTHER_TEAM, POLICE), TAKEN_ON)
    await case.says(DOCTOR, TAKEN_ON, its, heard, holds=VT)
    await case.waits("aanvaarding-afspraak", {OTHER_TEAM: REMINDED}, holds=VT)
    mine = {"overleg": number, "afspraak": actions["afspraken"][0]["afspraak"], "functie": "Casusregisseur"}
    heard = {VT: (TAKEN_ON, TABLE_STAND)} | dict.fromkeys((POLICE, DOCTOR), TAKEN_ON)
    line = await case.says(OTHER_TEAM, TAKEN_ON, mine, heard, holds=VT)
    assert [one["aanvaard"] for one in line.to(VT, TABLE_STAND).data["afspraken"]] == [True, True, True]

    offered = w.offer("Regie bij het wijkteam.", family, OTHER_TEAM)
    heard = {OTHER_TEAM: "overdrachten.aanbod"}
    made = (await case.says(VT, "overdrachten.aanbod", offered, heard, holds=VT)).to(OTHER_TEAM, "overdrachten.aanbod")
    heard = {OTHER_TEAM: "overdrachten.dossier", VT: "overdrachten.aanvaard"}
    await case.says(OTHER_TEAM, "overdrachten.aanvaard", w.accepted(made), heard, holds=OTHER_TEAM)


async def the_long_breath(story: Story) -> None:
    """Three months after the team said yes, Veilig Thuis asks how safe it is.

    The team is silent, is reminded, and alarmed; then it answers: unsafe. While that is so the school reports as well.
    The holder stays, Veilig Thuis has to ask again, and now it is safe. A year and a half on it asks a last time; the
    team is done, and the case is closed.
    """
    family = story.family
    case, handover = await handed_over(story, "Stiefvader dreigt.", TEAM)
    line = await case.waits("monitoring-eerste", {VT: REMINDED}, holds=TEAM)
    assert line.to(VT, REMINDED).data["stap"] == QUESTION
    question = w.question()
    await case.says(VT, QUESTION, question, {TEAM: QUESTION}, holds=TEAM)
    await case.waits("antwoord-monitoring", {TEAM: REMINDED}, holds=TEAM)
    await case.waits("antwoord-monitoring", {TEAM: ALARM, VT: ALARM}, holds=TEAM)
    answer = {"vraag": question["vraag"], "resultaat": "onveilig", "nieuweIncidenten": True}
    await case.says(TEAM, ANSWER, answer, {VT: ANSWER}, holds=TEAM)
    assert (await case.stand())["aandacht"]

    said = w.professional_report("Is weer stil.", family.child, acute_or_structural=False)
    joined = await story.reported(SCHOOL, REPORT, said, {VT: (PRESENTED, ELSE)}, holds=TEAM)
    assert joined is case
    contact = {"samenloop": story.heard_by(VT, ELSE)[-1]["samenloop"], "op": "2026-06-20"}
    await case.says(VT, "radar.contact-gelegd", contact, holds=TEAM)
    await case.says(VT, RECORDED, {"melding": case.report}, {SCHOOL: RECORDED}, holds=TEAM)
    await case.says(VT, ASSESSED, w.assessed(case.report, "geen-vervolg"), {SCHOOL: STEPS}, holds=TEAM)
    question = w.question("Wat betekent de nieuwe melding voor de veiligheid?")
    await case.says(VT, QUESTION, question, {TEAM: QUESTION}, holds=TEAM)
    await case.says(TEAM, ANSWER, {"vraag": question["vraag"], "resultaat": "veilig"}, {VT: ANSWER}, holds=TEAM)
    assert "aandacht" not in await case.stand()

    await case.waits("monitoring-tweede", {VT: REMINDED}, holds=TEAM)
    question = w.question()
    await case.says(VT, QUESTION, question, {TEAM: QUESTION}, holds=TEAM)
    await case.says(TEAM, ANSWER, {"vraag": question["vraag"], "resultaat": "veilig"}, {VT: ANSWER}, holds=TEAM)
    done = {"overdracht": handover, "afgerondOp": "2027-09-30", "resultaat": "volgens-plan"}
    await case.says(TEAM, "overdrachten.afgerond", done, {VT: "overdrachten.afgerond"}, holds=TEAM)
    await case.says(VT, CLOSED, w.closed("vervolg-afgerond"), {TEAM: CLOSED}, holds=NOBODY)
