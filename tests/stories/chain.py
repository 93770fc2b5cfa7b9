"""Where punishment and care meet."""

from datetime import UTC, datetime, timedelta

from hub.schemas.texts import moment_text
from tests.stories import words as w
from tests.stories.cast import BOARD, GI, NOBODY, POLICE, PROBATION, PROSECUTION, TEAM, VT, without
from tests.stories.openings import RECORDED, STEPS, handed_over
from tests.stories.telling import PRESENTED, Story

ORDER, BOARD_NOTICE, ELSE = "meldingen.huisverbod", "meldingen.raadsbericht", "radar.samenloop"
NOTICE, BREACH = "meldingen.strafrechtelijk-bericht", "meldingen.reclasseringssignaal"
OFFER, YES, FULL = "overdrachten.aanbod", "overdrachten.aanvaard", "overdrachten.dossier"
MEASURE = "meldingen.jeugdbeschermingsbericht"
TABLE, SAYS, TABLE_STAND = "actieoverleg.aanmelding", "actieoverleg.inbreng", "actieoverleg.stand"
AGREED, TAKEN_ON = "actieoverleg.afspraken", "actieoverleg.afspraak-aanvaard"


async def a_restraining_order_with_children(story: Story) -> None:
    """The father is put out of the house for ten days, and later for four weeks; there is a child.

    The order goes to Veilig Thuis, to the Public Prosecution Service and, for the child, to the Board; where the father
    can be reached is for Veilig Thuis only. The Board starts of its own motion, which joins the case by the child. Help
    is there already: Veilig Thuis writes down with whom, and holds until it closes the case.
    """
    family = story.family
    persons = family.father, family.mother, family.child
    said = w.restraining_order("Vader heeft moeder geslagen.", *persons, until="2026-03-17T01:00:00+01:00")
    heard = {VT: PRESENTED, PROSECUTION: ORDER, BOARD: ORDER}
    case = await story.reported(POLICE, ORDER, said, heard, holds=POLICE)
    (prosecutor,), (board,) = story.heard_by(PROSECUTION, ORDER), story.heard_by(BOARD, ORDER)
    assert not {"contactadresUithuisgeplaatste", "omschrijving"} & prosecutor.keys()
    assert "contactadresUithuisgeplaatste" not in board
    assert [person.get("bsn") for person in prosecutor["betrokkenen"]] == [None, None, None]
    assert board["betrokkenen"][2]["bsn"] == family.child["bsn"]
    await case.says(VT, RECORDED, {"melding": case.report}, {POLICE: RECORDED}, holds=VT)

    said = w.board_notice("Ambtshalve gestart.", family.child, kind="ambtshalve-start", new=True)
    joined = await story.reported(BOARD, BOARD_NOTICE, said, {VT: (PRESENTED, ELSE)}, holds=VT)
    assert joined is case
    await case.says(VT, RECORDED, {"melding": case.report}, {BOARD: RECORDED}, holds=VT)

    said = w.restraining_order("Verlengd tot vier weken.", *persons, until="2026-04-04T01:00:00+02:00")
    heard = {VT: (PRESENTED, ELSE), PROSECUTION: ORDER, BOARD: ORDER}
    line = await case.says(POLICE, ORDER, said, heard, holds=VT)
    # That both reported on one case is not theirs to know: each hears the order as the law says, and no more.
    assert line.to(BOARD, ORDER).event.correlationid is None
    await case.says(VT, RECORDED, {"melding": case.report}, {POLICE: RECORDED}, holds=VT)

    for number, reporter in zip(case.reports, (POLICE, BOARD, POLICE), strict=True):
        decided = w.assessed(number, "overdracht", "bovenwettelijke-taak", "hulp-al-aanwezig")
        await case.says(VT, "triage.veiligheidsbeoordeling", decided, {reporter: STEPS}, holds=VT)
    placed = {"met": "hulp-al-aanwezig", "functie": "Medewerker Veilig Thuis", "op": "2026-03-20"}
    await case.says(VT, "overdrachten.belegd", placed, holds=VT)
    await case.says(VT, "triage.zaak-gesloten", w.closed("vervolg-afgerond"), holds=NOBODY)


