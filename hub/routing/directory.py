"""Look things up in one version of the directory. Every answer depends on `now`: partners and keys come and go.

An organisation (OIN) is not its connection: it may have several, one after the other and, in different roles, beside
each other. Of each role it has at most one that is active (`changes.py` sees to it). So organisation and role, or the
order of `ROLES` where no role is known, say which connection is meant; the names of connections never do.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from hub.canonical.partners import Directory, Key, KeyUse, Partner, Region, Role
from hub.ids import KeyId, Oin, PartnerId, RegionId

ROLES = (
    Role.VEILIG_THUIS,
    Role.PROSECUTION,
    Role.POLICE,
    Role.CHILD_PROTECTION,
    Role.PROBATION,
    Role.CERTIFIED_INSTITUTION,
    Role.LOCAL_TEAM,
    Role.REPORTER,
)
"""In which of its roles an organisation is meant where nothing else says so: the first that it has."""


def partner_by_oin(directory: Directory, oin: Oin, now: datetime, *roles: Role) -> Partner | None:
    """The organisation's active connection: of the first of these roles that it has, else by `ROLES`."""
    active = {one.role: one for one in connections(directory, oin) if one.active(now)}
    return next((active[role] for role in (*roles, *ROLES) if role in active), None)


def known_by_oin(directory: Directory, oin: Oin, now: datetime, *roles: Role) -> Partner | None:
    """The organisation's active connection, as above; where it has none, the one that was the last."""
    own = connections(directory, oin)
    of_these = [one for one in own if one.role in roles]
    return partner_by_oin(directory, oin, now, *roles) or _last(of_these or own, now)


def connections(directory: Directory, oin: Oin) -> tuple[Partner, ...]:
    """Every connection that the organisation has, had, or is to have."""
    return directory.by_oin.get(oin, ())


def connection(directory: Directory, oin: Oin, role: Role, now: datetime) -> Partner | None:
    """Where an organisation is reached in this role: by its active connection; if that role of it has ended, by the one
    of its successor, however many came after each other."""
    seen, found = set[PartnerId](), _in_role(directory, oin, role, now)
    while found is not None and not found.active(now):
        next_ = directory.partners.get(found.successor) if found.successor else None
        seen.add(found.id)
        found = _in_role(directory, next_.oin, next_.role, now) if next_ is not None else None
        if found is not None and found.id in seen:
            return None
    return found


def successor_of(directory: Directory, oin: Oin, now: datetime, *roles: Role) -> Oin | None:
    """The organisation that is in the place of one that has ended now; `None` for one that goes on or just ended.

    Args:
        roles: those that matter, where it has or had any of them: it may go on in others.
    """
    by_role = {one.role: one for one in sorted(connections(directory, oin), key=_lateness(now))}
    last = {role: one for role, one in by_role.items() if role in roles} or by_role
    if any(one.active(now) for one in last.values()):
        return None
    found = (connection(directory, oin, role, now) for role in reversed(last))
    return next((one.oin for one in found if one is not None and one.active(now) and one.oin != oin), None)


def other_roles(directory: Directory, partner: Partner, now: datetime) -> frozenset[Role]:
    """Those in which the organisation of this connection has others."""
    return frozenset(one.role for one in connections(directory, partner.oin) if one.active(now)) - {partner.role}


def acting(directory: Directory, partner: Partner, now: datetime) -> Oin:
    """The organisation as which a connection acts: what it had sent, and got, before it ended is its successor's."""
    return partner.oin if partner.active(now) else successor_of(directory, partner.oin, now) or partner.oin


def formers(directory: Directory, oin: Oin, now: datetime) -> tuple[Oin, ...]:
    """The organisations in whose place this one is."""
    ended = {one.oin for one in directory.partners.values() if one.successor and not one.active(now)}
    return tuple(sorted(one for one in ended if successor_of(directory, one, now) == oin))


def behind(directory: Directory, partner: Partner) -> tuple[Oin, ...]:
    """The organisations in whose place this connection came, however many after each other; also once it has ended."""
    places, more = set[tuple[Oin, Role]](), {(partner.oin, partner.role)}
    while more:
        places |= more
        next_ = {id_ for id_, one in directory.partners.items() if (one.oin, one.role) in more}
        more = {(one.oin, one.role) for one in directory.partners.values() if one.successor in next_} - places
    return tuple(sorted({oin for oin, _ in places} - {partner.oin}))


def next_connection(directory: Directory, partner: Partner, now: datetime) -> Partner:
    """Where what is for this connection goes now: to itself; once it has ended to its organisation's next in that role,
    or to the one of its successor; to itself again, where nobody stands in its place."""
    if partner.active(now):
        return partner
    found = connection(directory, partner.oin, partner.role, now)
    return found if found is not None and found.active(now) else partner


def _in_role(directory: Directory, oin: Oin, role: Role, now: datetime) -> Partner | None:
    """The organisation's connection of this role: the active one, else the last."""
    return _last([one for one in connections(directory, oin) if one.role is role], now)


def _last(found: Sequence[Partner], now: datetime) -> Partner | None:
    return max(found, key=_lateness(now), default=None)


def _lateness(now: datetime) -> Callable[[Partner], tuple[bool, bool, datetime, datetime, int]]:
    """What is active comes after what has ended, and that after what is yet to come. No name says anything here."""

    def of(one: Partner) -> tuple[bool, bool, datetime, datetime, int]:
        begun, ends = one.valid_from <= now, one.valid_to or one.valid_from
        return one.active(now), begun, ends, one.valid_from, -ROLES.index(one.role)

    return of


def signing_key(partner: Partner, kid: KeyId, now: datetime) -> Key | None:
    """The partner's own key that a signature names, if it counts: in force and not revoked."""
    keys = (key for key in partner.keys if key.kid == kid)
    return next((key for key in keys if key.use is KeyUse.SIGNING and key.active(now)), None)


def encryption_key(partner: Partner, now: datetime) -> Key | None:
    """The key to seal with: the newest active one."""
    keys = [key for key in partner.keys if key.use is KeyUse.ENCRYPTION and key.active(now)]
    return max(keys, key=lambda key: (key.valid_from, key.kid), default=None)


def organisations(directory: Directory, role: Role, region: RegionId, now: datetime) -> tuple[Partner, ...]:
    """The active partners of a role in a region, by id."""
    there = [one for one in directory.partners.values() if one.role is role and region in one.regions]
    return tuple(sorted((one for one in there if one.active(now)), key=lambda one: one.id))


def triage_desk(directory: Directory, region: RegionId, now: datetime) -> Partner | None:
    """The active partner with role `veilig-thuis` for the region; never two, `changes.py` sees to it."""
    return next(iter(organisations(directory, Role.VEILIG_THUIS, region, now)), None)


def region_of(directory: Directory, municipality: str) -> Region | None:
    """The region a municipality (CBS code) belongs to."""
    return next((one for one in directory.regions.values() if municipality in one.municipalities), None)
