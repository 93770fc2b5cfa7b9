"""The story, scene by scene, with what is expected of each (issue: "The demo tells the story").

Who holds sight on safety is followed all along and judged at the end: it moves when the triage has recorded the report
that opened the case, and when a receiver has said yes; by nothing else.
"""

from collections.abc import Sequence

from hub.canonical.partners import Role
from hub.errors import Code
from hub.simulator.cast import playing
from hub.simulator.director import Director
from hub.simulator.reporters import REPORTS
from hub.simulator.stage import Line
from hub.simulator.story import NOBODY, PRESENTED

POLICE, PROSECUTION, BOARD = Role.POLICE, Role.PROSECUTION, Role.CHILD_PROTECTION
PROBATION, TRIAGE, TEAM = Role.PROBATION, Role.VEILIG_THUIS, Role.LOCAL_TEAM
BACKLOG, ROUNDS = 40, 3


async def play(director: Director) -> None:
    """All scenes, in order."""
    handed_over = await _handed_over(director)
    refused = await _refused(director)
    researched = await _researched(director)
    closed = await _closed(director)
    await _duplicate(director)
    await _bad_field(director)
    await _foreign_key(director)
    acute = await _overtaken(director)
    director.scene("Who held sight on safety, one after the other")
    _held(director, handed_over, (POLICE, TRIAGE, TEAM), "moved to the triage when it recorded, to the team at its yes")
    _held(director, refused, (PROSECUTION, TRIAGE), "stayed with the triage after the Board's no")
    _held(director, researched, (BOARD, TRIAGE), "moved to the triage when it recorded")
    _held(director, closed, (PROBATION, TRIAGE, None), "moved to the triage, and ended with the case")
    _held(director, acute, (POLICE, TRIAGE), "moved to the triage when it recorded")
    await _shown(director, handed_over, TEAM)


async def _handed_over(director: Director) -> str:
    director.scene("Police report; the triage offers a handover; the local team says yes")
    case = await _reported(director, POLICE)
    await director.expect("the team got the offer", TEAM, did="heard", type="overdrachten.aanbod", case=case)
    await director.expect("the team's yes was accepted", TEAM, did="answered", type="overdrachten.aanvaard", code=None)
    await director.expect("the triage heard the yes", TRIAGE, did="heard", type="overdrachten.aanvaard", case=case)
    await director.expect("the full part followed the yes", TEAM, did="heard", type="overdrachten.dossier", case=case)
    await director.expect("the reporter got feedback", POLICE, did="heard", type="terugkoppelingen.stappen")
    return case


async def _refused(director: Director) -> str:
    director.scene("The prosecutor reports; the triage offers a handover; the Child Protection Board says no")
    case = await _reported(director, PROSECUTION)
    await director.expect("the Board got the offer", BOARD, did="heard", type="overdrachten.aanbod", case=case)
    await director.expect(
        "the triage heard the no, with its code",
        TRIAGE,
        did="heard",
        type="overdrachten.geweigerd",
        case=case,
        code="capaciteit",
        holder=playing(TRIAGE).oin,
    )
    await director.expect("the reporter got feedback", PROSECUTION, did="heard", type="terugkoppelingen.stappen")
    return case


async def _researched(director: Director) -> str:
    director.scene("The Child Protection Board reports; the triage researches itself")
    case = await _reported(director, BOARD)
    await director.expect(
        "the reporter got feedback", BOARD, did="heard", type="terugkoppelingen.stappen", code="onderzoek"
    )
    return case


async def _closed(director: Director) -> str:
    director.scene("Probation reports; no follow-up is needed; the triage closes the case")
    case = await _reported(director, PROBATION)
    await director.expect("the case was closed", TRIAGE, did="answered", type="triage.zaak-gesloten", code=None)
    await director.expect("the reporter got feedback", PROBATION, did="heard", type="terugkoppelingen.stappen")
    await director.tell(TRIAGE, "stand", case=case)
    await director.expect("nobody holds it any more", TRIAGE, did="heard", type="zaken.stand", code="gesloten")
    return case


async def _duplicate(director: Director) -> None:
    director.scene("Police send their report once more, as after a lost receipt")
    await director.tell(POLICE, "duplicate")
    await director.expect("the same report got the same receipt", POLICE, did="answered", again=True, same=True)


async def _bad_field(director: Director) -> None:
    director.scene("Probation send a municipality by its name, where its code belongs")
    await director.tell(PROBATION, "bad-field")
    await director.expect(
        "the refusal names the field",
        PROBATION,
        did="answered",
        code=Code.SCHEMA_INVALID.value,
        fields=["/data/gemeente"],
    )


async def _foreign_key(director: Director) -> None:
    director.scene("Somebody at the prosecutor's sends a report signed with the police's key")
    key = playing(POLICE).folder(director.home) / "sig.json"
    await director.tell(PROSECUTION, "foreign-key", key=str(key))
    await director.expect("another's key opens nothing", PROSECUTION, did="answered", code=Code.ENVELOPE_INVALID.value)


async def _overtaken(director: Director) -> str:
    """When the hub was through its backlog before the acute report came, there was nothing to overtake: once more."""
    director.scene(f"Police send {BACKLOG} routine reports at once, and an acute one behind them")
    for _ in range(ROUNDS):
        await director.tell(POLICE, "overtake", count=BACKLOG)
        line = await director.story.wait_for(_overtook, director.since, 60.0) or {}
        if line.get("overtaken"):
            break
        director.since = len(director.story.heard)
    director.require("the acute report overtook the backlog", bool(line.get("overtaken")))
    director.require("the whole backlog was accepted", line.get("count") == BACKLOG)
    presented = await director.expect("the triage got it", TRIAGE, did="heard", type=PRESENTED, lane="acuut")
    await director.expect("it was assessed", TRIAGE, did="answered", type="triage.veiligheidsbeoordeling", code=None)
    return str(presented.get("case"))


def _overtook(line: Line) -> bool:
    return bool(line["did"] == "overtook")


async def _reported(director: Director, reporter: Role) -> str:
    """One report, as far as its assessment; its case, as the triage calls it."""
    name = REPORTS[reporter]
    await director.tell(reporter, "report")
    await director.expect(f"{name} was accepted", reporter, did="answered", type=name, code=None)
    presented = await director.expect(
        "the triage got it, and the reporter holds", TRIAGE, did="heard", type=PRESENTED, holder=playing(reporter).oin
    )
    await director.expect(
        "the reporter heard that it was recorded",
        reporter,
        did="heard",
        type="triage.melding-vastgelegd",
        about=presented.get("about"),
    )
    await director.expect("it was assessed", TRIAGE, did="answered", type="triage.veiligheidsbeoordeling", code=None)
    return str(presented.get("case"))


def _held(director: Director, case: str, roles: Sequence[Role | None], why: str) -> None:
    """`None` is nobody."""
    wanted = tuple(NOBODY if role is None else playing(role).name for role in roles)
    held = tuple(director.story.holders(case))
    director.story.note(" → ".join(held) + f": {why}")
    director.require(f"sight on safety {why}", held == wanted)


async def _shown(director: Director, case: str, holder: Role) -> None:
    printed = await director.case_shown(case)
    director.require("`ketenhub case show` names the holder", playing(holder).oin in printed)
