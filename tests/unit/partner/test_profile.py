"""A partner's folder: written privately, read with errors that say what to do."""

import json
from pathlib import Path

import pytest

from hub.canonical.partners import Role, Suite
from hub.envelope import keys
from hub.errors import OperatorError
from hub.partner import profile
from tests.unit.partner.kit import HUB_KEYS, OIN, enrolled, hub_json


def test_what_was_enrolled_is_read_back(tmp_path: Path) -> None:
    loaded = enrolled(tmp_path / "politie")
    assert (loaded.id, loaded.oin, loaded.role) == ("politie", OIN, Role.POLICE)
    assert list(loaded.hub_signing) == [keys.thumbprint(HUB_KEYS.signing)]
    assert loaded.hub_encryption.kid == keys.thumbprint(HUB_KEYS.encryption)


def test_every_file_is_for_its_owner_only(tmp_path: Path) -> None:
    enrolled(tmp_path / "politie")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "politie").iterdir()}
    assert modes == dict.fromkeys(("sig.json", "enc.json", "partner.json", "hub.json"), 0o600)
    assert (tmp_path / "politie").stat().st_mode & 0o777 == 0o700


def test_while_the_hubs_keys_rotate_all_verify_and_the_newest_encrypts(tmp_path: Path) -> None:
    newer = keys.generate(Suite.S1X)
    hub = hub_json()
    for name, text in (("hubSig", newer.signing), ("hubEnc", newer.encryption)):
        hub[name] = [json.loads(keys.public(text)), hub[name]]
    loaded = enrolled(tmp_path, hub)
    assert set(loaded.hub_signing) == {keys.thumbprint(newer.signing), keys.thumbprint(HUB_KEYS.signing)}
    assert loaded.hub_encryption.kid == keys.thumbprint(newer.encryption)


def test_the_address_is_one_url_or_a_list_with_one_for_each_node(tmp_path: Path) -> None:
    one, two = "amqp://politie:geheim@one/politie", "amqp://politie:geheim@two/politie"
    assert enrolled(tmp_path / "alone", hub_json(one)).amqp_urls == (one,)
    assert enrolled(tmp_path / "cluster", hub_json() | {"amqp": [one, two]}).amqp_urls == (one, two)
    with pytest.raises(OperatorError, match="empty"):
        enrolled(tmp_path / "nowhere", hub_json() | {"amqp": []})


@pytest.mark.parametrize("name", ["sig.json", "enc.json", "partner.json", "hub.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    enrolled(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(OperatorError, match=name):
        profile.load(tmp_path)


@pytest.mark.parametrize("name", ["sig.json", "partner.json", "hub.json"])
@pytest.mark.parametrize("text", ["no json: canary", "[]", "7", "{}"])
def test_a_file_that_is_something_else_is_refused_and_not_repeated(tmp_path: Path, name: str, text: str) -> None:
    enrolled(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(OperatorError) as caught:
        profile.load(tmp_path)
    assert "canary" not in f"{caught.value}{caught.value.__cause__}{caught.value.__context__}"


def test_the_address_with_its_password_is_not_shown(tmp_path: Path) -> None:
    assert "geheim" not in repr(enrolled(tmp_path))
