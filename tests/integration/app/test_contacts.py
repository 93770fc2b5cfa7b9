"""Whom to call at a partner: set while the hub runs."""

import pytest

from hub.app.hub import Hub
from hub.app.partners import set_partner_contacts
from hub.canonical.environment import Environment
from hub.canonical.partners import Contact
from hub.errors import OperatorError
from hub.routing.changes import add_partner
from tests.kit import kit_without_database

PARTNER = kit_without_database().speakers["vt-test"].partner
DESK, NIGHT = Contact("meldpunt", "070 123 4567"), Contact("crisisdienst", "0800 2000")


async def test_contacts_replace_those_there_were(hub: Hub) -> None:
    await hub.database.change_directory("test", lambda one: add_partner(one, PARTNER, Environment.TEST))
    await set_partner_contacts(hub, PARTNER.id, [DESK])
    await set_partner_contacts(hub, PARTNER.id, [NIGHT, DESK])

    assert (await hub.database.store.directory()).partners[PARTNER.id].contacts == (NIGHT, DESK)


async def test_nobody_is_called_at_a_partner_that_is_not_there(hub: Hub) -> None:
    with pytest.raises(OperatorError, match="partner-unknown"):
        await set_partner_contacts(hub, PARTNER.id, [DESK])