async def a_suspect_is_released(story: Story) -> None:
    """The man of a family that a team already helps is let go, with a ban on contact.

    The number of a suspect joins no cases: one man may be a danger in two families. So the notice opens a case beside
    the first, and those who may know of each other hear who else reported. The Public Prosecution Service puts the case
    on the joint table before it decides, with the clock of the custody: who has said what, and who is missing, it sees
    at every moment. Each agreed action has one party, which takes it on. When the ban is broken, all at the table hear.
    """
    family = story.family
    first, _ = await handed_over(story, "Man slaat vrouw op straat.", TEAM)
    suspect, victim = family.father, without(family.mother, "bsn", "adres")
    heard = {
        VT: (PRESENTED, ELSE), POLICE: (NOTICE, ELSE), BOARD: NOTICE, PROBATION: NOTICE, PROSECUTION: ELSE
    }  # fmt: skip
    case = await story.reported(
        PROSECUTION, NOTICE, w.release("Vandaag vrijgelaten.", suspect, victim), heard, holds=PROSECUTION, acute=True
    )
    assert case is not first
    await first.is_held_by(TEAM)
    await case.says(VT, RECORDED, {"melding": case.report}, {PROSECUTION: RECORDED}, holds=VT)

    clock = moment_text(datetime.now(UTC) + timedelta(hours=20))
    table = w.table("actieoverleg", "Eerst afstemmen.", family, VT, POLICE, PROBATION, besluitVoor=clock)
    number = table["overleg"]
    await case.says(PROSECUTION, TABLE, table, dict.fromkeys((VT, POLICE, PROBATION), TABLE), holds=VT)
    line = await case.says(
        PROBATION, SAYS, w.known(number, "Houdt zich slecht aan afspraken."),
        {PROSECUTION: (SAYS, TABLE_STAND), VT: SAYS, POLICE: SAYS}, holds=VT,
    )  # fmt: skip
    assert _seats(line.to(PROSECUTION, TABLE_STAND).data) == {VT: "wacht", POLICE: "wacht", PROBATION: "bekend"}
    await case.says(
        POLICE, SAYS, w.nothing_known(number), {PROSECUTION: (SAYS, TABLE_STAND), VT: SAYS, PROBATION: SAYS}
    )
    await case.waits("inbreng-actieoverleg", {VT: "verwerking.herinnering"}, holds=VT)
    line = await case.waits("inbreng-actieoverleg", {VT: "verwerking.escalatie", PROSECUTION: TABLE_STAND}, holds=VT)
    assert _seats(line.to(PROSECUTION, TABLE_STAND).data)[VT] == "ontbreekt"
    line = await case.says(
        VT, SAYS, w.known(number, "De onveiligheid duurt al jaren."),
        {PROSECUTION: (SAYS, TABLE_STAND), POLICE: SAYS, PROBATION: SAYS}, holds=VT,
    )  # fmt: skip
    assert _seats(line.to(PROSECUTION, TABLE_STAND).data)[VT] == "bekend"

    actions = w.agreed(number, toezicht_verscherpen=PROBATION, adres_in_de_gaten=POLICE, zitting_vervroegen=PROSECUTION)
    ids = {line["verantwoordelijke"]: line["afspraak"] for line in actions["afspraken"]}
    heard = {PROSECUTION: TABLE_STAND} | dict.fromkeys((VT, POLICE, PROBATION), AGREED)
    await case.says(PROSECUTION, AGREED, actions, heard, holds=VT)
    for who, other in ((PROBATION, POLICE), (POLICE, PROBATION)):
        taken_on = {"overleg": number, "afspraak": ids[who.oin], "functie": "Teamleider"}
        heard = {PROSECUTION: (TAKEN_ON, TABLE_STAND), VT: TAKEN_ON, other: TAKEN_ON}
        line = await case.says(who, TAKEN_ON, taken_on, heard)
    assert all(action["aanvaard"] for action in line.to(PROSECUTION, TABLE_STAND).data["afspraken"])

    heard = {VT: (PRESENTED, ELSE), PROSECUTION: (BREACH, ELSE), POLICE: (BREACH, ELSE), PROBATION: ELSE}
    line = await case.says(PROBATION, BREACH, w.breach("Bij de deur gezien.", suspect), heard, holds=VT)
    found = line.to(PROBATION, ELSE).data
    assert {hit["organisatie"] for hit in found["meldingen"]} == {PROSECUTION.oin, POLICE.oin}
    contact = {"samenloop": found["samenloop"], "op": "2026-03-13"}
    await case.says(PROBATION, "radar.contact-gelegd", contact, holds=VT)
    await case.says(VT, RECORDED, {"melding": case.report}, {PROBATION: RECORDED}, holds=VT)

    for report, reporter in zip(case.reports, (PROSECUTION, PROBATION), strict=True):
        decided = w.assessed(report, "overdracht", "politie-of-om", structureleOnveiligheid=True)
        await case.says(VT, "triage.veiligheidsbeoordeling", decided, {reporter: STEPS}, holds=VT)
    over = {"melding": case.reports[0], "reden": "risico-weg"}
    await case.says(PROSECUTION, "radar.intrekking", over, holds=VT)
    at_table = dict.fromkeys((PROSECUTION, VT, POLICE, PROBATION), "zaken.wijziging")
    await case.says(VT, "triage.zaak-gesloten", w.closed("vervolg-afgerond"), at_table, holds=NOBODY)
    await first.is_held_by(TEAM)


