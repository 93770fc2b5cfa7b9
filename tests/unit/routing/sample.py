"""A small country: two regions, one desk each, and partners around them. Invented organisations, test OINs."""

from datetime import UTC, datetime, timedelta

from hub.canonical.partners import Directory, Key, KeyUse, Partner, Region, Role, Suite
from hub.ids import KeyId, Oin, PartnerId, RegionId

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=365)
HUB = Oin("00000099000000000000")
NORTH, SOUTH, EMPTY = RegionId("noord"), RegionId("zuid"), RegionId("leeg")
REGIONS = {
    NORTH: Region(NORTH, "Noord", ("GM0001", "GM0002")),
    SOUTH: Region(SOUTH, "Zuid", ("GM0003",)),
    EMPTY: Region(EMPTY, "Leeg", ("GM0009",)),
}


def kid(number: int) -> KeyId:
    return KeyId(f"{number:043d}")


def key(number: int, use: KeyUse = KeyUse.ENCRYPTION, **times: datetime | None) -> Key:
    start = times.pop("valid_from", None) or LONG_AGO
    return Key(kid(number), use, Suite.S1, f'{{"kid":"{kid(number)}"}}', start, **times)


def partner(id_: str, number: int, role: Role, *regions: RegionId, keys: tuple[Key, ...] = ()) -> Partner:
    return Partner(PartnerId(id_), Oin(f"00000099{number:012d}"), role, regions, keys, LONG_AGO)


VT_NORTH = partner("vt-noord", 1, Role.VEILIG_THUIS, NORTH)
VT_SOUTH = partner("vt-zuid", 2, Role.VEILIG_THUIS, SOUTH)
POLICE_NORTH = partner("politie-noord", 3, Role.POLICE, NORTH)
POLICE_SOUTH = partner("politie-zuid", 4, Role.POLICE, SOUTH)
PROSECUTION = partner("om", 5, Role.PROSECUTION, SOUTH, NORTH)
CHILD_PROTECTION = partner("rvdk", 6, Role.CHILD_PROTECTION, NORTH, SOUTH)
PROBATION = partner("reclassering", 7, Role.PROBATION, NORTH)
POLICE_EMPTY = partner("politie-leeg", 8, Role.POLICE, EMPTY)
POLICE_LOST = partner("politie-leeg-zuid", 9, Role.POLICE, EMPTY, SOUTH)

ALL = (
    VT_NORTH,
    VT_SOUTH,
    POLICE_NORTH,
    POLICE_SOUTH,
    PROSECUTION,
    CHILD_PROTECTION,
    PROBATION,
    POLICE_EMPTY,
    POLICE_LOST,
)


def directory(*partners: Partner) -> Directory:
    return Directory(7, HUB, {one.id: one for one in partners}, REGIONS)


COUNTRY = directory(*ALL)
