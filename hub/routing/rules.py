"""Who may send what, what kind of message it is, and who else hears of it: one table (CONTRACT, "Messages")."""

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
    """

    type: str
    kind: Kind
    senders: frozenset[Role] = frozenset()
    told: tuple[Role, ...] = ()


ANY_PARTY = frozenset(Role)
VT = frozenset({Role.VEILIG_THUIS})


def _report(name: str, sender: Role, *told: Role) -> Rule:
    return Rule(wire_type(name), Kind.REPORT, frozenset({sender}), told)


def _step(name: str, senders: frozenset[Role]) -> Rule:
    return Rule(wire_type(name), Kind.STEP, senders)


def _of_the_hub(name: str) -> Rule:
    return Rule(wire_type(name), Kind.OF_THE_HUB)


RULES = {
    rule.type: rule
    for rule in (
        _report("meldingen.zorgmelding", Role.POLICE),
        _report(
            "meldingen.strafrechtelijk-bericht",
            Role.PROSECUTION,
            Role.POLICE,
            Role.CHILD_PROTECTION,
            Role.PROBATION,
        ),
        _report("meldingen.raadsbericht", Role.CHILD_PROTECTION),
        _report("meldingen.reclasseringssignaal", Role.PROBATION, Role.PROSECUTION, Role.POLICE),
        _of_the_hub("triage.melding-aangeboden"),
        _step("triage.melding-vastgelegd", VT),
        _step("triage.veiligheidsbeoordeling", VT),
        _step("triage.zaak-gesloten", VT),
        # Whoever holds may give, whoever was asked may answer: the case knows who that is.
        _step("overdrachten.aanbod", ANY_PARTY),
        _step("overdrachten.aanvaard", ANY_PARTY),
        _step("overdrachten.geweigerd", ANY_PARTY),
        _step("overdrachten.ingetrokken", ANY_PARTY),
        _of_the_hub("overdrachten.dossier"),
        _of_the_hub("terugkoppelingen.stappen"),
        _step("zaken.standvraag", ANY_PARTY),
        _of_the_hub("zaken.stand"),
        Rule(wire_type("verwerking.verwerkt"), Kind.ANSWER, ANY_PARTY),
        _of_the_hub("verwerking.ontvangstbevestiging"),
        _of_the_hub("verwerking.foutmelding"),
        _of_the_hub("verwerking.vertraagd"),
    )
}
"""By wire type. A type that is not here does not exist."""
