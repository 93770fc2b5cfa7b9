from dataclasses import replace

import pytest

from hub.canonical.codes import MatchGround
from hub.envelope.pseudonyms import PseudonymKey, pseudonym
from hub.errors import OperatorError, OurFault
from hub.ids import RadarKeyId
from hub.lanes.keys import HubKeys, RadarKeys
from hub.routing.changes import add_radar_key, write_radar_key
from tests.kit import RADAR_KEY, kit_without_database

KIT = kit_without_database()
NEW = PseudonymKey.of(bytes(range(32)))
NEW_ID = RadarKeyId(NEW.id)
OLD = KIT.setting.keys.radar(RADAR_KEY)
BOTH = replace(KIT.setting.keys, radar={RADAR_KEY: OLD, NEW_ID: NEW}.get)
TURNED = write_radar_key(add_radar_key(KIT.directory, NEW_ID), NEW_ID)


def missing(keys: HubKeys) -> OurFault:
    with pytest.raises(OurFault) as fault:
        RadarKeys.of(TURNED, keys)
    assert fault.value.code == "radar-key-missing"
    return fault.value


def test_pseudonyms_come_under_every_key_that_is_read_the_one_that_writes_first() -> None:
    assert OLD is not None
    under = RadarKeys.of(TURNED, BOTH)

    assert under.writes == NEW_ID
    assert under.pseudonyms(MatchGround.SKN, "1234567") == (
        pseudonym(NEW, MatchGround.SKN, "1234567"),
        pseudonym(OLD, MatchGround.SKN, "1234567"),
    )
    assert RadarKeys.of(KIT.directory, BOTH).writes == RADAR_KEY


def test_a_key_that_this_machine_lacks_is_our_fault_and_says_which_file_to_bring() -> None:
    """Skipped instead, its entries would be missed: a second case for a child that has one."""
    assert NEW_ID in missing(KIT.setting.keys).sentence


def test_a_key_file_that_cannot_be_read_is_our_fault() -> None:
    def damaged(_id: RadarKeyId) -> PseudonymKey | None:
        raise OperatorError("key-pseudonym", "restore the file")

    assert missing(replace(BOTH, radar=damaged)).sentence == "restore the file"


def test_a_directory_from_before_the_radar_is_our_fault() -> None:
    with pytest.raises(OurFault, match="serve"):
        RadarKeys.of(replace(KIT.directory, radar_reads=(), radar_writes=None), BOTH)
