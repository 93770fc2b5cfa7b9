"""Rules between fields: refused at the field to mend, here and, where JSON Schema can say it, everywhere."""

import pytest

from hub.errors import Code
from tests.unit.schemas.broken import BROKEN, Broken
from tests.unit.schemas.kit import foreign_accepts, refusal


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.label)
def test_a_broken_rule_points_at_the_field_to_mend(broken: Broken) -> None:
    rejection = refusal(broken.known, broken.way, broken.data())
    assert rejection is not None
    assert rejection.reason is Code.SCHEMA_INVALID
    assert rejection.fields == (broken.at,)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.label)
def test_a_foreign_validator_refuses_it_too_unless_its_language_cannot(broken: Broken) -> None:
    assert foreign_accepts(broken.known, broken.way, broken.data()) is not broken.foreign
