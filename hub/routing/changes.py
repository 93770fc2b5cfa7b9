"""Change the directory: each change is checked and gives the next version, or says what to write instead.

A retired partner stays, with its keys: history points at it, and a key id never comes back.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.canonical.environment import Environment
from hub.canonical.partners import Contact, Directory, Key, Partner, PartnerLimits, Role
from hub.errors import OperatorError
from hub.ids import KeyId, PartnerId, RegionId
from hub.routing import checks

_NEXT = timedelta(microseconds=1)


def add_partner(
    directory: Directory, partner: Partner, environment: Environment, succeeds: PartnerId | None = None
) -> Directory:
    """The next version, with one partner more.

    Args:
        succeeds: whose place it takes, at the moment it is there from: in one version, so that a region has one desk at
            every moment.

    Raises:
        OperatorError: its id, OIN or regions do not fit, or clash with those of another; or it cannot succeed that one.
    """
    _check_own(directory, partner, environment)
    check_environment(directory, environment)
    if succeeds is None:
        partner = _after_the_former(directory, partner)
        _check_among(directory, partner)
        return _next(directory, partner)
    partner = replace(partner, begun=True)
    old = _ended(directory, succeeds, partner.valid_from, partner.id)
    _check_takes_over(old, partner)
    before = replace(directory, partners={**directory.partners, old.id: old})
    partner = _after_the_former(before, partner)
    _check_among(before, partner)
    return _next(before, partner)


def retire_partner(
    directory: Directory, partner: PartnerId, at: datetime, successor: PartnerId | None = None
) -> Directory:
    """The next version, in which the partner is closing from `at`; a successor of a desk has its regions from then on.

    Where it is closing already and nobody was named in its place, a successor may be named still.

    Raises:
        OperatorError: no such partner, retired already, or a successor that cannot be one.
    """
    old = _ended(directory, partner, at, successor)
    if successor is not None:
        _found(directory, successor)
    changed = _next(directory, old)
    if successor is None or old.role is not Role.VEILIG_THUIS:
        return changed
    next_ = _found(directory, successor)
    heir = replace(next_, regions=tuple(dict.fromkeys((*next_.regions, *old.regions))))
    _check_takes_over(old, heir)
    return replace(changed, partners={**changed.partners, heir.id: heir})


def end_partner(directory: Directory, partner: PartnerId, at: datetime) -> Directory:
    """The next version, in which the partner has ended: nothing is left of it. This one, if it had ended already."""
    old = _found(directory, partner)
    if old.ended_at is not None:
        return directory
    if old.valid_to is None or at < old.valid_to:
        raise OperatorError("partner-active", f"{partner} is not closing: retire it first")
    return _next(directory, replace(old, ended_at=at))


def check_environment(directory: Directory, environment: Environment) -> None:
    """That this is no directory of the other environment, behind a wrong address.

    Raises:
        OperatorError: a partner has a test number in production, or a real one on test.
    """
    for one in directory.partners.values():
        if checks.is_test(one.oin) is (environment is Environment.PRODUCTION):
            raise OperatorError(
                "environment-other",
                f"KETENHUB_OMGEVING is {environment.value}, and this database has partner {one.id} with OIN {one.oin}, "
                "which is none of it: compare the setting and the address",
            )


def check_desk(directory: Directory, partner: PartnerId) -> None:
    """That a region keeps its desk, where this partner ends and nobody is named in its place.

    Raises:
        OperatorError: it is a triage desk.
    """
    old = _found(directory, partner)
    if old.role is Role.VEILIG_THUIS and old.valid_to is None:
        raise OperatorError(
            "desk-needed",
            f"{partner} is the triage desk of {', '.join(old.regions)}, and without one a region's reports wait: "
            f"name who takes its place by --successor, or connect it by `partner add NEW ... --succeeds {partner}`",
        )


def add_key(directory: Directory, partner: PartnerId, key: Key) -> Directory:
    """The next version, with one key more for the partner.

    Raises:
        OperatorError: no such partner, or retired, or a key the directory knows already.
    """
    old = _found(directory, partner)
    if old.valid_to is not None:
        raise OperatorError("partner-retired", f"{partner} is retired from {old.valid_to.isoformat()}: add no keys")
    _check_kids(directory, (key,))
    return _next(directory, replace(old, keys=(*old.keys, _newest(key, old.keys))))


def revoke_key(directory: Directory, partner: PartnerId, kid: KeyId, at: datetime) -> Directory:
    """The next version, in which the key counts for nothing that is not committed yet.

    Raises:
        OperatorError: the partner has no such key, or it is revoked already.
    """
    old = _found(directory, partner)
    key = next((key for key in old.keys if key.kid == kid), None)
    if key is None:
        raise OperatorError("key-unknown", f"{partner} has no such key; `key list {partner}` shows those it has")
    if key.revoked_at is not None:
        raise OperatorError("key-revoked", f"this key is revoked already, at {key.revoked_at.isoformat()}")
    keys = tuple(replace(one, revoked_at=at) if one.kid == kid else one for one in old.keys)
    return _next(directory, replace(old, keys=keys))


def set_contacts(directory: Directory, partner: PartnerId, contacts: Sequence[Contact]) -> Directory:
    """The next version, in which these are whom to call at the partner, in turn.

    Raises:
        OperatorError: no such partner, or retired, or something that cannot be called.
    """
    old = _found(directory, partner)
    if old.valid_to is not None:
        raise OperatorError("partner-retired", f"{partner} is retired from {old.valid_to.isoformat()}: nobody is there")
    for one in contacts:
        checks.contact(one)
    return _next(directory, replace(old, contacts=tuple(contacts)))


def change_partner(
    directory: Directory,
    partner: PartnerId,
    add: Sequence[RegionId] = (),
    remove: Sequence[RegionId] = (),
    limits: PartnerLimits | None = None,
) -> Directory:
    """The next version, with other regions or limits of the partner; this one, if it has them.

    What is under way goes on: who holds a case, is offered it or sits at its table does so as before.

    Raises:
        OperatorError: no such partner, or retired; no such region; none left, or one with no triage desk, or with two.
    """
    old = _found(directory, partner)
    if old.valid_to is not None:
        raise OperatorError(
            "partner-retired", f"{partner} is retired from {old.valid_to.isoformat()}: it ends as it is"
        )
    regions = tuple(one for one in dict.fromkeys((*old.regions, *add)) if one not in remove)
    changed = replace(old, regions=regions, limits=old.limits if limits is None else limits)
    if changed == old:
        return directory
    _check_regions(directory, changed, old)
    checks.limits(changed.limits)
    return _next(directory, changed)


def _check_regions(directory: Directory, changed: Partner, old: Partner) -> None:
    if not changed.regions:
        raise OperatorError("region", f"{changed.id} would have no region: to end it, see `partner retire`")
    for region in changed.regions:
        checks.known_region(region, directory.regions)
    left = sorted(set(old.regions) - set(changed.regions))
    if left and old.role is Role.VEILIG_THUIS:
        raise OperatorError(
            "desk-needed",
            f"{old.id} is the triage desk of {', '.join(left)}, and without one a region's reports wait: "
            f"connect another in its place by `partner add NEW ... --succeeds {old.id}`",
        )
    for other in directory.partners.values():
        if other.id != changed.id and other.valid_to is None:  # who ends has no region any more from now on
            _check_beside(changed, other)


def _ended(directory: Directory, partner: PartnerId, at: datetime, successor: PartnerId | None) -> Partner:
    """The partner, closing from `at`, or from when it was."""
    old = _found(directory, partner)
    begun = old.valid_to
    if begun is not None and (old.ended_at or old.successor or successor is None):
        heir = f", in favour of {old.successor}" if old.successor else ""
        raise OperatorError("partner-retired", f"{partner} is retired already, from {begun.isoformat()}{heir}")
    known = directory.partners.get(successor) if successor else None
    if successor == partner or (known is not None and known.valid_to is not None):
        raise OperatorError("successor", f"{successor} cannot succeed {partner}; name a partner that stays")
    # By a clock that went back it would end before it began: it ends all the same.
    return replace(old, valid_to=begun or max(at, old.valid_from + _NEXT), retired=True, successor=successor)


def _after_the_former(directory: Directory, partner: Partner) -> Partner:
    """By a clock that went back it would begin before what it comes after has ended: it begins at that moment."""
    if not partner.begun:
        return partner
    former = (one for one in directory.partners.values() if one.retired and one.valid_to is not None)
    near = (one for one in former if one.oin == partner.oin or set(one.regions) & set(partner.regions))
    return replace(partner, valid_from=max([partner.valid_from, *(one.valid_to for one in near if one.valid_to)]))


def _newest(key: Key, others: Sequence[Key]) -> Key:
    """By a clock that went back it would be older than those that are there, and nothing would be sealed with it."""
    if not key.begun:
        return key
    same = (one.valid_from + _NEXT for one in others if one.use is key.use and one.revoked_at is None)
    return replace(key, valid_from=max([key.valid_from, *same]))


def _check_takes_over(old: Partner, successor: Partner) -> None:
    """Of a triage desk: its regions go on being one desk's."""
    if old.role is not Role.VEILIG_THUIS:
        return
    left = sorted(set(old.regions) - set(successor.regions))
    if successor.role is not Role.VEILIG_THUIS or left:
        missing = left or sorted(old.regions)
        raise OperatorError(
            "successor",
            f"{successor.id} cannot succeed {old.id}, the triage desk of {', '.join(missing)}: name one with role "
            f"{Role.VEILIG_THUIS.value} that has {'this region' if len(missing) == 1 else 'these regions'}",
        )


