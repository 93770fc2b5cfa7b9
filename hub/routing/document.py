"""One version of the directory as canonical JSON text, the form it is stored in."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Contact, Directory, Key, KeyUse, Partner, PartnerLimits, Region, Role, Suite
from hub.errors import Standstill
from hub.ids import KeyId, Oin, PartnerId, RegionId

Document = dict[str, Any]


def _radar_and_contacts(one: Document) -> Document:
    partners = [{**partner, "contacts": []} for partner in one["partners"]]
    return {**one, "radarReads": [], "radarWrites": None, "partners": partners}


def _keys_of_the_hub(two: Document) -> Document:
    """Until then only the radar's keys were named: those of the other kinds come with `ketenhub key adopt`."""
    state = dict.fromkeys(two["radarReads"], "read") | ({two["radarWrites"]: "write"} if two["radarWrites"] else {})
    named = [{"kind": "radar", "id": id_, "state": is_, "jwk": "", "since": None} for id_, is_ in state.items()]
    return {**two, "hubKeys": named}


def _ends(three: Document) -> Document:
    """What was retired is closing: whether something is left of it, the hub finds out."""
    return {**three, "partners": [{**partner, "endedAt": None} for partner in three["partners"]]}


def _acts(before: Document) -> Document:
    """Until then all that was connected or ended was so by an act, and waited for the clock all the same."""
    partners = [{**one, "begun": True, "retired": one["validTo"] is not None} for one in before["partners"]]
    return {**before, "partners": partners}


def _keys_by_acts(before: Document) -> Document:
    """Keys too: nobody ever set a moment to come."""
    partners = [{**one, "keys": [{**key, "begun": True} for key in one["keys"]]} for one in before["partners"]]
    return {**before, "partners": partners}


UPCASTS: tuple[Callable[[Document], Document], ...] = (
    _radar_and_contacts,
    _keys_of_the_hub,
    _ends,
    _acts,
    _keys_by_acts,
)
"""From each older schema to the next: the first from 1 to 2. Never change one that has run."""


def to_document(directory: Directory) -> str:
    """Canonical JSON: sorted keys, no spaces, moments in UTC, the schema's number in `schema`."""
    document = {
        "schema": len(UPCASTS) + 1,
        "version": directory.version,
        "hub": directory.hub_oin,
        "partners": [_partner_out(one) for _, one in sorted(directory.partners.items())],
        "regions": [_region_out(one) for _, one in sorted(directory.regions.items())],
        "hubKeys": [hub_key_to_document(one) for one in directory.hub_keys],
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_document(text: str) -> Directory:
    """Read what `to_document` wrote, now or under an older schema.

    Raises:
        Standstill: written by a newer hub, or damaged.
    """
    try:
        return _directory_in(_upcast(json.loads(text)))
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise Standstill(
            "directory-damaged", "The stored directory cannot be read; restore an earlier version."
        ) from exc


def _upcast(document: Document) -> Document:
    schema = document["schema"]
    if schema > len(UPCASTS) + 1:
        raise Standstill("directory-newer", "The stored directory was written by a newer hub; run that one.")
    for upcast in UPCASTS[schema - 1 :]:
        document = upcast(document)
    return document


def _directory_in(value: Document) -> Directory:
    partners = [_partner_in(one) for one in value["partners"]]
    regions = [_region_in(one) for one in value["regions"]]
    return Directory(
        value["version"],
        Oin(value["hub"]),
        {one.id: one for one in partners},
        {one.id: one for one in regions},
        tuple(hub_key_from_document(one) for one in value["hubKeys"]),
    )


def _partner_out(partner: Partner) -> Document:
    return {
        "id": partner.id,
        "oin": partner.oin,
        "role": partner.role.value,
        "regions": list(partner.regions),
        "keys": [_key_out(key) for key in partner.keys],
        "validFrom": _moment_out(partner.valid_from),
        "validTo": _moment_out(partner.valid_to),
        "endedAt": _moment_out(partner.ended_at),
        "successor": partner.successor,
        "organisation": partner.organisation,
        "contacts": [{"function": one.function, "phone": one.phone} for one in partner.contacts],
        "begun": partner.begun,
        "retired": partner.retired,
        **_limits_out(partner.limits),
    }


def _limits_out(limits: PartnerLimits) -> Document:
    """Only what is said: a version before reads a partner without it, and could not read one with another shape."""
    said = {name: value for name, value in asdict(limits).items() if value is not None}
    return {"limits": said} if said else {}


def _partner_in(value: Document) -> Partner:
    return Partner(
        PartnerId(value["id"]),
        Oin(value["oin"]),
        Role(value["role"]),
        tuple(RegionId(region) for region in value["regions"]),
        tuple(_key_in(key) for key in value["keys"]),
        _moment_in(value["validFrom"]),
        _maybe(value["validTo"]),
        value["successor"],
        value["organisation"],
        tuple(Contact(one["function"], one["phone"]) for one in value["contacts"]),
        _maybe(value["endedAt"]),
        value["begun"],
        value["retired"],
        PartnerLimits(**value.get("limits", {})),
    )


def _key_out(key: Key) -> Document:
    return {
        "kid": key.kid,
        "use": key.use.value,
        "suite": key.suite.value,
        "jwk": key.jwk,
        "validFrom": _moment_out(key.valid_from),
        "validTo": _moment_out(key.valid_to),
        "revokedAt": _moment_out(key.revoked_at),
        "begun": key.begun,
    }


def _key_in(value: Document) -> Key:
    return Key(
        KeyId(value["kid"]),
        KeyUse(value["use"]),
        Suite(value["suite"]),
        value["jwk"],
        _moment_in(value["validFrom"]),
        _maybe(value["validTo"]),
        _maybe(value["revokedAt"]),
        value["begun"],
    )


def hub_key_to_document(key: HubKey) -> Document:
    """Its public half and what it counts for; also where a machine or a database keeps what it saw of the directory."""
    return {
        "kind": key.kind.value,
        "id": key.id,
        "state": key.state.value,
        "jwk": key.jwk,
        "since": _moment_out(key.since),
    }


def hub_key_from_document(value: Document) -> HubKey:
    """See `hub_key_to_document`."""
    return HubKey(KeyKind(value["kind"]), value["id"], KeyState(value["state"]), value["jwk"], _maybe(value["since"]))


def _region_out(region: Region) -> Document:
    return {"id": region.id, "name": region.name, "municipalities": list(region.municipalities)}


def _region_in(value: Document) -> Region:
    return Region(RegionId(value["id"]), value["name"], tuple(value["municipalities"]))


def _moment_out(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _moment_in(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _maybe(text: str | None) -> datetime | None:
    return None if text is None else _moment_in(text)
