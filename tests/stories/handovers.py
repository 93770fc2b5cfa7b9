"""A yes, a no, a silence, and two that cross."""

from datetime import timedelta

from tests.stories import words as w
from tests.stories.cast import NOBODY, OTHER_TEAM, TEAM, VT
from tests.stories.openings import assessed
from tests.stories.telling import Story

OFFER, YES, NO = "overdrachten.aanbod", "overdrachten.aanvaard", "overdrachten.geweigerd"
TAKEN_BACK, FULL = "overdrachten.ingetrokken", "overdrachten.dossier"
MORE_ASKED, MORE_GIVEN = "overdrachten.aanvulling-gevraagd", "overdrachten.aanvulling-gegeven"
REMINDED, ALARM = "verwerking.herinnering", "verwerking.escalatie"
MONTH = timedelta(days=31)


async def yes_and_withdrawal_cross(story: Story) -> None:
    """Veilig Thuis takes an offer back while the team says yes to it.

    Whichever the hub commits first counts, the other is told that it came too late, and there is one holder. Once each
    way round, once back by an offer the other way, and once truly at the same moment.
    """
    family = story.family
    case = await assessed(story, "Ex-partner staat weer voor de deur.")
    offered = w.offer("Ex-partner staat weer voor de deur.", family, TEAM)
    made = (await case.says(VT, OFFER, offered, {TEAM: OFFER}, holds=VT)).to(TEAM, OFFER)
    taken_back = {"overdracht": offered["overdracht"], "reden": "situatie-gewijzigd"}
    await case.says(VT, TAKEN_BACK, taken_back, {TEAM: TAKEN_BACK}, holds=VT)
    await case.says(TEAM, YES, w.accepted(made), refused="stap-niet-toegestaan", holds=VT)

    offered = w.offer("Ex-partner is terug in huis.", family, TEAM)
    made = (await case.says(VT, OFFER, offered, {TEAM: OFFER}, holds=VT)).to(TEAM, OFFER)
    await case.says(TEAM, YES, w.accepted(made), {TEAM: FULL, VT: YES}, holds=TEAM)
    taken_back = {"overdracht": offered["overdracht"], "reden": "door-gever"}
    await case.says(VT, TAKEN_BACK, taken_back, refused="stap-niet-toegestaan", holds=TEAM)

    back = w.offer("Gezin is verhuisd naar een andere wijk.", family, VT, kind="veilig-thuis")
    made = (await case.says(TEAM, OFFER, back, {VT: OFFER}, holds=TEAM)).to(VT, OFFER)
    await case.says(VT, YES, w.accepted(made), {VT: FULL, TEAM: YES}, holds=VT)

    offered = w.offer("Nieuwe wijk, zelfde zorgen.", family, OTHER_TEAM)
    made = (await case.says(VT, OFFER, offered, {OTHER_TEAM: OFFER}, holds=VT)).to(OTHER_TEAM, OFFER)
    taken_back = {"overdracht": offered["overdracht"], "reden": "door-gever"}
    await case.crosses(
        (OTHER_TEAM, YES, w.accepted(made), {OTHER_TEAM: FULL, VT: YES}, OTHER_TEAM),
        (VT, TAKEN_BACK, taken_back, {OTHER_TEAM: TAKEN_BACK}, VT),
        loser="stap-niet-toegestaan",
    )


async def refused_twice_then_accepted(story: Story) -> None:
    """One team has no room, the other is not the right one and says who is; the first says yes when it has heard more.

    A no changes nothing: Veilig Thuis holds on. A yes counts for the offer as it last stood, so the one to the offer
    before the addition is refused. The case ends when the help has, and Veilig Thuis closes it.
    """
    family = story.family
    case = await assessed(story, "Dagelijks geschreeuw, kind trekt zich terug.")
    offered = w.offer("Dagelijks geschreeuw.", family, TEAM)
    await case.says(VT, OFFER, offered, {TEAM: OFFER}, holds=VT)
    await case.says(TEAM, NO, w.refused(offered["overdracht"], "capaciteit"), {VT: NO}, holds=VT)

    offered = w.offer("Dagelijks geschreeuw.", family, OTHER_TEAM)
    await case.says(VT, OFFER, offered, {OTHER_TEAM: OFFER}, holds=VT)
    line = await case.says(
        OTHER_TEAM, NO, w.refused(offered["overdracht"], "verkeerde-geadresseerde", TEAM), {VT: NO}, holds=VT
    )
    assert line.to(VT, NO).data["doorverwijzing"] == TEAM.oin

    offered = w.offer("Dagelijks geschreeuw.", family, TEAM)
    first = (await case.says(VT, OFFER, offered, {TEAM: OFFER}, holds=VT)).to(TEAM, OFFER)
    asked = {"overdracht": offered["overdracht"], "vraag": "Is er al hulp voor de ouders?"}
    line = await case.says(TEAM, MORE_ASKED, asked, {VT: MORE_ASKED}, holds=VT)
    assert (line.to(VT, MORE_ASKED).data["van"], line.to(VT, MORE_ASKED).data["reden"]) == (TEAM.oin, "vraag")
    newer = w.full_part("Vader is in behandeling.", family)
    given = {"overdracht": offered["overdracht"], "antwoord": "Ja, sinds kort voor een van beiden.", "volledig": newer}
    second = (await case.says(VT, MORE_GIVEN, given, {TEAM: MORE_GIVEN}, holds=VT)).to(TEAM, MORE_GIVEN)
    await case.says(TEAM, YES, w.accepted(first), refused="aanbod-gewijzigd", holds=VT)
    line = await case.says(TEAM, YES, w.accepted(second), {TEAM: FULL, VT: YES}, holds=TEAM)
    assert line.to(TEAM, FULL).data["volledig"]["situatie"] == "Vader is in behandeling."

    started = {"overdracht": offered["overdracht"], "gestartOp": "2026-03-23"}
    await case.says(TEAM, "overdrachten.hulp-gestart", started, {VT: "overdrachten.hulp-gestart"}, holds=TEAM)
    done = {"overdracht": offered["overdracht"], "afgerondOp": "2026-08-31", "resultaat": "volgens-plan"}
    await case.says(TEAM, "overdrachten.afgerond", done, {VT: "overdrachten.afgerond"}, holds=TEAM)
    await case.says(
        VT, "triage.zaak-gesloten", w.closed("vervolg-afgerond"), {TEAM: "triage.zaak-gesloten"}, holds=NOBODY
    )


