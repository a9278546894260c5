"""Companies from e-mail domains in imports: counted by the check, linked by the run (C46)."""

import pytest
import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import change_settings
from tresse.objects.database import rows
from tresse.records.tables import LINK
from tresse.transfers import changes
from tresse.transfers.changes import running


@pytest.fixture
def creating(house):
    """An account that links and creates."""
    change_settings({"company_from_email": "link_and_create"}, actor=SYSTEM)
    yield house
    change_settings({"company_from_email": "off"}, actor=SYSTEM)


def test_an_import_links_its_contacts_to_their_companies(creating):
    """C46: as the check said; free mail, and rows with a company of their own, apart."""
    acme = creating.make("company", name="Acme", domain="acme.org")
    bold = creating.make("company", name="Bold")
    file = (
        "E-mail,Contact > Company\n"
        "a@acme.org,\nb@new.org,\nc@new.org,\nd@gmail.com,\ne@other.org,Bold\n"
    )
    row = creating.check("contacts", file)
    assert row.plan_facts["email_companies"] == {"linked": 3, "created": 1}
    row = creating.run(row)

    assert row.plan_facts["email_companies"] == {"linked": 3, "created": 1}
    names = creating.values("company", "name")
    assert sorted(names.values()) == ["Acme", "Bold", "new.org"]
    new = next(id for id, name in names.items() if name == "new.org")
    association = creating.model.association("contact_company")
    ends = rows(sa.select(LINK.c.to_id).where(LINK.c.association_id == association.id))
    assert sorted(end for (end,) in ends) == sorted([acme, bold, new, new])


def test_nothing_is_counted_while_it_is_off(house):
    """C46."""
    row = house.check("contacts", "E-mail\na@acme.org\n")
    assert "email_companies" not in row.plan_facts


def test_a_run_broken_off_behind_its_last_chunk_links_when_resumed(creating, monkeypatch):
    """C46, T66: what follows the last chunk is done by the next attempt."""
    row = creating.check("contacts", "E-mail\na@new.org\n")

    def broken(*_, **__):
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(running, "link_by_email", broken)
        row = creating.run(row)
    assert (row.state, creating.values("company", "name")) == ("failed", {})

    row, job = changes.resume_import(row, actor=creating.ada)
    row = creating._done(row, job)

    assert row.state == "done"
    assert list(creating.values("company", "name").values()) == ["new.org"]
