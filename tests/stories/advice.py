"""Asking first: advice that becomes a report, and a report that becomes advice."""

from uuid import uuid4

from tests.stories import words as w
from tests.stories.cast import NOBODY, OTHER_TEAM, SCHOOL, VT, Data
from tests.stories.openings import RECORDED, STEPS
from tests.stories.telling import PRESENTED, Story

ASKED, ADVISED, REPORT = "adviezen.adviesvraag", "adviezen.advies", "meldingen.professionele-melding"
OFFER, YES, FULL = "overdrachten.aanbod", "overdrachten.aanvaard", "overdrachten.dossier"


async def advice_that_becomes_a_report(story: Story) -> None:
    """The school asks what to do, and writes down of whom: that is refused, with where and which kind of thing it was.

    Asked again without, it goes to Veilig Thuis; nothing moves, there is no case. The advice is to report after all. So
    the school does, and from there it is a report as any other: it hears the steps, and nothing of what was found.
    """
    question = "Wat kan ik doen voor een leerling die na elk weekend bang is?"
    story.marks = (question,)
    named = _advice_request(question) | {"context": f"Het gaat om {story.family.child['bsn']}, geboren op 3 mei 2018."}
    line = await story.says(SCHOOL, ASKED, named, refused="persoonsgegevens-in-adviesvraag")
    assert line.answer is not None
    said = line.answer.content["data"]
    assert list(zip(said["velden"], said["gevonden"], strict=True)) == [
        ("/data/context", "bsn"),
        ("/data/context", "geboortedatum"),
    ]

    line = await story.says(SCHOOL, ASKED, _advice_request(question), {VT: ASKED})
    advice = {"advies": "Bespreek het met de ouders, en meld als zij er niet van willen weten.", "melden": True}
    line = await story.says(VT, ADVISED, advice, {SCHOOL: ADVISED}, to=line.to(VT, ASKED))

    said = w.professional_report("Ouders willen er niet van weten.", story.family.child, acute_or_structural=False)
    case = await story.reported(SCHOOL, REPORT, said, {VT: PRESENTED}, holds=SCHOOL)
    await case.says(VT, RECORDED, {"melding": case.report}, {SCHOOL: RECORDED}, holds=VT)
    decided = w.assessed(case.report, "overdracht", "lokaal-veld", structureleOnveiligheid=True)
    line = await case.says(VT, "triage.veiligheidsbeoordeling", decided, {SCHOOL: STEPS}, holds=VT)
    assert "structureleOnveiligheid" not in line.to(SCHOOL, STEPS).data

    offered = w.offer("Kind is bang na elk weekend bij vader.", story.family, OTHER_TEAM)
    made = (await case.says(VT, OFFER, offered, {OTHER_TEAM: OFFER}, holds=VT)).to(OTHER_TEAM, OFFER)
    await case.says(OTHER_TEAM, YES, w.accepted(made), {OTHER_TEAM: FULL, VT: YES}, holds=OTHER_TEAM)


async def a_report_that_becomes_advice(story: Story) -> None:
    """The school reports after the second step of the meldcode: it has not spoken with the parents yet.

    Veilig Thuis turns the report into advice, which offers sight on safety back to the school. It holds on until the
    school has said yes, and reminds it; then the school holds, and Veilig Thuis closes when the school is done.
    """
    said = w.professional_report(
        "Komt vaak zonder ontbijt.", story.family.child, acute_or_structural=False, steps=(1, 2)
    )
    case = await story.reported(SCHOOL, REPORT, said, {VT: PRESENTED}, holds=SCHOOL)
    await case.says(VT, RECORDED, {"melding": case.report}, {SCHOOL: RECORDED}, holds=VT)

    handover = str(uuid4())
    decided = w.assessed(case.report, "omgezet-in-advies", overdracht=handover)
    line = await case.says(VT, "triage.veiligheidsbeoordeling", decided, {SCHOOL: (STEPS, OFFER)}, holds=VT)
    made = line.to(SCHOOL, OFFER)
    assert (made.data["herkomst"], made.data["overdracht"]) == ("omgezet-in-advies", handover)
    await case.waits("antwoord-aanbod", {SCHOOL: "verwerking.herinnering"}, holds=VT)
    await case.says(SCHOOL, YES, w.accepted(made), {VT: YES}, holds=SCHOOL)

    done = {"overdracht": handover, "afgerondOp": "2026-06-30"}
    await case.says(SCHOOL, "overdrachten.afgerond", done, {VT: "overdrachten.afgerond"}, holds=SCHOOL)
    heard = {SCHOOL: "triage.zaak-gesloten"}
    await case.says(VT, "triage.zaak-gesloten", w.closed("vervolg-afgerond"), heard, holds=NOBODY)


def _advice_request(question: str) -> Data:
    said = {"hoedanigheid": "basisonderwijs", "aanleiding": ["kindermishandeling-anders"], "vraag": question}
    return said | {"gemeente": "GM0518"}
