"""The way a message goes: by the routing table for reports, news and advice, by its case for every other step.

What a reporter hears of its way must not tell whether somebody else's case runs. So whether a message is refused for
want of a region, and whether its region is assumed, follows from what it says and from the case that it names itself;
only where it then goes, from the case that the radar joins it to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.canonical import commands as c
from hub.canonical.partners import Partner, Role
from hub.cases.case import Case
from hub.errors import Code, Rejection
from hub.ids import Oin, RegionId
from hub.lanes.workspace import Workspace
from hub.routing.decide import Route, route
from hub.routing.decide import Way as Rule
from hub.schemas.cloudevent import CloudEvent

Routed = c.Report | c.Update | c.AskAdvice


@dataclass(frozen=True, slots=True)
class Way:
    """Where a message goes, and what said so.

    Attributes:
        rule: what named the region; it is kept with the message.
        said: the region and its desk by what the sender says, whatever case the radar joins it to.
        told_as: in which role each that is told is.
        assumed: neither the message nor a case that it names says which region it is.
    """

    region: RegionId
    triage: Oin
    tell: tuple[Oin, ...]
    rule: str
    said: tuple[RegionId, Oin]
    told_as: Mapping[Oin, Role] = field(default_factory=dict)
    assumed: bool = False

    @property
    def named(self) -> bool:
        """Whether a municipality in the message names the region."""
        return self.rule == Rule.MUNICIPALITY


def way_for(
    sender: Partner,
    event: CloudEvent,
    command: c.Command,
    case: Case | None,
    named: RegionId | None,
    work: Workspace,
    joined: Case | None = None,
) -> Way:
    """Where this message goes.

    Args:
        case: the one that it is about.
        named: the region that the sender's own name for a case says.
        joined: the case that the radar joins a report to.

    Raises:
        Rejection: no region, or a step without a case.
        Surroundings: no triage desk to take it to.
    """
    if isinstance(command, Routed):
        own = found = _route(sender, event, command, named, work)
        if joined is not None and own.rule is not Rule.MUNICIPALITY:
            found = _route(sender, event, command, joined.region, work)
        assumed, said = own.rule is Rule.ACUTE_FALLBACK, (own.region, own.desk)
        return Way(found.region, found.desk, found.tell, found.rule.value, said, found.told_as, assumed)
    if case is None:
        raise Rejection(Code.CASE_UNKNOWN, ("/correlationid",))
    return Way(case.region, case.triage, (), Rule.CASE.value, (case.region, case.triage))


def _route(sender: Partner, event: CloudEvent, command: Routed, hint: RegionId | None, work: Workspace) -> Route:
    minors = isinstance(command, c.Report) and command.minors
    return route(
        work.directory, sender, event.type, command.municipality, hint, event.urgentie, work.now, minors=minors
    )
