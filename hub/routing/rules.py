"""Who may send what, what kind of message it is, and who else hears of it: one table (docs/contract.md, "Messages")."""

from dataclasses import dataclass
from enum import Enum, auto

from hub.canonical.partners import Role
from hub.schemas.message import wire_type


class Kind(Enum):
    """How the hub treats a type."""

    REPORT = auto()
    """A signal, or news on a running case: goes to the triage; never waits for its cause."""
    STEP = auto()
    """An act on a case; with an unknown cause it waits a while."""
    ADVICE = auto()
    """A question to the triage, or its answer, on no case; the answer names the question in `causationid`."""
    ANSWER = auto()
    """What a receiver's system says of a message of the hub: not receipted."""
    OF_THE_HUB = auto()
    """Sent by the hub only."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row.

    Attributes:
        type: the wire type.
        senders: roles that may send it.
        told: roles of the region that get it besides the triage, under its own type, the sender apart.
        told_if_minors: the same, where children are concerned.
    """

    type: str
    kind: Kind
    senders: frozenset[Role] = frozenset()
    told: tuple[Role, ...] = ()
    told_if_minors: tuple[Role, ...] = ()


ANY_PARTY = frozenset(Role)
VT = frozenset({Role.VEILIG_THUIS})
CHAIRS = ANY_PARTY - {Role.REPORTER}


def _report(name: str, sender: Role, *told: Role) -> Rule:
    return Rule(wire_type(name), Kind.REPORT, frozenset({sender}), told)


def _advice(name: str, senders: frozenset[Role]) -> Rule:
    return Rule(wire_type(name), Kind.ADVICE, senders)


def _step(name: str, senders: frozenset[Role]) -> Rule:
    return Rule(wire_type(name), Kind.STEP, senders)


def _of_the_hub(name: str) -> Rule:
    return Rule(wire_type(name), Kind.OF_THE_HUB)


RULES = {
    rule.type: rule
    for rule in (
        _report("meldingen.zorgmelding", Role.POLICE),
        Rule(
            wire_type("meldingen.huisverbod"),
            Kind.REPORT,
            frozenset({Role.POLICE}),
            told=(Role.PROSECUTION,),
            told_if_minors=(Role.CHILD_PROTECTION,),
        ),
        _report(
            "meldingen.strafrechtelijk-bericht",
            Role.PROSECUTION,
            Role.POLICE,
            Role.CHILD_PROTECTION,
            Role.PROBATION,
        ),
        _report("meldingen.raadsbericht", Role.CHILD_PROTECTION),
        _report("meldingen.jeugdbeschermingsbericht", Role.CERTIFIED_INSTITUTION, Role.CHILD_PROTECTION),
        _report("meldingen.reclasseringssignaal", Role.PROBATION, Role.PROSECUTION, Role.POLICE),
        Rule(wire_type("meldingen.professionele-melding"), Kind.REPORT, frozenset({Role.REPORTER, Role.LOCAL_TEAM})),
        _advice("adviezen.adviesvraag", ANY_PARTY - VT),
        _advice("adviezen.advies", VT),
        _of_the_hub("triage.melding-aangeboden"),
        _of_the_hub("triage.melding-ter-kennis"),
        _step("triage.melding-vastgelegd", VT),
        _step("triage.veiligheidsbeoordeling", VT),
        _step("triage.melding-losgemaakt", VT),
        _step("triage.onderzoeksuitkomst", VT),
        _step("triage.zaak-gesloten", VT),
        # Whoever holds may give, whoever was asked may answer: the case knows who that is.
        _step("overdrachten.aanbod", ANY_PARTY),
        _step("overdrachten.aanvulling-gevraagd", ANY_PARTY),
        _step("overdrachten.aanvulling-gegeven", ANY_PARTY),
        _step("overdrachten.aanvaard", ANY_PARTY),
        _step("overdrachten.geweigerd", ANY_PARTY),
        _step("overdrachten.ingetrokken", ANY_PARTY),
        _of_the_hub("overdrachten.dossier"),
        _step("overdrachten.hulp-gestart", ANY_PARTY),
        _step("overdrachten.afgerond", ANY_PARTY),
        _step("overdrachten.belegd", VT),
        # A reporter under the meldcode may sit at a joint table, and does not put a case on it.
        _step("actieoverleg.aanmelding", CHAIRS),
        _step("actieoverleg.inbreng", ANY_PARTY),
        _of_the_hub("actieoverleg.stand"),
        _step("actieoverleg.afspraken", CHAIRS),
        _step("actieoverleg.afspraak-aanvaard", ANY_PARTY),
        _step("monitoring.vraag", VT),
        _step("monitoring.antwoord", ANY_PARTY),
        _of_the_hub("radar.samenloop"),
        _step("radar.contact-gelegd", ANY_PARTY),
        _step("radar.intrekking", ANY_PARTY),
        _of_the_hub("terugkoppelingen.stappen"),
        _step("zaken.standvraag", ANY_PARTY),
        _of_the_hub("zaken.stand"),
        _of_the_hub("zaken.wijziging"),
        Rule(wire_type("verwerking.verwerkt"), Kind.ANSWER, ANY_PARTY),
        _of_the_hub("verwerking.ontvangstbevestiging"),
        _of_the_hub("verwerking.foutmelding"),
        _of_the_hub("verwerking.vertraagd"),
        _of_the_hub("verwerking.herinnering"),
        _of_the_hub("verwerking.escalatie"),
        _of_the_hub("verwerking.hubsleutel"),
    )
}
"""By wire type. A type that is not here does not exist."""
