"""The way a message goes: by the routing table for reports, news and advice, by its case for every other step."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.canonical import commands as c
from hub.canonical.partners import Partner, Role
from hub.cases.case import Case
from hub.cases.states import CaseState
from hub.errors import Code, Rejection
from hub.ids import Oin, RegionId
from hub.lanes.workspace import Workspace
from hub.routing.decide import route
from hub.schemas.cloudevent import CloudEvent


@dataclass(frozen=True, slots=True)
class Way:
    """`rule` says what named the region; it is kept with the message. `told_as`: in which role each that is told is."""

    region: RegionId
    triage: Oin
    tell: tuple[Oin, ...]
    rule: str
    told_as: Mapping[Oin, Role] = field(default_factory=dict)


def way_for(sender: Partner, event: CloudEvent, command: c.Command, case: Case | None, work: Workspace) -> Way:
    """Where this message goes.

    Raises:
        Rejection: no region, or a step without a case.
        Surroundings: no triage desk to take it to.
    """
    if isinstance(command, c.Report | c.Update | c.AskAdvice):
        hint = case.region if case is not None and case.state is CaseState.OPEN else None
        minors = isinstance(command, c.Report) and command.minors
        found = route(
            work.directory, sender, event.type, command.municipality, hint, event.urgentie, work.now, minors=minors
        )
        return Way(found.region, found.desk, found.tell, found.rule.value, found.told_as)
    if case is None:
        raise Rejection(Code.CASE_UNKNOWN, ("/correlationid",))
    return Way(case.region, case.triage, (), "case")
