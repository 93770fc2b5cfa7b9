"""The work W1: distinct police reports about distinct strangers, sealed before any clock starts."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from hub.canonical.codes import Lane
from hub.partner.messages import Draft, compose, envelope, full_type
from hub.partner.profile import load
from hub.schemas.samples import sample
from hub.simulator.people import a_bsn, strangers

REPORT = "meldingen.zorgmelding"
NUMBERED = 4_500
"""Families for whom there are test BSNs: beyond, a report would be about a child of an earlier one."""
SEALERS = 2
SHARE = 500
"""Messages that a sealer makes at a time."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One message on its way in, as the partner hands it to the broker."""

    id: UUID
    body: bytes = field(repr=False)


def report(family: int) -> dict[str, Any]:
    """A care report on a family that no other number gives."""
    data = strangers(sample(REPORT), family)
    for place, person in enumerate(data["betrokkenen"][:2]):
        if family < NUMBERED:
            person["bsn"] = a_bsn(2 * family + place)
        else:
            del person["bsn"]
    return data


def sealed(folder: Path, families: range) -> list[Sealed]:
    """A report on each of these families, from the partner of this folder.

    Args:
        families: numbers that no other message of the same run has.
    """
    shares = [families[at : at + SHARE] for at in range(0, len(families), SHARE)]
    with ProcessPoolExecutor(SEALERS) as sealers:
        return [one for share in sealers.map(_share, [folder] * len(shares), shares) for one in share]


def acute(folder: Path, families: range) -> Iterator[tuple[str, Sealed]]:
    """Acute reports, each with the reference that the triage will read in it."""
    profile = load(folder)
    for family in families:
        reference = f"ACUUT-{family:06d}"
        draft = Draft(full_type(REPORT), report(family) | {"kenmerk": reference}, Lane.ACUTE)
        id_ = uuid4()
        yield reference, Sealed(id_, envelope(profile, compose(profile, draft, id_, datetime.now(UTC))))


def _share(folder: Path, families: range) -> list[Sealed]:
    profile = load(folder)
    made = []
    for family in families:
        id_ = uuid4()
        draft = Draft(full_type(REPORT), report(family))
        made.append(Sealed(id_, envelope(profile, compose(profile, draft, id_, datetime.now(UTC)))))
    return made
