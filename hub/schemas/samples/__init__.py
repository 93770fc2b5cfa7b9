"""A valid example of every type in each direction: invented people, test BSNs and test OINs only."""

from copy import deepcopy
from typing import Any

from hub.canonical.partners import Role
from hub.schemas.disclosure import disclose
from hub.schemas.message import Direction, wire_type
from hub.schemas.registry import message_types, validate
from hub.schemas.samples import answers, handovers, joint, reports, triage
from hub.schemas.samples.people import (
    ACTION_ID,
    COINCIDENCE_ID,
    HANDOVER_ID,
    HASH,
    MESSAGE_ID,
    OIN_BOARD,
    OIN_OTHER_TEAM,
    OIN_POLICE,
    OIN_PROSECUTION,
    OIN_TEAM,
    OIN_TRIAGE,
    ON_CASE,
    QUESTION_ID,
    REPORT_ID,
    TABLE_ID,
)

__all__ = [
    "ACTION_ID",
    "COINCIDENCE_ID",
    "HANDOVER_ID",
    "HASH",
    "MESSAGE_ID",
    "OIN_BOARD",
    "OIN_OTHER_TEAM",
    "OIN_POLICE",
    "OIN_PROSECUTION",
    "OIN_TEAM",
    "OIN_TRIAGE",
    "QUESTION_ID",
    "REPORT_ID",
    "TABLE_ID",
    "sample",
    "sample_names",
]

_TO_HUB = {**reports.TO_HUB, **triage.TO_HUB, **handovers.TO_HUB, **joint.TO_HUB, **answers.TO_HUB}
_FROM_HUB = {**handovers.FROM_HUB, **joint.FROM_HUB, **answers.FROM_HUB}


def sample(name: str, direction: Direction | None = None) -> dict[str, Any]:
    """A valid `data` of `group.name`; a fresh copy.

    Args:
        direction: to the hub unless only the hub says it.

    Raises:
        KeyError: there is no such type, or not in this direction.
    """
    if direction is None:
        direction = Direction.TO_HUB if name in _TO_HUB else Direction.FROM_HUB
    return deepcopy(_TO_HUB[name]) if direction is Direction.TO_HUB else _from_hub(name)


def sample_names() -> tuple[str, ...]:
    """Every `group.name`, in the registry's order."""
    return tuple(known.name for known in message_types().values())


def _from_hub(name: str) -> dict[str, Any]:
    if name == "triage.melding-aangeboden":
        return _presented()
    if name == "triage.melding-ter-kennis":
        return _noted()
    if name in _FROM_HUB:
        return deepcopy(_FROM_HUB[name])
    if message_types()[wire_type(name)].from_hub is None:
        raise KeyError(name)
    shown = disclose(validate(wire_type(name), _TO_HUB[name]), Role.VEILIG_THUIS)
    return shown if name.startswith("adviezen.") else shown | ON_CASE


def _presented() -> dict[str, Any]:
    term = {"naam": "veiligheidsbeoordeling", "lengte": 5, "eenheid": "werkdagen", "start": "verwerkt-of-vastgelegd"}
    return {
        "melding": _a_report(),
        "termijnen": [term],
        "radar": [deepcopy(joint.RADAR_HIT)],
        "genoemdTriagepunt": OIN_TRIAGE,
        "zaakversie": 1,
        "houder": OIN_POLICE,
    }


def _noted() -> dict[str, Any]:
    """As a Veilig Thuis gets it that holds."""
    return {
        "melding": _a_report(),
        "reden": "houder",
        "triagepunt": OIN_TRIAGE,
        "aanspreekpunt": {"functie": "Dienstdoende", "telefoon": "070 0000000"},
        "genoemdTriagepunt": OIN_POLICE,
    } | ON_CASE


def _a_report() -> dict[str, Any]:
    soort = wire_type("meldingen.zorgmelding")
    return {
        "nummer": REPORT_ID,
        "ontvangenOp": "2026-03-02T21:10:00Z",
        "afzender": OIN_POLICE,
        "soort": soort,
        "inhoud": disclose(validate(soort, reports.CARE_REPORT), Role.VEILIG_THUIS),
    }
