"""In which of its roles an organisation is spoken to: it may be the triage of a case, and have reported as another.

Its place says so: the triage is Veilig Thuis; who reported, was offered or sits at a table takes part as the register
has it. `None` where the register does not say: then any of its connections will do.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID

from hub.canonical import notices as n
from hub.canonical.codes import NoteReason
from hub.canonical.partners import Role
from hub.cases.case import Case
from hub.cases.states import TOOK_OVER
from hub.ids import Oin

VT = Role.VEILIG_THUIS


def known(roles: Mapping[Oin, Role | None]) -> tuple[tuple[Oin, Role], ...]:
    """Those that are known, as a register keeps them."""
    return tuple((oin, role) for oin, role in roles.items() if role is not None)


def spoken_to_as(case: Case, to: Oin, body: n.Body) -> Role | None:
    """The role in which this organisation gets a notice; a stand is for whichever connection asks."""
    match body:
        case n.Stand():
            return None
        case n.PresentReport():
            return VT
        case n.ReportNoted():
            return standing(case, to) if body.reason is NoteReason.HOLDS else VT
        case n.RecordedFor() | n.StepsTaken():
            return case.part(body.report, to)
        case n.Coincidence():
            return _found_as(case, to, body)
        case n.TableStand():
            return case.part(body.table, to)
        case n.Reminder() | n.Escalation() | n.Changed():
            return asked_as(case, to, body.about)
        case n.PassOn(routed=True):
            return VT
        case n.PassOn():
            part = case.part(body.about, to) if body.about is not None else None
            return part or standing(case, to)
    return case.part(body.handover, to)


def asked_as(case: Case, oin: Oin, about: UUID) -> Role | None:
    """The role in which this organisation owes a step about a thing on the case, or hears that another does."""
    at_table = next((one.id for one in case.tables.values() if about in one.actions), about)
    # About a report only the triage is ever asked; its reporter hears that nobody has recorded it.
    part = case.part(at_table, oin) if about not in case.reports or not case.is_desk(oin) else None
    if part is None and about in case.coincidences and oin != case.triage:
        return reported_as(case, oin)
    return part or standing(case, oin)


def standing(case: Case, oin: Oin) -> Role | None:
    """The role in which it stands on the case: as its triage, now or before; else as it holds or reported."""
    return VT if case.is_desk(oin) else held_as(case, oin)


def held_as(case: Case, oin: Oin) -> Role | None:
    """The role in which it said yes last; without a yes, as the triage or a reporter holds."""
    taken = [one for one in case.handovers.values() if oin in one.in_state(*TOOK_OVER)]
    if taken:
        return case.part(taken[-1].id, oin)
    return VT if case.is_desk(oin) else reported_as(case, oin)


def reported_as(case: Case, oin: Oin) -> Role | None:
    """The role in which it reported last."""
    report = case.report_of(oin)
    return case.part(report.id, oin) if report is not None else None


def roles_on(case: Case, oin: Oin) -> tuple[Role, ...]:
    """Every role in which it takes part in the case: as the triage first, then the newest part.

    A report keeps the desk that it was reported to wherever its case is: that one is a Veilig Thuis there too.
    """

    def found() -> Iterator[Role]:
        if case.is_desk(oin) or any(one.desk == oin for one in case.own_reports()):
            yield VT
        yield from (roles[oin] for roles in reversed(tuple(case.parts.values())) if oin in roles)

    return tuple(dict.fromkeys(found()))


def _found_as(case: Case, to: Oin, body: n.Coincidence) -> Role | None:
    """Desks hear of a coincidence, and reporters under a report of their own."""
    report = case.reports.get(body.report)
    its_own = report is not None and report.reporter == to and to != case.triage
    return case.part(body.report, to) if its_own else VT
