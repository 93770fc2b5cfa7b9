"""`case show`: a case as a timeline, what is open on it, its terms. Codes, parties and times only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.app.hub import Hub
from hub.canonical.partners import Directory
from hub.cases.case import Candidacy, Case, TermOnCase
from hub.cases.events import Event
from hub.cases.stand import open_steps, running_terms
from hub.cli.common import AsJson, console, new_group, print_json, table
from hub.cli.recording import ReasonCode, Reference, act, ground
from hub.cli.running import look
from hub.cli.timeline import drawn, holder_after, rows
from hub.cli.wording import Names, moment, names_of
from hub.errors import OperatorError
from hub.ids import Oin
from hub.store.views import CaseView


@dataclass(frozen=True, slots=True)
class Shown:
    """A case and the directory its parties are named by, both as they are now."""

    view: CaseView
    directory: Directory


def add_to(root: typer.Typer) -> None:
    group = new_group("Cases: who held sight on safety when, what is open, which terms run.")
    group.command("show")(show)
    group.callback()(lambda: None)
    root.add_typer(group, name="case")


def show(
    zaak: Annotated[UUID, typer.Argument(help="The case's id, or that of a report on it.")],
    reason: ReasonCode = None,
    reference: Reference = None,
    as_json: AsJson = False,
) -> None:
    """What happened to a case and who held it, what is open on it, which terms run. No content.

    Say why you look: it is recorded, with who you are.
    """
    looked = act("case show", zaak, why=ground(reason, reference))
    shown = look(lambda hub: _shown(hub, zaak), looked, lambda act, found: act.on(found.view.case.id))
    if as_json:
        print_json(case_as_json(shown.view))
    else:
        print_case(shown, console())


async def _shown(hub: Hub, zaak: UUID) -> Shown:
    view = await hub.database.case(zaak)
    if view is None:
        raise OperatorError("case-unknown", "There is no such case or report.")
    return Shown(view, await hub.database.store.directory())


def print_case(shown: Shown, out: Console) -> None:
    """The whole page: heading, timeline, open steps, terms, and what the short names stand for."""
    view = shown.view
    names = names_of(view.events, shown.directory, view.at)
    lines = (*_heading(view, names), *drawn(rows(view.events, view.at, names), names, out.width))
    for line in lines:
        out.print(line, soft_wrap=True)
    for part in (_steps(view.case, names), _terms(view, names), _legend(view, names)):
        out.print(part if part.row_count else f"{part.title}: none")


def _heading(view: CaseView, names: Names) -> Iterator[Text]:
    case = view.case
    yield Text(f"case {case.id}: {case.state}, region {case.region}, version {case.version}")
    ended = any(one.ended and one.giver == case.holder and one.open_candidates() for one in case.handovers.values())
    owed = ", which has ended: the triage is to take over" if ended else ""
    holder = f"{names.party(case.holder)} ({case.holder}){owed}" if case.holder else "nobody, the case is closed"
    yield Text.assemble("sight on safety: ", (holder, "bold"))
    if case.next_at(view.at) > view.at:
        doubted = f"doubted: moments that are ahead of the clock, up to {moment(case.next_at(view.at))}"
        yield Text(doubted, style="yellow")
    if case.attention:
        yield Text("attention: something new came while the case was only watched", style="yellow")
    yield Text()


def _steps(case: Case, names: Names) -> Table:
    made = _plain("Open steps", "step", "owed by", "about")
    for step in open_steps(case):
        made.add_row(step.type, names.party(step.by), names.thing(step.about))
    return made


def _terms(view: CaseView, names: Names) -> Table:
    made = _plain("Terms", "term", "about", "at the latest", "")
    for term in view.case.terms:
        made.add_row(term.name, names.thing(term.about), moment(term.due), _state(term, view.at))
    return made


def _state(term: TermOnCase, now: datetime) -> Text:
    if term.met:
        return Text("met", style="green")
    if now <= term.due:
        return Text("running")
    return Text(f"overdue, alarm {term.round}" if term.round else "overdue", style="red")


def _legend(view: CaseView, names: Names) -> Table:
    """What the short names stand for, parties first."""
    mentioned = {value for event in view.events for value in _values(event)}
    made = _plain("Names", "name", "stands for")
    for oin, partner in names.parties.items():
        if oin in mentioned:
            made.add_row(partner, oin)
    for id_, name in names.things.items():
        made.add_row(name, str(id_))
    return made


def _values(event: Event) -> Iterator[object]:
    """Every value of an event, those of its lists too."""
    for field in fields(event):
        value = getattr(event, field.name)
        yield from value if isinstance(value, tuple) else (value,)


def _plain(title: str, *headers: str) -> Table:
    return table(*headers, title=f"\n{title}", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))


def case_as_json(view: CaseView) -> dict[str, Any]:
    """For machines, in the wire's words."""
    case = view.case
    rounds = {(term.name, term.about): term.round for term in case.running()}
    return {
        "zaak": str(case.id),
        "status": case.state.value,
        "houder": case.holder,
        "houders": list(_holders(view.events)),
        "regio": case.region,
        "triage": case.triage,
        "versie": case.version,
        "aandacht": case.attention,
        "onderzoek": case.research.value,
        "belegd": case.arranged,
        "meldingen": [
            {"melding": str(one.id), "van": one.reporter, "stand": one.state.value, "uitkomst": one.outcome}
            for one in case.reports.values()
        ],
        "overdrachten": [
            {"overdracht": str(one.id), "van": one.giver, "kandidaten": _states(one.candidates)}
            for one in case.handovers.values()
        ],
        "overleggen": [
            {"overleg": str(one.id), "soort": one.kind, "voorzitter": one.chair, "deelnemers": one.seats}
            for one in case.tables.values()
        ],
        "gekoppeld": [
            {"zaak": str(link.case), "gronden": link.grounds, "tegenspraak": link.contradicts} for link in case.links
        ],
        "openStappen": [{"type": step.type, "door": step.by, "over": str(step.about)} for step in open_steps(case)],
        "termijnen": [
            {
                "naam": term.name,
                "over": str(term.about),
                "uiterlijk": str(term.due),
                "verlopen": term.overdue,
                "alarmen": rounds[term.name, term.about],
            }
            for term in running_terms(case, view.at)
        ],
        "gebeurtenissen": [_happened(event, view.at) for event in view.events],
    }


def _happened(event: Event, now: datetime) -> dict[str, Any]:
    """A moment ahead of now was written by a wrong clock, or after one that was: it keeps the order, and no more."""
    said = {"op": event.at.isoformat(), "wat": type(event).__name__}
    return said | {"betwijfeld": True} if event.at > now else said


def _holders(events: Sequence[Event]) -> Iterator[dict[str, Any]]:
    """Who held from when, one after the other; the last holds now."""
    holder: Oin | None = None
    for event in events:
        before, holder = holder, holder_after(event, holder)
        if holder != before:
            yield {"op": event.at.isoformat(), "houder": holder}


def _states(candidates: Mapping[Oin, Candidacy]) -> dict[Oin, str]:
    return {oin: one.state.value for oin, one in candidates.items()}