async def a_measure_and_who_carries_it_out(story: Story) -> None:
    """The Board takes a case over, a court puts the child under supervision, and an institution carries that out.

    The Board says what came of its investigation, and hands on; the institution says yes and holds. That the measure
    has begun is news on the case. That the child is not safe under it is a report: the triage has to look again, and
    the institution holds on.
    """
    family = story.family
    case, _ = await handed_over(story, "Ernstige verwaarlozing.", BOARD)
    notice = w.board_notice(
        "Ondertoezichtstelling verzocht.", family.child,
        kind="uitkomst", new=False, verzoekAanRechter=True, maatregelen=["ondertoezichtstelling"],
    )  # fmt: skip
    await case.says(BOARD, BOARD_NOTICE, notice, {VT: BOARD_NOTICE}, holds=BOARD)

    offered = w.offer("Ondertoezichtstelling van een jaar.", family, GI, kind="gecertificeerde-instelling")
    made = (await case.says(BOARD, OFFER, offered, {GI: OFFER}, holds=BOARD)).to(GI, OFFER)
    await case.says(GI, YES, w.accepted(made), {GI: FULL, BOARD: YES, VT: YES}, holds=GI)

    begun = w.protection_notice(
        "De jeugdbeschermer is begonnen.", family.child,
        kind="start-maatregel", new=False, maatregel="ondertoezichtstelling",
    )  # fmt: skip
    line = await case.says(GI, MEASURE, begun, {VT: MEASURE, BOARD: MEASURE}, holds=GI)
    assert "omschrijving" not in line.to(BOARD, MEASURE).data
    unsafe = w.protection_notice("Vader komt toch aan de deur.", family.child, kind="onveiligheid", new=True)
    await case.says(GI, MEASURE, unsafe, {VT: (PRESENTED, ELSE), BOARD: MEASURE}, holds=GI)
    assert (await case.stand())["aandacht"]
    await case.says(VT, RECORDED, {"melding": case.report}, {GI: RECORDED}, holds=GI)
    decided = w.assessed(case.report, "overdracht", "gecertificeerde-instelling", acuteOnveiligheid=True)
    await case.says(VT, "triage.veiligheidsbeoordeling", decided, {GI: STEPS}, holds=GI)


def _seats(stand: w.Data) -> dict[object, str]:
    by_oin = {player.oin: player for player in (VT, POLICE, PROBATION)}
    return {by_oin[seat["partij"]]: seat["stand"] for seat in stand["deelnemers"]}
