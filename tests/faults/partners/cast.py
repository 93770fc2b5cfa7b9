"""Who plays: one region's whole chain, or several; test OINs only."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.canonical.partners import Role, Suite

REGIONS = {"haaglanden": "GM0518", "rotterdam-rijnmond": "GM0599", "utrecht": "GM0344", "flevoland": "GM0034"}
"""Each with one of its municipalities."""
TEAMS = (Role.LOCAL_TEAM, Role.LOCAL_TEAM)
CHAIN = (
    Role.VEILIG_THUIS, Role.POLICE, Role.PROSECUTION, Role.CHILD_PROTECTION, Role.PROBATION,
    Role.CERTIFIED_INSTITUTION, Role.REPORTER, *TEAMS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Player:
    name: str
    number: int
    role: Role
    region: str

    @property
    def oin(self) -> str:
        return f"00000099{self.number:09}000"

    @property
    def suite(self) -> Suite:
        return Suite.S1X if self.number % 3 == 0 else Suite.S1

    @property
    def municipality(self) -> str:
        return REGIONS[self.region]


def cast(regions: int = 1, suffix: str = "") -> Sequence[Player]:
    """Nine partners a region: a triage, seven that report, one of each role but two local teams.

    Args:
        suffix: of every name, where a broker is shared with other runs.
    """
    tail = f"-{suffix}" if suffix else ""
    return [
        Player(f"{role.value[:12].rstrip('-')}-{area + 1}{place}{tail}", 100 + area * 20 + place, role, region)
        for area, region in enumerate(list(REGIONS)[:regions])
        for place, role in enumerate(CHAIN)
    ]
