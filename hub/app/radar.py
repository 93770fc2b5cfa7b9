"""The radar as an operator asks it: what it knows of somebody."""

from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.own_keys import check
from hub.canonical.hub_keys import KeyKind
from hub.errors import OperatorError
from hub.ids import CaseId
from hub.lanes.keys import RadarKeys
from hub.lanes.processing import looked_for
from hub.routing.radar import RadarEntry
from hub.schemas.identities import identities_of_persons
from hub.schemas.persons import Person

MOST_FOUND = 1_000
"""Entries of one identity that a search shows."""


async def find(hub: Hub, person: Person) -> list[tuple[RadarEntry, CaseId]]:
    """Every report that speaks of this person, by whatever of these data it gave; recorded before it is given.

    Raises:
        OperatorError: nobody can be found by these data, or a key of the radar or of the log is not here.
    """
    files = KeyFiles(hub.settings.home)
    directory, keys = await check(hub.database.store.directory, files, [KeyKind.RADAR, KeyKind.LOG]), files.keys()
    known = RadarKeys.of(directory, keys)
    identities = identities_of_persons([person], hub.config.dummies)
    if not identities:
        sentence = "Nobody is found by these data; give bsn, skn, naam with geboortedatum (a whole date), or adres."
        raise OperatorError("radar-find", sentence)
    pseudonyms = [made for one in identities for made in known.pseudonyms(one)]
    found = await hub.database.radar_entries(pseudonyms, MOST_FOUND)
    # As the log calls people, not the radar: whoever reads what was looked at could find everything with those.
    await hub.record_first(*looked_for(identities, keys.logs(directory)))
    # A name is entered in several ways: once is enough.
    return list({(entry.report, entry.ground): (entry, case) for entry, case in found}.values())
