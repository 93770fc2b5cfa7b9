"""The hub's keys on disk: made once, readable by their owner only, and found when they come later."""

from pathlib import Path

import pytest

from hub.app.keyfiles import RadarKeyFiles, first_radar_key, hub_keys, new_radar_key
from hub.envelope.pseudonyms import PseudonymKey
from hub.errors import OperatorError


def test_every_process_of_a_home_has_the_same_keys(tmp_path: Path) -> None:
    first = first_radar_key(tmp_path)
    one, other = hub_keys(tmp_path), hub_keys(tmp_path)

    assert first_radar_key(tmp_path) == first
    assert one.radar(first) == other.radar(first) != None  # noqa: E711 - both, and there
    assert (one.log, one.keeping) == (other.log, other.keeping)
    assert one.log.id != first
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*.json")} == {0}


def test_a_key_of_the_radar_that_another_process_made_is_found_when_it_is_asked_for(tmp_path: Path) -> None:
    keys = hub_keys(tmp_path)
    first, (second, path) = first_radar_key(tmp_path), new_radar_key(tmp_path)
    found = keys.radar(second)

    assert found is not None
    assert found.jwk() == path.read_text().strip()
    assert keys.radar(first) is not None


def test_a_new_key_is_not_the_first_and_no_first_one_comes_back_when_its_file_has_gone(tmp_path: Path) -> None:
    first, (second, _) = first_radar_key(tmp_path), new_radar_key(tmp_path)
    (tmp_path / "keys" / "radar" / "0001.json").unlink()

    assert first != second
    assert hub_keys(tmp_path).radar(first) is None
    assert first_radar_key(tmp_path) == second
    assert len(list((tmp_path / "keys" / "radar").iterdir())) == 1


def test_an_open_or_damaged_file_is_refused_when_it_is_asked_for(tmp_path: Path) -> None:
    first, (second, path) = first_radar_key(tmp_path), new_radar_key(tmp_path)
    path.chmod(0o640)
    with pytest.raises(OperatorError, match="chmod"):
        RadarKeyFiles(path.parent)(first)
    path.chmod(0o600)
    path.write_text(PseudonymKey.new().jwk().replace('"kid":"', '"kid":"x'))
    with pytest.raises(OperatorError, match="thumbprint"):
        RadarKeyFiles(path.parent)(second)