async def a_partner_that_says_nothing(story: Story) -> None:
    """The team's system stores the offer, and nobody there answers.

    It is reminded, then alarmed, again and again, and so is Veilig Thuis, which holds all that time. Silence is no yes
    and no no: after a month the team may still say yes. Another team, asked meanwhile, is told that it is not needed.
    The full part was kept a month and has lapsed by then: the yes stands, and Veilig Thuis gives it again.
    """
    family = story.family
    case = await assessed(story, "Opa is vaak alleen met hem.")
    offered = w.offer("Opa is vaak alleen met hem.", family, TEAM)
    made = (await case.says(VT, OFFER, offered, {TEAM: OFFER}, holds=VT)).to(TEAM, OFFER)
    line = await case.waits("antwoord-aanbod", {TEAM: REMINDED}, holds=VT)
    assert line.to(TEAM, REMINDED).data["stap"] == YES
    for round_ in (1, 2):
        line = await case.waits("antwoord-aanbod", {TEAM: ALARM, VT: ALARM}, holds=VT)
        assert (line.to(VT, ALARM).data["door"], line.to(VT, ALARM).data["ronde"]) == ([TEAM.oin], round_)

    beside = w.offer("Opa is vaak alleen met hem.", family, OTHER_TEAM)
    await case.says(VT, OFFER, beside, {OTHER_TEAM: OFFER}, holds=VT)
    await case.later(MONTH, {TEAM: ALARM, OTHER_TEAM: ALARM, VT: (ALARM, ALARM)}, holds=VT)
    await case.full_parts_have_lapsed()
    line = await case.says(TEAM, YES, w.accepted(made), {VT: (YES, MORE_ASKED), OTHER_TEAM: TAKEN_BACK}, holds=TEAM)
    assert line.to(VT, MORE_ASKED).data["reden"] == "volledig-deel-vervallen"
    assert line.to(OTHER_TEAM, TAKEN_BACK).data["reden"] == "elders-aanvaard"

    again = {"overdracht": offered["overdracht"], "antwoord": "Hierbij opnieuw.", "volledig": offered["volledig"]}
    await case.says(VT, MORE_GIVEN, again, {TEAM: FULL}, holds=TEAM)


async def a_step_that_arrives_before_its_yes(story: Story) -> None:
    """Two systems of one team: the one that says that help has started is faster than the one that says yes.

    Nothing implies a yes. The hub keeps the early step, says that it takes longer, and Veilig Thuis holds; when the
    yes has come, both count.
    """
    case = await assessed(story, "Moeder zoekt zelf hulp.")
    offered = w.offer("Moeder zoekt zelf hulp.", story.family, OTHER_TEAM)
    made = (await case.says(VT, OFFER, offered, {OTHER_TEAM: OFFER}, holds=VT)).to(OTHER_TEAM, OFFER)

    yes = story.written(OTHER_TEAM, case.draft(OTHER_TEAM, YES, w.accepted(made)))
    started = {"overdracht": offered["overdracht"], "gestartOp": "2026-03-16"}
    early = story.written(OTHER_TEAM, case.draft(OTHER_TEAM, "overdrachten.hulp-gestart", started, cause=yes))
    since = story.so_far()
    await story.sent(early)
    await story.hearing({OTHER_TEAM: "verwerking.vertraagd"}, since)
    await case.is_held_by(VT)

    since = story.so_far()
    await story.sent(yes)
    await story.answered(yes)
    await story.answered(early)
    await story.hearing({OTHER_TEAM: FULL, VT: (YES, "overdrachten.hulp-gestart")}, since)
    await case.is_held_by(OTHER_TEAM)
