"""What a run writes beside the values: history, events, versions, owners, findings kept."""

import pytest
import sqlalchemy as sa

from tests.transfers.imports.house import codes, numbers
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user
from tresse.accounts.queries import actor_of
from tresse.kernel.errors import TresseError
from tresse.objects.database import mappings, rows
from tresse.records.tables import CHANGE_SET, EVENT, HISTORY
from tresse.transfers import told
from tresse.transfers.counters import Counters, CountersDisagree


def record(house, object_name, id_):
    table = house.model.object(object_name).table
    [found] = mappings(sa.select(table).where(table.c.id == id_))
    return found


def test_a_change_has_history_version_and_event(house):
    """C25, C26, C55: one row per changed value with old and new; equal values write nothing."""
    id_ = house.make("contact", email="a@ex.org", city="Paris", birthday="1990-02-03")
    was = record(house, "contact", id_)

    row = house.load("contacts", "E-mail,City,Birthday\na@ex.org,Lyon,1990-02-03\n")

    [(prop, old, new)] = rows(
        sa.select(HISTORY.c.property_id, HISTORY.c.old, HISTORY.c.new).where(
            HISTORY.c.change_set_id == row.change_set_id
        )
    )
    assert (prop, old, new) == (house.model.object("contact").property("city").id, "Paris", "Lyon")
    now = record(house, "contact", id_)
    assert now["version"] == was["version"] + 1
    assert now["updated_at"] > was["updated_at"]
    assert now["created_at"] == was["created_at"]
    names = rows(sa.select(EVENT.c.name).where(EVENT.c.change_set_id == row.change_set_id))
    assert names == [("record_changed",)]


def test_a_new_record_has_all_that_goes_with_it(house):
    """T38, C17, C48: owner, times, source; one event, no history."""
    row = house.load("deals", "Name,Stage\nRoof,Won\n")

    [id_] = house.values("deal", "name")
    made = record(house, "deal", id_)
    deal = house.model.object("deal")
    assert made["owner"] == made["created_by"] == house.ada.user_id
    assert made["created_source"] == "import"
    assert made["created_at"] == made["updated_at"] == made["owner_assigned_at"]
    assert made[deal.property("closed_at").column] is not None
    assert made[deal.property("stage_updated_at").column] is not None
    assert made[deal.property("name").normal_column] == "roof"
    assert rows(sa.select(sa.func.count()).select_from(HISTORY)) == [(0,)]
    names = rows(sa.select(EVENT.c.name).where(EVENT.c.change_set_id == row.change_set_id))
    assert names == [("record_created",)]


def test_a_stage_that_changes_tells_so(house):
    """C55: `stage_changed` with both, as a page would write it."""
    id_ = house.make("deal", name="Roof")

    row = house.load("deals", f"Deal ID,Stage\n{id_},Won\n")

    [(data,)] = rows(
        sa.select(EVENT.c.data).where(
            EVENT.c.change_set_id == row.change_set_id, EVENT.c.name == "stage_changed"
        )
    )
    assert data == '{"from": "new", "to": "won", "kind": "won"}'
    assert record(house, "deal", id_)[house.model.object("deal").property("closed_at").column]


def test_automations_stay_quiet_unless_asked(house):
    """T69, C55: by the change set; switching them on needs the right."""
    quiet = house.load("contacts", "E-mail\na@ex.org\n")
    loud = house.load("contacts", "E-mail\nb@ex.org\n", fire_automations=True)

    found = dict(rows(sa.select(CHANGE_SET.c.id, CHANGE_SET.c.is_quiet)))
    assert found[quiet.change_set_id]
    assert not found[loud.change_set_id]
    mia = actor_of(add_user(email="m@example.com", name="M", role="member", actor=SYSTEM))
    if not mia.has("automations.fire"):
        with pytest.raises(TresseError) as refused:
            house.add("contacts", "E-mail\nc@ex.org\n", actor=mia, fire_automations=True)
        assert refused.value.code == "not_permitted"


def test_findings_are_counted_beyond_those_kept(house, monkeypatch):
    """T78: at most so many per code are stored; the counters stay exact."""
    monkeypatch.setattr(told, "MOST_KEPT", 3)
    content = "E-mail,Birthday\n" + "".join(f"p{n}@ex.org,x{n}\n" for n in range(9))

    row = house.load("contacts", content)

    assert len(codes(row)) == 3
    assert house.report(row)["codes"] == {"could_not_parse_date": 9}
    assert row.counters["cells_left_out"] == 9


def test_one_bad_row_costs_itself_only(house):
    """T91 d: the others are applied; corrected and imported again, all are in."""
    lines = [f"p{n}@ex.org,N{n}" for n in range(200)]
    lines[77] = "p77@,N77"
    row = house.load("contacts", "E-mail,First name\n" + "\n".join(lines) + "\n")

    assert numbers(row) == {"rows": 200, "created": 199, "failed": 1}
    assert codes(row) == [(79, "invalid_email")]

    row = house.load("contacts", "E-mail,First name,_line,_code,_column,_value,_hint\n"
                     "p77@ex.org,N77,79,invalid_email,E-mail,p77@,x\n")  # fmt: skip
    assert numbers(row) == {"rows": 1, "created": 1}
    assert codes(row) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250", "cp1252"])
def test_one_file_in_many_encodings(house, encoding):
    """T91 i."""
    name = "Zając" if encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1250") else "Élodie"

    house.load("contacts", f"E-mail,First name\na@ex.org,{name}\n", encoding=encoding)

    assert list(house.values("contact", "first_name").values()) == [name]


def test_counters_that_disagree_are_a_bug():
    """T76: they fail loudly."""
    counters = Counters(rows=3, created=2)
    with pytest.raises(CountersDisagree):
        counters.check()
    counters.failed = 1
    counters.check()
    counters.add_pairs("deal-contact", created=1)
    counters.pairs["deal-contact"]["asked"] = 2
    with pytest.raises(CountersDisagree):
        counters.check()
