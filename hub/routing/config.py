"""The configuration file (`KETENHUB_CONFIG`) as values: hub, regions, terms, limits and the first partners.

A file of an operator stands on the packaged `default.toml`: a region table or partner table replaces the default's, a
term, a limit or a kind of handover only itself. Partners and regions are imported at the first start; from then on the
database has them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.canonical.holding import Holding
from hub.canonical.partners import Contact, Region, Role
from hub.canonical.terms import Terms
from hub.errors import OperatorError
from hub.ids import Oin, PartnerId, RegionId
from hub.routing import checks
from hub.routing.holding import read_holding
from hub.routing.limits import Limits
from hub.routing.locate import locate
from hub.routing.radar import RolePairs
from hub.routing.reader import Source, Table, root
from hub.routing.tuning import read_limits, read_terms
from hub.schemas.texts import eleven_test


@dataclass(frozen=True, slots=True)
class FirstPartner:
    """A partner as the file has it; its keys are still to be enrolled.

    Attributes:
        signing, encryption: public JWKs as canonical JSON text.
        line: where its table starts, for errors that show later.
    """

    id: PartnerId
    oin: Oin
    role: Role
    regions: tuple[RegionId, ...]
    organisation: str
    signing: tuple[str, ...] = ()
    encryption: tuple[str, ...] = ()
    line: int = 0
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration; the environment (test or production) is not in it."""

    source: str
    hub_oin: Oin
    regions: Mapping[RegionId, Region]
    terms: Terms
    limits: Limits
    radar: RolePairs
    dummies: frozenset[str]
    holding: Holding
    partners: tuple[FirstPartner, ...] = field(default=())


def parse_config(text: str, source: str, base: Config | None = None) -> Config:
    """Read a configuration.

    Args:
        text: TOML.
        source: the file's name, for errors.
        base: what holds where the file says nothing; without it the file must be complete.

    Raises:
        OperatorError: with file, line and what to write instead.
    """
    origin = Source(source, text)
    document = root(origin)
    hub_oin, regions = _hub_oin(document, base), _regions(document, base)
    terms = read_terms(document, base.terms if base else None)
    limits = read_limits(document, base.limits if base else None)
    radar, dummies = _radar(document, base)
    holding = read_holding(document, base.holding if base else None)
    partners = _partners(document, text, regions)
    document.done()
    _each_role_once(origin, hub_oin, partners)
    _one_desk_a_region(origin, partners)
    return Config(source, hub_oin, regions, terms, limits, radar, dummies, holding, partners)


def _hub_oin(document: Table, base: Config | None) -> Oin:
    if base and not document.has("hub"):
        return base.hub_oin
    table = document.table("hub")
    with table.at("oin"):
        value = checks.oin(table.text("oin")) if table.has("oin") or not base else base.hub_oin
    table.done()
    return value


def _regions(document: Table, base: Config | None) -> Mapping[RegionId, Region]:
    if base and not document.has("regions"):
        return base.regions
    table = document.table("regions")
    regions: dict[RegionId, Region] = {}
    taken: dict[str, str] = {}
    for name in table.names():
        with table.at(name):
            id_ = checks.region_id(name)
        regions[id_] = _region(id_, table.table(name), taken)
    return regions


def _region(id_: RegionId, table: Table, taken: dict[str, str]) -> Region:
    name, municipalities = table.text("name"), table.texts("municipalities")
    for code in municipalities:
        with table.at("municipalities", code):
            checks.municipality(code)
            if code in taken:
                raise OperatorError("config", f"{code} is in region {taken[code]} already; leave it in one")
        taken[code] = id_
    table.done()
    return Region(id_, name, municipalities)


def _radar(document: Table, base: Config | None) -> tuple[RolePairs, frozenset[str]]:
    if base and not document.has("radar"):
        return base.radar, base.dummies
    table = document.table("radar")
    pairs = base.radar if base and not table.has("tell_reporters") else _pairs(table, "tell_reporters")
    dummies = base.dummies if base and not table.has("dummy_numbers") else _dummies(table, "dummy_numbers")
    table.done()
    return pairs, dummies


