"""Data that break a rule between fields, or a rule of arithmetic or calendar: by type, what to put where.

Each row: what is wrong, the type, the path, the value (`GONE` takes the field away), the pointer of the refusal, and
whether JSON Schema can say it too.
"""

from dataclasses import dataclass
from typing import Any

from hub.schemas.message import Direction, wire_type
from hub.schemas.registry import message_types
from hub.schemas.samples import sample
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
    way: Direction = Direction.TO_HUB

    @property
    def known(self) -> MessageType:
        return message_types()[wire_type(self.name)]

    def data(self) -> Any:
        whole = fitting(self.known, self.way)[self.variant]
        return without(whole, self.path) if self.value is GONE else replaced(whole, self.path, self.value)


CARE = "meldingen.zorgmelding"
NOTICE = "meldingen.strafrechtelijk-bericht"
BOARD = "meldingen.raadsbericht"
SIGNAL = "meldingen.reclasseringssignaal"
ASSESSMENT = "triage.veiligheidsbeoordeling"
OFFER = "overdrachten.aanbod"
ORDER = "meldingen.huisverbod"
RESEARCH = "triage.onderzoeksuitkomst"
INPUT = "actieoverleg.inbreng"
STEPS = "terugkoppelingen.stappen"
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
    Broken("an order without its start", ORDER, ("ingaandOp",), GONE, "/data/ingaandOp"),
    Broken("an order that was not imposed, with a period", ORDER, ("opgelegd",), False, "/data/ingaandOp"),
    Broken(
        "an order that ends before it starts",
        ORDER,
        ("eindigtOp",),
        "2026-03-03T00:29:59+01:00",
        "/data/eindigtOp",
        foreign=False,
    ),
    Broken(
        "an order of more than four weeks",
        ORDER,
        ("eindigtOp",),
        "2026-03-31T03:00:00+02:00",
        "/data/eindigtOp",
        foreign=False,
    ),
    Broken(
        "a professional who saw no acute danger and did not weigh what help could do",
        "meldingen.professionele-melding",
        ("afwegingskader", "hulpAanvaard"),
        GONE,
        "/data/afwegingskader/hulpAanvaard",
    ),
    Broken(
        "a step of the code twice",
        "meldingen.professionele-melding",
        ("stappenMeldcode",),
        [2, 2],
        "/data/stappenMeldcode",
    ),
    Broken(
        "research that ended before it started",
        RESEARCH,
        ("gestartOp",),
        "2026-05-13",
        "/data/afgerondOp",
        foreign=False,
    ),
    Broken(
        "a kind established of what was not confirmed",
        RESEARCH,
        ("uitkomst",),
        ["hg-niet-bevestigd"],
        "/data/aardVastgesteld",
        foreign=False,
    ),
    Broken("declined without a reason", INPUT, ("reden",), GONE, "/data/reden", variant=1),
    Broken("a reason to decline, and a part in it", INPUT, ("reden",), "capaciteit", "/data/reden"),
    Broken("safety known by who knows nothing", INPUT, ("antwoord",), "niets-bekend", "/data/veiligheidsinformatie"),
    Broken(
        "two actions with one number",
        "actieoverleg.afspraken",
        ("afspraken",),
        sample("actieoverleg.afspraken")["afspraken"] * 2,
        "/data/afspraken",
        foreign=False,
    ),
    Broken("assessed without an outcome", STEPS, ("uitkomst",), GONE, "/data/uitkomst", way=Direction.FROM_HUB),
    Broken(
        "researched with a triage outcome", STEPS, ("stap",), "onderzocht", "/data/uitkomst", way=Direction.FROM_HUB
    ),
    Broken(
        "a lapsed part with a question",
        "overdrachten.aanvulling-gevraagd",
        ("vraag",),
        "x",
        "/data/vraag",
        variant=1,
        way=Direction.FROM_HUB,
    ),
    Broken(
        "a question of nothing",
        "overdrachten.aanvulling-gevraagd",
        ("vraag",),
        GONE,
        "/data/vraag",
        way=Direction.FROM_HUB,
    ),
    Broken(
        "a kind of data found in what was refused for something else",
        "verwerking.foutmelding",
        ("code",),
        "te-groot",
        "/data/gevonden",
        variant=2,
        way=Direction.FROM_HUB,
    ),
    Broken("content in a question", "zaken.standvraag", ("vraag",), "x", "/data"),
]
