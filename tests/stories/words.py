"""What the partners say, in the wire's words: one builder a message, and nothing in it that is not needed."""

from collections.abc import Sequence
from uuid import uuid4

from hub.canonical.partners import Role
from hub.partner.messages import Received
from tests.stories.cast import THE_HAGUE, Data, Family, Player

# --- reports -------------------------------------------------------------------------------------------------------


def report(text: str, *persons: Data, gemeente: str = THE_HAGUE) -> Data:
    children = any(person["rol"] == "kind" for person in persons)
    said = {"gemeente": gemeente, "minderjarigenBetrokken": children, "betrokkenen": list(persons)}
    return said | {"omschrijving": text}


def care_report(text: str, *persons: Data, gemeente: str = THE_HAGUE, danger: str = "") -> Data:
    """Zorgmelding of the police."""
    own = {"soort": "huiselijk-geweld", "voorvalOp": "2026-03-06T22:50:00Z", "terugkoppelingGewenst": True}
    acute = {"directGevaar": {"gevaar": danger, "terugbelnummer": "0900 8844"}} if danger else {}
    return report(text, *persons, gemeente=gemeente) | own | acute


def professional_report(text: str, *persons: Data, acute_or_structural: bool = True, steps: Sequence[int] = ()) -> Data:
    """Melding of a professional under the meldcode."""
    weighed = {"vermoeden": True, "acuutOfStructureel": acute_or_structural}
    if not acute_or_structural:
        weighed |= {"hulpMogelijk": True, "hulpAanvaard": False, "hulpLeidtTotVeiligheid": False}
    own = {"stappenMeldcode": list(steps) or [1, 2, 3, 4, 5], "gezinGeinformeerd": True}
    return report(text, *persons) | {"afwegingskader": weighed} | own


def restraining_order(text: str, *persons: Data, until: str) -> Data:
    """Huisverbod, imposed."""
    return report(text, *persons) | {
        "riHG": {"pleger": "hoog", "incident": "hoog", "gezin": "midden"},
        "opgelegd": True,
        "ingaandOp": "2026-03-07T01:00:00+01:00",
        "eindigtOp": until,
        "contactadresUithuisgeplaatste": {"postcode": "2512CD", "huisnummer": 7},
    }


def release(text: str, *persons: Data) -> Data:
    """Strafrechtelijk bericht of a suspect who is let go, which brings new danger."""
    return report(text, *persons) | {
        "soort": "vrijlating",
        "nieuwGevaar": True,
        "ingaandOp": "2026-03-09T12:00:00Z",
        "voorwaarden": [{"soort": "contactverbod", "vanaf": "2026-03-09", "tot": "2026-06-09"}],
        "slachtofferGeinformeerd": False,
    }


def breach(text: str, *persons: Data) -> Data:
    """Reclasseringssignaal: a condition was broken."""
    broken = {"voorwaarde": "contactverbod", "datum": "2026-03-12", "ernst": "ernstig"}
    return report(text, *persons) | {"soort": "overtreding-voorwaarden", "overtredingen": [broken]}


def board_notice(text: str, *persons: Data, kind: str, new: bool, **more: object) -> Data:
    """Raadsbericht."""
    return report(text, *persons) | {"soort": kind, "nieuweZorgen": new, "statusOp": "2026-03-10"} | more


def protection_notice(text: str, *persons: Data, kind: str, new: bool, **more: object) -> Data:
    """Jeugdbeschermingsbericht."""
    return report(text, *persons) | {"soort": kind, "nieuweZorgen": new, "statusOp": "2026-04-20"} | more


# --- the triage ----------------------------------------------------------------------------------------------------


def assessed(number: str, outcome: str, *parties: str, **more: object) -> Data:
    """Veiligheidsbeoordeling of the report with this number; `parties` with outcome `overdracht`."""
    said = {"melding": number, "uitkomst": outcome, "besluitOp": "2026-03-13"}
    judged = {"acuteOnveiligheid": False, "structureleOnveiligheid": False, "mdaPlusPlus": False}
    heard = {"gehoord": {"ouders": True, "kinderen": True}, "voorwaardenGesteld": False}
    to = {"ontvangendePartijen": list(parties)} if parties else {}
    return said | judged | heard | to | more


def researched(*outcomes: str, **more: object) -> Data:
    """Onderzoeksuitkomst."""
    said = {"uitkomst": list(outcomes), "afgerondOp": "2026-05-20", "gehoord": {"ouders": True, "kinderen": True}}
    return said | more


def closed(reason: str) -> Data:
    return {"geslotenOp": "2026-09-01", "reden": reason}


# --- handing over --------------------------------------------------------------------------------------------------


def full_part(text: str, family: Family) -> Data:
    return {
        "situatie": text,
        "achtergrond": "Zie eerdere meldingen.",
        "beoordeling": "Structureel onveilig, nu geen acuut gevaar.",
        "aanbeveling": "Veiligheidsplan met het gezin.",
        "betrokkenen": [family.mother, family.child],
    }


TAKES_OVER_AS = {
    Role.LOCAL_TEAM: "lokaal-veld",
    Role.CHILD_PROTECTION: "rvdk",
    Role.CERTIFIED_INSTITUTION: "gecertificeerde-instelling",
    Role.VEILIG_THUIS: "veilig-thuis",
}


def offer(text: str, family: Family, *candidates: Player, kind: str = "", handover: str = "") -> Data:
    """Aanbod: a handover of its own, with the full part that is kept until somebody has said yes.

    `kind`: as what they are to take over, if not as what they are.
    """
    return {
        "overdracht": handover or str(uuid4()),
        "kandidaten": [one.oin for one in candidates],
        "soort": kind or TAKES_OVER_AS[candidates[0].role],
        "minimaal": {
            "aanleiding": ["ex-partnergeweld"],
            "aantalVolwassenen": 2,
            "aantalMinderjarigen": 1,
            "acuteOnveiligheid": False,
            "structureleOnveiligheid": True,
        },
        "volledig": full_part(text, family),
    }


def accepted(offered: Received) -> Data:
    """Aanvaard: the yes to exactly this offer."""
    return {"overdracht": offered.data["overdracht"], "functie": "Teamleider", "aanbodHash": offered.sha256}


def refused(handover: str, code: str, onward: Player | None = None) -> Data:
    return {"overdracht": handover, "code": code} | ({"doorverwijzing": onward.oin} if onward else {})


# --- the joint table -----------------------------------------------------------------------------------------------


def table(kind: str, reason: str, family: Family, *participants: Player, **more: object) -> Data:
    """Aanmelding: a case is put on a table of its own."""
    said = {"overleg": str(uuid4()), "soort": kind, "deelnemers": [one.oin for one in participants], "reden": reason}
    return said | {"betrokkenen": [family.father, family.mother]} | more


def known(overleg: str, safety: str) -> Data:
    return {"overleg": overleg, "antwoord": "bekend", "veiligheidsinformatie": safety}


def nothing_known(overleg: str) -> Data:
    return {"overleg": overleg, "antwoord": "niets-bekend"}


def agreed(overleg: str, **actions: Player) -> Data:
    """Afspraken: for each action, in a few words, its one responsible party."""
    lines = [
        {"afspraak": str(uuid4()), "verantwoordelijke": who.oin, "omschrijving": what.replace("_", " ")}
        for what, who in actions.items()
    ]
    return {"overleg": overleg, "afspraken": lines}


def question(text: str = "") -> Data:
    """Monitoring.vraag; the standard question if there is no text."""
    return {"vraag": str(uuid4())} | ({"tekst": text} if text else {})
