from tresse.accounts.changes import deactivate_user
from tresse.accounts.models import User
from tresse.records.queries import history_of, record


def test_records_of_a_leaver_pass_on(model, make, ada, mia, rea):
    """C111: deactivating a user keeps ownership and offers to hand over, with history."""
    contact = model.object("contact")
    own, foreign = make("contact", last_name="A", owner=mia.email), make("contact", last_name="B")
    leaver, heir = (User.objects.get(pk=each.user_id) for each in (mia, rea))

    deactivate_user(leaver, actor=ada, hand_over_to=heir)

    assert record(model, contact, own, ada).values["owner"] == rea.user_id
    assert record(model, contact, foreign, ada).values["owner"] == ada.user_id
    [change] = history_of(contact, own, ada, name="owner")
    assert (change.old, change.new, change.user_id) == (mia.user_id, rea.user_id, ada.user_id)
    assert record(model, contact, own, ada).version == 2