def _pairs(table: Table, key: str) -> RolePairs:
    return RolePairs(frozenset(_pair(table, key, pair) for pair in table.lists(key)))


def _dummies(table: Table, key: str) -> frozenset[str]:
    numbers = table.texts(key)
    for number in numbers:
        with table.at(key, number):
            checks.personal_number(number)
    # A sheet writes a BSN without the zero that it begins with.
    whole = (number.zfill(9) for number in numbers)
    return frozenset((*numbers, *filter(eleven_test, (number for number in whole if len(number) == 9))))


def _pair(table: Table, key: str, pair: list[Any]) -> frozenset[Role]:
    if len(pair) != 2 or not all(isinstance(name, str) for name in pair):
        raise table.wrong(key, 'write pairs of roles, such as [["politie", "om"]]')
    roles = []
    for name in pair:
        with table.at(key, name):
            roles.append(checks.role(name))
    return frozenset(roles)


def _partners(document: Table, text: str, regions: Mapping[RegionId, Region]) -> tuple[FirstPartner, ...]:
    if not document.has("partners"):
        return ()
    table = document.table("partners")
    return tuple(_partner(name, table, text, regions) for name in table.names())


def _partner(name: str, partners: Table, text: str, regions: Mapping[RegionId, Region]) -> FirstPartner:
    with partners.at(name):
        id_ = checks.partner_id(name)
    table = partners.table(name)
    with table.at("oin"):
        number = checks.oin(table.text("oin"))
    with table.at("role"):
        role = checks.role(table.text("role"))
    named, line = _regions_of(table, regions), locate(text, table.path)
    organisation, signing, encryption = table.text("organisation"), _jwks(table, "sig"), _jwks(table, "enc")
    contacts = _contacts(table, "contacts") if table.has("contacts") else ()
    table.done()
    return FirstPartner(id_, number, role, named, organisation, signing, encryption, line, contacts)


def _regions_of(table: Table, regions: Mapping[RegionId, Region]) -> tuple[RegionId, ...]:
    names = table.texts("regions")
    if not names or len(set(names)) < len(names):
        raise table.wrong("regions", 'write one or more regions, each once, such as ["haaglanden"]')
    for name in names:
        with table.at("regions", name):
            checks.known_region(name, regions)
    return tuple(RegionId(name) for name in names)


def _contacts(table: Table, key: str) -> tuple[Contact, ...]:
    contacts = table.tables(key)
    if not all(one.keys() == {"function", "phone"} and all(map(_is_text, one.values())) for one in contacts):
        raise table.wrong(key, 'write contacts as [{ function = "dienstdoende", phone = "070 123 4567" }]')
    with table.at(key):
        return tuple(checks.contact(Contact(**one)) for one in contacts)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _jwks(table: Table, key: str) -> tuple[str, ...]:
    keys = table.tables(key) if table.has(key) else ()
    return tuple(json.dumps(jwk, sort_keys=True, separators=(",", ":"), default=str) for jwk in keys)


def _each_role_once(origin: Source, hub: Oin, partners: tuple[FirstPartner, ...]) -> None:
    """An organisation may have several connections, each in a role of its own."""
    taken: dict[tuple[Oin, Role], PartnerId] = {}
    for partner in partners:
        at = ("partners", partner.id, "oin")
        if partner.oin == hub:
            raise origin.wrong(at, "the hub has this OIN already")
        if (partner.oin, partner.role) in taken:
            raise origin.wrong(at, f"{taken[partner.oin, partner.role]} has this OIN and role already")
        taken[partner.oin, partner.role] = partner.id


def _one_desk_a_region(origin: Source, partners: tuple[FirstPartner, ...]) -> None:
    desks: dict[RegionId, PartnerId] = {}
    for partner in partners:
        for region in partner.regions if partner.role is Role.VEILIG_THUIS else ():
            if region in desks:
                sentence = f"the triage desk of {region} is {desks[region]} already; a region has one"
                raise origin.wrong(("partners", partner.id, "regions"), sentence, region)
            desks[region] = partner.id
