"""The exported schemas are JSON Schema 2020-12, one per type and direction, and say what a partner needs."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.unit.schemas.kit import EVERY, file_name, nodes, schemas


def test_there_is_a_file_for_every_type_and_direction_and_for_the_event() -> None:
    events = {"cloudevent.v1.json", "cloudevent.v1.van-hub.json"}
    assert set(schemas()) == {file_name(known, way) for known, way in EVERY} | events


@pytest.mark.parametrize("file", sorted(schemas()))
def test_each_file_is_a_schema_of_the_2020_12_draft_with_the_name_that_messages_carry(file: str) -> None:
    schema = schemas()[file]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    name, _, rest = file.removesuffix(".json").partition(".v1")
    assert schema["$id"] == f"urn:ketenhub:schema:{name}:v1{rest.replace('.', ':')}"


@pytest.mark.parametrize("file", sorted(schemas()))
def test_nothing_is_open_but_the_content_that_another_schema_describes(file: str) -> None:
    for path, rule in nodes(schemas()[file]):
        if isinstance(rule, dict) and rule.get("type") == "object" and "properties" in rule:
            assert rule["additionalProperties"] is False, path
        if isinstance(rule, dict) and rule.get("type") == "object" and "properties" not in rule:
            assert path[-1] in ("inhoud", "data") or file == "zaken.standvraag.v1.json", path


@pytest.mark.parametrize("file", sorted(schemas()))
def test_no_schema_offers_null_or_a_default(file: str) -> None:
    for _, rule in nodes(schemas()[file]):
        assert not (isinstance(rule, dict) and (rule.get("type") == "null" or "default" in rule))


def test_what_json_schema_cannot_say_is_written_beside_the_field() -> None:
    person: dict[str, Any] = schemas()["meldingen.zorgmelding.v1.json"]["$defs"]["Person"]["properties"]
    assert "eleven test" in person["bsn"]["description"]
