"""Data that break a rule between fields, or a rule of arithmetic or calendar: by type, what to put where.

Each row: what is wrong, the type, the path, the value (`GONE` takes the field away), the pointer of the refusal, and
whether JSON Schema can say it too.
"""

from dataclasses import dataclass
from typing import Any

from hub.schemas.message import Direction, wire_type
from hub.schemas.registry import message_types
from tests.unit.schemas.kit import MessageType, Path, fitting, replaced, without

GONE = object()


@dataclass(frozen=True)
class Broken:
    label: str
    name: str
    path: Path
    value: Any
    at: str
    foreign: bool = True
    variant: int = 0

    @property
    def known(self) -> MessageType:
        return message_types()[wire_type(self.name)]

    def data(self) -> Any:
        whole = fitting(self.known, Direction.TO_HUB)[self.variant]
        return without(whole, self.path) if self.value is GONE else replaced(whole, self.path, self.value)


CARE = "meldingen.zorgmelding"
NOTICE = "meldingen.strafrechtelijk-bericht"
BOARD = "meldingen.raadsbericht"
SIGNAL = "meldingen.reclasseringssignaal"
ASSESSMENT = "triage.veiligheidsbeoordeling"
OFFER = "overdrachten.aanbod"
P = "betrokkenen"
PERSON = {"rol": "kind", "geslacht": "man"}
ADDRESS = {"postcode": "2511AB", "huisnummer": 1}

BROKEN = [
    Broken("bsn fails the eleven test", CARE, (P, 0, "bsn"), "999911005", "/data/betrokkenen/0/bsn", foreign=False),
    Broken("unborn by bsn only", CARE, (P, 0), PERSON | {"bsn": "999999999"}, "/data/betrokkenen/0/ongeboren"),
    Broken(
        "unborn with a bsn of its own",
        CARE,
        (P, 0),
        PERSON | {"bsn": "999911004", "ongeboren": {}},
        "/data/betrokkenen/0/bsn",
        foreign=False,
    ),
    Broken(
        "unborn and born",
        CARE,
        (P, 0),
        PERSON | {"geboortedatum": "2020", "ongeboren": {}},
        "/data/betrokkenen/0/geboortedatum",
    ),
    Broken(
        "address both open and shielded",
        CARE,
        (P, 0),
        PERSON | {"adres": ADDRESS, "adresAfgeschermd": ADDRESS},
        "/data/betrokkenen/0/adresAfgeschermd",
    ),
    Broken(
        "address without a number",
        CARE,
        (P, 0, "adres"),
        {"postcode": "2511AB"},
        "/data/betrokkenen/0/adres/huisnummer",
    ),
    Broken("address of nothing", CARE, (P, 0, "adres"), {}, "/data/betrokkenen/0/adres/postcode"),
    Broken(
        "not informed, no reason",
        CARE,
        (P, 0, "informering"),
        {"geinformeerd": False},
        "/data/betrokkenen/0/informering/reden",
    ),
    Broken(
        "a day that does not exist",
        CARE,
        (P, 0, "geboortedatum"),
        "2023-02-29",
        "/data/betrokkenen/0/geboortedatum",
        foreign=False,
    ),
    Broken(
        "a moment that does not exist", CARE, ("voorvalOp",), "2023-02-29T10:00:00Z", "/data/voorvalOp", foreign=False
    ),
    Broken("the same reason twice", CARE, ("aanleiding",), ["andere-problematiek"] * 2, "/data/aanleiding"),
    Broken("a decision that is not named", NOTICE, ("soort",), "beslissing", "/data/beslissing"),
    Broken("a decision with a suspension", NOTICE, ("beslissing",), "sepot", "/data/beslissing"),
    Broken(
        "a condition that ends before it starts",
        NOTICE,
        ("voorwaarden", 0, "tot"),
        "2026-03-04",
        "/data/voorwaarden/0/tot",
        foreign=False,
    ),
    Broken("an intake that says nothing of research", BOARD, ("onderzoek",), GONE, "/data/onderzoek", variant=1),
    Broken("an outcome that says nothing of a court", BOARD, ("verzoekAanRechter",), GONE, "/data/verzoekAanRechter"),
    Broken("an outcome with an intake's answer", BOARD, ("onderzoek",), True, "/data/onderzoek"),
    Broken("measures at an intake", BOARD, ("maatregelen",), ["anders"], "/data/maatregelen", variant=1),
    Broken("a breach of nothing", SIGNAL, ("overtredingen",), GONE, "/data/overtredingen"),
    Broken("unsafety with breaches", SIGNAL, ("soort",), "onveiligheid", "/data/overtredingen"),
    Broken("advice without an offer back", ASSESSMENT, ("overdracht",), GONE, "/data/overdracht", variant=1),
    Broken(
        "an offer back without advice",
        ASSESSMENT,
        ("overdracht",),
        "0b7c0f6e-6f0d-4c8e-9a51-2f4a3d1c7e01",
        "/data/overdracht",
    ),
    Broken("a handover to nobody", ASSESSMENT, ("ontvangendePartijen",), GONE, "/data/ontvangendePartijen"),
    Broken("research handed over", ASSESSMENT, ("uitkomst",), "onderzoek", "/data/ontvangendePartijen"),
    Broken("no candidate", OFFER, ("kandidaten",), [], "/data/kandidaten"),
    Broken("a candidate twice", OFFER, ("kandidaten",), ["00000099000000006000"] * 2, "/data/kandidaten"),
    Broken("a reason of the hub's own", "overdrachten.ingetrokken", ("reden",), "elders-aanvaard", "/data/reden"),
    Broken("a hash in capitals", "overdrachten.aanvaard", ("aanbodHash",), "3F" * 32, "/data/aanbodHash"),
    Broken("content in a question", "zaken.standvraag", ("vraag",), "x", "/data"),
]
