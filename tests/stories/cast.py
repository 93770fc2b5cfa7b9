"""Who plays in the stories: partners of two regions and families, all invented, with test numbers only."""

from dataclasses import dataclass
from typing import Any

from hub.canonical.partners import Contact, Role, Suite
from hub.ids import Oin
from hub.schemas.texts import eleven_test

HERE, THERE = "haaglanden", "rotterdam-rijnmond"
"""The two regions."""
THE_HAGUE, DELFT, ROTTERDAM = "GM0518", "GM0503", "GM0599"

Data = dict[str, Any]


@dataclass(frozen=True)
class Player:
    """A partner; `contacts` are whom to call there, in turn."""

    name: str
    number: int
    role: Role
    region: str = HERE
    suite: Suite = Suite.S1
    contacts: tuple[Contact, ...] = ()

    @property
    def oin(self) -> Oin:
        return Oin(f"00000099{self.number:09}000")

    def __repr__(self) -> str:
        return self.name


VT = Player(
    "vt-haaglanden", 51, Role.VEILIG_THUIS,
    contacts=(Contact("Bureaudienst", "070 1110000"), Contact("Achterwacht", "070 2220000")),
)  # fmt: skip
VT_THERE = Player("vt-rotterdam", 52, Role.VEILIG_THUIS, THERE, Suite.S1X)
POLICE = Player("politie-haaglanden", 11, Role.POLICE, contacts=(Contact("Meldkamer", "070 3330000"),))
POLICE_THERE = Player("politie-rotterdam", 12, Role.POLICE, THERE)
PROSECUTION = Player("om-den-haag", 21, Role.PROSECUTION, suite=Suite.S1X)
BOARD = Player("rvdk-haaglanden", 31, Role.CHILD_PROTECTION)
GI = Player("gi-haaglanden", 32, Role.CERTIFIED_INSTITUTION)
"""A certified institution (gecertificeerde instelling): it carries out what a court decides for a child."""
PROBATION = Player("reclassering-haaglanden", 41, Role.PROBATION, suite=Suite.S1X)
TEAM = Player("wijkteam-centrum", 61, Role.LOCAL_TEAM)
OTHER_TEAM = Player("wijkteam-laak", 62, Role.LOCAL_TEAM, suite=Suite.S1X)
TEAM_THAT_ENDS = Player("wijkteam-delft", 63, Role.LOCAL_TEAM)
TEAM_THAT_GOES_ON = Player("wijkteam-delft-westland", 64, Role.LOCAL_TEAM)
SCHOOL = Player("basisschool", 71, Role.REPORTER)
DOCTOR = Player("huisarts", 72, Role.REPORTER, suite=Suite.S1X)

CAST = (
    VT, VT_THERE, POLICE, POLICE_THERE, PROSECUTION, BOARD, GI, PROBATION, TEAM, OTHER_TEAM, TEAM_THAT_ENDS,
    TEAM_THAT_GOES_ON, SCHOOL, DOCTOR,
)  # fmt: skip
NOBODY = None
"""Who holds a case that is closed."""


@dataclass(frozen=True)
class Family:
    """Four people whom the radar takes for nobody else's: what is known of them all, as a message names them.

    Attributes:
        number: from 0, each its own.
    """

    number: int

    @property
    def surname(self) -> str:
        """By which any message that names somebody of this family can be told from every other."""
        return f"Verzonnen-{'abcdefghijklmnopqrstuvwxyz'[self.number]}"

    @property
    def mother(self) -> Data:
        return self._person(0, "vermoedelijk-slachtoffer", "vrouw", "M.", "1990") | {"bsn": self._bsn(0)}

    @property
    def father(self) -> Data:
        return self._person(1, "vermoedelijke-pleger", "man", "V.", "1988") | {"skn": f"99{self.number:05}1"}

    @property
    def child(self) -> Data:
        return self._person(2, "kind", "vrouw", "D.", "2018") | {"bsn": self._bsn(2)}

    @property
    def cousin(self) -> Data:
        """A child of another household."""
        elsewhere = {"adres": {"postcode": "2613XY", "huisnummer": self.number + 1}}
        return self._person(3, "kind", "man", "N.", "2018") | elsewhere | {"bsn": self._bsn(3)}

    def _person(self, place: int, role: str, sex: str, initials: str, year: str) -> Data:
        return {
            "rol": role,
            "geslacht": sex,
            "naam": {"voorletters": initials, "achternaam": self.surname},
            "geboortedatum": f"{year}-{place + 1:02}-{self.number + 1:02}",
            "adres": {"postcode": "2511AB", "huisnummer": self.number + 1},
        }

    def _bsn(self, place: int) -> str:
        passing = (number for number in range(999_900_006, 999_999_991) if eleven_test(str(number)))
        return str([next(passing) for _ in range(4 * self.number + place + 1)][-1])


def without(person: Data, *fields: str) -> Data:
    """What a partner that does not know these says of the same person."""
    return {name: value for name, value in person.items() if name not in fields}
