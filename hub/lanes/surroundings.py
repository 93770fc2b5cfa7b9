"""What a decision may know besides the case, taken from one version of the directory, the batch and the route."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical.codes import Lane
from hub.canonical.partners import Contact, Partner, Role
from hub.cases.case import Case, Handover
from hub.cases.context import Context, Radar
from hub.cases.events import Event, RegionMoved
from hub.cases.evolve import fold
from hub.cases.parts import held_as, roles_on, standing
from hub.cases.states import TOOK_OVER
from hub.cases.succession import successions
from hub.ids import HandoverId, Ids, MessageId, Oin, RegionId, ReportId
from hub.lanes.asking import Asked
from hub.lanes.setting import Setting
from hub.lanes.way import Way
from hub.lanes.workspace import Workspace
from hub.routing.directory import (
    connections,
    known_by_oin,
    other_roles,
    partner_by_oin,
    region_of,
    successor_of,
)
from hub.schemas.disclosure import audience

OF_THE_HUB = MessageId(UUID(int=0))
"""Stands for the message where a moment came and no message: nothing that is signed follows from it."""


def context_of(asked: Asked, way: Way, case: Case | None, ids: Ids, work: Workspace, setting: Setting) -> Context:
    """The circumstances of a message."""
    own = context_of_hub(asked.event.urgentie, case, ids, work, setting)
    return replace(
        own,
        sender=asked.sender.oin,
        message=asked.event.message_id,
        region=way.region,
        triage=way.triage,
        tell=way.tell,
        named=way.named,
        assumed=way.assumed,
        sees=lambda oin: _sees(oin, asked, case, work),
        region_of=lambda oin: _region_of(oin, asked.command, case, work),
        radar=Radar(pairs=pairs(asked.sender, case, (), work, setting)),
        role=asked.sender.role,
        others=other_roles(work.directory, asked.sender, work.now),
        follows=asked.event.causationid,
        called=asked.event.correlationid,
        signed=asked.event.time,
        said=way.said,
        resent=asked.event.time if work.recovering else None,
    )


def context_of_hub(lane: Lane, case: Case | None, ids: Ids, work: Workspace, setting: Setting) -> Context:
    """The circumstances of a moment that came on a case."""
    directory, now = work.directory, work.now

    def held(handover: HandoverId) -> bool:
        return case is not None and work.held(case.id, handover) is not None

    return Context(
        sender=setting.hub,
        message=OF_THE_HUB,
        now=case.next_at(now) if case else now,
        clock=now,
        doubted=work.doubted,
        lane=lane,
        region=case.region if case else RegionId(""),
        triage=case.triage if case else setting.hub,
        tell=(),
        terms=setting.terms,
        connected=lambda oin: partner_by_oin(directory, oin, now) is not None,
        ids=ids,
        holding=setting.holding,
        has_full=held,
        contact=lambda oin, round_: _contact(oin, round_, case, work),
        role_of=lambda oin, roles: _role_of(oin, roles, work),
        works_here=lambda oin, role: case is not None and _works_in(case.region, oin, role, work),
    )


def pairs(
    sender: Partner, case: Case | None, reports: Iterable[ReportId], work: Workspace, setting: Setting
) -> Callable[[Oin, Oin], bool]:
    """Whether two reporters may hear of each other, by the roles in which they reported: by all of them, if of several.

    Args:
        case: the case at hand; `reports`: those on other cases.
    """
    known = dict[Oin, set[Role]]()
    found = ((one, work.case(one)) for one in reports)
    for id_, on in (*found, *((id_, case) for id_ in (case.reports if case else ()))):
        for oin, role in (on.parts.get(id_, {}) if on is not None else {}).items():
            known.setdefault(oin, set()).add(role)

    def roles(oin: Oin) -> set[Role]:
        if oin == sender.oin:
            return {sender.role}
        active = {one.role for one in connections(work.directory, oin) if one.active(work.now)}
        last = known_by_oin(work.directory, oin, work.now)
        return known.get(oin) or active or ({last.role} if last is not None else set())

    def allowed(one: Oin, other: Oin) -> bool:
        both = list(product(roles(one), roles(other)))
        return bool(both) and all(setting.pairs.allows(mine, its) for mine, its in both)

    return allowed


def succeeded(case: Case, work: Workspace) -> tuple[Case, tuple[Event, ...]]:
    """The case with every party that has a successor replaced by it, and the facts that say so.

    An organisation that goes on in other roles is succeeded where it takes part in none of them.
    """

    def successor(oin: Oin) -> Oin | None:
        return successor_of(work.directory, oin, work.now, *roles_on(case, oin))

    def connected(oin: Oin) -> bool:
        return partner_by_oin(work.directory, oin, work.now) is not None

    events = successions(case, successor, case.next_at(work.now), connected)
    after = fold(case, events)
    assert after is not None
    taken = tuple(_taken_by_yes(after, work))
    settled = fold(after, taken)
    assert settled is not None
    return settled, (*events, *taken)


def _taken_by_yes(case: Case, work: Workspace) -> Iterator[RegionMoved]:
    """A triage desk that holds by its yes is the triage; a version before left that with the desk that was."""
    holder = case.holder
    if holder is None or holder == case.triage:
        return
    offer = next((one for one in reversed(tuple(case.handovers.values())) if holder in one.in_state(*TOOK_OVER)), None)
    if offer is None or case.part(offer.id, holder) is not Role.VEILIG_THUIS:
        return
    region = _desk_region(holder, offer, case, work)
    if region is not None:
        yield RegionMoved(case.next_at(work.now), region, holder)


def _sees(oin: Oin, asked: Asked, case: Case | None, work: Workspace) -> bool:
    """By the role in which it holds."""
    partner = _known(oin, held_as(case, oin) if case else None, work)
    return partner is not None and partner.role in audience(type(asked.data))


def _region_of(oin: Oin, command: c.Command, case: Case | None, work: Workspace) -> RegionId | None:
    """The region that a desk would take the case into: of those that it is the desk of, where the family is to be by
    the offer, else where the case is, else its first; if it is the desk of none, where the case is. `None` where it
    says yes as another than a Veilig Thuis."""
    offer = case.handovers.get(command.handover) if case and isinstance(command, c.Accept) else None
    return _desk_region(oin, offer, case, work, of_none=case.region if case else None)


def _desk_region(
    oin: Oin, offer: Handover | None, case: Case | None, work: Workspace, of_none: RegionId | None = None
) -> RegionId | None:
    partner = _known(oin, case.part(offer.id, oin) if case and offer else None, work)
    if partner is None or partner.role is not Role.VEILIG_THUIS or not partner.active(work.now):
        return None
    to = region_of(work.directory, offer.municipality) if offer and offer.municipality else None
    meant = (to.id if to else None, case.region if case else None)
    own = partner.regions or (() if of_none is None else (of_none,))
    return next((one for one in (*meant, *own) if one in own), None)


def _role_of(oin: Oin, roles: tuple[Role, ...], work: Workspace) -> Role | None:
    partner = partner_by_oin(work.directory, oin, work.now, *roles)
    return partner.role if partner is not None else None


def _works_in(region: RegionId, oin: Oin, role: Role, work: Workspace) -> bool:
    partner = partner_by_oin(work.directory, oin, work.now, role)
    return partner is not None and region in partner.regions


def _contact(oin: Oin, round_: int, case: Case | None, work: Workspace) -> Contact | None:
    """The desk that a report went to is called as that, wherever its case is."""
    desk = case is not None and any(one.desk == oin for one in case.own_reports())
    partner = _known(oin, Role.VEILIG_THUIS if desk else standing(case, oin) if case else None, work)
    contacts = partner.contacts if partner else ()
    return contacts[(round_ - 1) % len(contacts)] if contacts else None


def _known(oin: Oin, role: Role | None, work: Workspace) -> Partner | None:
    return known_by_oin(work.directory, oin, work.now, *((role,) if role else ()))
