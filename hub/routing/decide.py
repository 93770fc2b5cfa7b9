"""May this partner send this, and where does it go?

The first of these that leads to a triage desk names the region: the municipality in the message, the region of the case
it is about; for a routine message that has neither, the sender's region if it has just one. An acute message does not
fail for want of a region: it goes to the first of the sender's regions that has a desk, and that region is assumed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hub.canonical.codes import Lane
from hub.canonical.partners import Directory, Partner, Role
from hub.errors import Code, Rejection, Surroundings
from hub.ids import Oin, RegionId
from hub.routing.directory import organisations, region_of, triage_desk
from hub.routing.rules import RULES, Kind, Rule


class Way(StrEnum):
    """What named the region; kept with the message."""

    MUNICIPALITY = "municipality"
    CASE = "case"
    ONLY_REGION = "only-region"
    ACUTE_FALLBACK = "acute-fallback"
    """Nothing named it: it is assumed, and said to be."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes.

    Attributes:
        desk: the triage desk of the region.
        tell: who else gets it, the desk and the sender apart, in a fixed order.
        told_as: in which of its roles each of them is told.
        rule: what named the region.
        version: of the directory that said so.
    """

    desk: Oin
    region: RegionId
    tell: tuple[Oin, ...]
    rule: Way
    version: int
    told_as: Mapping[Oin, Role] = field(default_factory=dict, compare=False)


def allow(wire_type: str, role: Role) -> Rule:
    """The type's rule, if the role may send it.

    Raises:
        Rejection: `type-onbekend` or `niet-bevoegd`.
    """
    rule = RULES.get(wire_type)
    if rule is None:
        raise Rejection(Code.TYPE_UNKNOWN, ("/type",))
    if role not in rule.senders:
        detail = "sent by the hub only" if rule.kind is Kind.OF_THE_HUB else "not by this role"
        raise Rejection(Code.NOT_ALLOWED, ("/type",), detail)
    return rule


def route(
    directory: Directory,
    sender: Partner,
    wire_type: str,
    municipality: str | None,
    region_hint: RegionId | None,
    lane: Lane,
    now: datetime,
    *,
    minors: bool = False,
) -> Route:
    """The way to the triage, and who else is told.

    Args:
        municipality: CBS code, from the message.
        region_hint: the region of the case the message is about.
        minors: children are concerned.

    Raises:
        Rejection: `regio-onbekend`; never if `lane` is acute.
        Surroundings: no way leads to a triage desk and the sender cannot help it: keep it and raise the alarm.
    """
    ways = tuple(_ways(directory, sender, municipality, region_hint, lane))
    for way, region in ways:
        desk = triage_desk(directory, region, now)
        if desk is not None:
            rule = RULES[wire_type]
            told = rule.told + (rule.told_if_minors if minors else ())
            tell = _tell(directory, sender, desk, told, region, now)
            return Route(desk.oin, region, tuple(tell), way, directory.version, tell)
    raise _no_way(lane, ways)


def _ways(
    directory: Directory, sender: Partner, municipality: str | None, hint: RegionId | None, lane: Lane
) -> Iterator[tuple[Way, RegionId]]:
    """The ways to try, best first."""
    named = region_of(directory, municipality) if municipality is not None else None
    if named is not None:
        yield Way.MUNICIPALITY, named.id
    if hint is not None:
        yield Way.CASE, hint
    if lane is Lane.ACUTE:
        yield from ((Way.ACUTE_FALLBACK, region) for region in sender.regions)
    elif municipality is None and hint is None and len(sender.regions) == 1:
        yield Way.ONLY_REGION, sender.regions[0]


def _tell(
    directory: Directory, sender: Partner, desk: Partner, told: tuple[Role, ...], region: RegionId, now: datetime
) -> dict[Oin, Role]:
    """Each once, in the first role that the rule names."""
    tell: dict[Oin, Role] = {}
    for role in told:
        for one in organisations(directory, role, region, now):
            if one.oin not in (sender.oin, desk.oin):
                tell.setdefault(one.oin, role)
    return tell


def _no_way(lane: Lane, ways: tuple[tuple[Way, RegionId], ...]) -> Rejection | Surroundings:
    about_case = any(way is Way.CASE for way, _ in ways)
    if lane is Lane.ACUTE or about_case:
        regions = "_".join(dict.fromkeys(region for _, region in ways))
        sentence = "No region this message can go to has a triage desk; add a partner for it."
        return Surroundings("no-triage-desk", sentence, regions)
    return Rejection(Code.REGION_UNKNOWN)
