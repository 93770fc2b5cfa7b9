"""Look things up in one version of the directory. Every answer depends on `now`: partners and keys come and go."""

from datetime import datetime

from hub.canonical.partners import Directory, Key, KeyUse, Partner, Region, Role
from hub.ids import KeyId, Oin, PartnerId, RegionId


def partner_by_oin(directory: Directory, oin: Oin, now: datetime) -> Partner | None:
    """The active partner of the organisation."""
    return next((one for one in directory.partners.values() if one.oin == oin and one.active(now)), None)


def known_by_oin(directory: Directory, oin: Oin, now: datetime) -> Partner | None:
    """The organisation's partner: the active one, else one that has ended."""
    former = next((one for one in directory.partners.values() if one.oin == oin), None)
    return partner_by_oin(directory, oin, now) or former


def successor_of(directory: Directory, oin: Oin, now: datetime) -> Oin | None:
    """The organisation that is in the place of one that has ended now; `None` for one that goes on or just ended."""
    partner, seen = known_by_oin(directory, oin, now), set[PartnerId]()
    while partner is not None and not partner.active(now) and partner.successor and partner.id not in seen:
        seen.add(partner.id)
        partner = directory.partners.get(partner.successor)
    return partner.oin if partner is not None and partner.active(now) and partner.oin != oin else None


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