def _check_own(directory: Directory, partner: Partner, environment: Environment) -> None:
    checks.partner_id(partner.id)
    checks.fits(checks.oin(partner.oin), environment)
    if not partner.regions:
        raise OperatorError("region", f"{partner.id} has no region; write one or more")
    for region in partner.regions:
        checks.known_region(region, directory.regions)
    for one in partner.contacts:
        checks.contact(one)


def _check_among(directory: Directory, partner: Partner) -> None:
    if partner.id in directory.partners:
        raise OperatorError("partner-exists", f"there is a partner {partner.id} already, or was; write another id")
    if partner.oin == directory.hub_oin:
        raise OperatorError("oin-taken", f"OIN {partner.oin} is the hub's own; write the partner's")
    for other in directory.partners.values():
        if _together(partner, other):
            _check_beside(partner, other)
    _check_kids(directory, partner.keys)


def _check_beside(partner: Partner, other: Partner) -> None:
    if (other.oin, other.role) == (partner.oin, partner.role):
        sentence = f"{other.id} is {partner.role.value} with OIN {partner.oin}; retire it first, or write another OIN"
        raise OperatorError("oin-taken", sentence)
    shared = sorted(set(partner.regions) & set(other.regions))
    if shared and partner.role is other.role is Role.VEILIG_THUIS:
        sentence = (
            f"the triage desk of {shared[0]} is {other.id}, and a region has one: a new partner takes its place by "
            f"`partner add ... --succeeds {other.id}`, one that is there by `partner retire {other.id} --successor`"
        )
        raise OperatorError("desk-taken", sentence)


def _check_kids(directory: Directory, keys: tuple[Key, ...]) -> None:
    owners = {key.kid: partner.id for partner in directory.partners.values() for key in partner.keys}
    for key in keys:
        if key.kid in owners:
            raise OperatorError("key-known", f"{owners[key.kid]} has key {key.kid} already, or had; make a new one")
        owners[key.kid] = PartnerId("this partner")


def _together(one: Partner, other: Partner) -> bool:
    """Whether there is a moment at which both are active."""
    one_first = one.valid_to is None or other.valid_from < one.valid_to
    return one_first and (other.valid_to is None or one.valid_from < other.valid_to)


def _found(directory: Directory, partner: PartnerId) -> Partner:
    if partner not in directory.partners:
        known = ", ".join(sorted(directory.partners)) or "none yet"
        raise OperatorError("partner-unknown", f"there is no such partner; the directory knows {known}")
    return directory.partners[partner]


def _next(directory: Directory, partner: Partner) -> Directory:
    partners = {**directory.partners, partner.id: partner}
    return replace(directory, version=directory.version + 1, partners=partners)
