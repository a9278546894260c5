"""Records without owner, and who sees them (C107)."""

import pytest

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import change_settings
from tresse.accounts.queries import actor_of
from tresse.kernel.errors import TresseError
from tresse.records.changes import create_record
from tresse.records.queries import record as read_record

pytestmark = pytest.mark.django_db


def test_a_setting_leaves_records_without_owner_to_those_who_see_all(model, user_of):
    """C107: for everybody else they do not exist (C108)."""
    contact = model.object("contact")
    made = create_record(model, contact, values={"last_name": "Nowak", "owner": None}, actor=SYSTEM)
    person = user_of("Mia")
    mia = actor_of(person)
    assert read_record(model, contact, made, mia).id == made

    change_settings({"unowned_for_all_only": ["contact"]}, actor=SYSTEM)
    with pytest.raises(TresseError, match="There is no contact"):
        read_record(model, contact, made, actor_of(person))
    manager = actor_of(user_of("Max", role="manager"))
    assert read_record(model, contact, made, manager).id == made
