"""Lists: who is on them, and what happens to them (G45 to G48)."""

import pytest
import sqlalchemy as sa

from tests.segments.conftest import happened
from tresse.accounts.changes import change_settings
from tresse.accounts.models import Team
from tresse.jobs.models import Job
from tresse.kernel.errors import TresseError
from tresse.objects.database import scalar
from tresse.records.changes import delete_records, restore_records
from tresse.records.keepers import Move, forget_all, move_all, move_all_back
from tresse.records.selection import Selection
from tresse.records.tables import CHANGE_SET, EVENT
from tresse.segments.changes import (
    Part,
    add_list,
    add_members,
    add_segment,
    change_list,
    delete_list,
    fill_list,
    make_list,
    remove_members,
    split_list,
)
from tresse.segments.changes.members import Filled
from tresse.segments.changes.splitting import share_of
from tresse.segments.models import List
from tresse.segments.queries import list_counts, list_named, lists, number_on


def refused(error):
    return error.value.code


def test_a_list_has_a_name_label_and_owner(model, ada):
    """G45"""
    row = add_list(base="contact", label="Key customers", model=model, actor=ada)

    assert (row.name, row.label, row.owner_id) == ("key_customers", "Key customers", ada.user_id)
    assert row.sharing == "private"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": "Big One"}, "invalid_name"),
        ({"name": "segments"}, "reserved_name"),
        ({"name": "vip"}, "name_taken"),
        ({"label": "x" * 101}, "wrong_value"),
        ({"name": "fresh", "sharing": "world"}, "wrong_value"),
        ({"name": "fresh", "sharing": "team"}, "wrong_value"),
        ({"name": "fresh", "sharing": "team", "team": "sails"}, "unknown_reference"),
        ({"name": "fresh", "base": "dataset:contacts"}, "wrong_base"),
        ({"name": "fresh", "description": "x" * 2_001}, "wrong_value"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_refuses_a_list_that_cannot_be(model, ada, vip, facts, code):  # noqa: ARG001
    """G45, C4"""
    with pytest.raises(TresseError) as error:
        add_list(model=model, actor=ada, **{"base": "contact", **facts})

    assert refused(error) == code


def test_there_are_only_so_many_lists(model, ada, vip):  # noqa: ARG001
    """G31"""
    change_settings({"max_lists": 1}, actor=ada)

    with pytest.raises(TresseError, match="The account has 1 lists") as error:
        add_list(base="contact", label="One more", model=model, actor=ada)

    assert refused(error) == "limit_reached"


def test_members_are_added_once_and_removed_once(model, ada, vip, make, ids_of):
    """G46: already so is no error but unchanged"""
    anna, bob = make("contact", first_name="Anna"), make("contact", first_name="Bob")

    added = add_members(vip, [anna, bob, anna], model=model, actor=ada)
    again = add_members(vip, [bob, 999], model=model, actor=ada)
    removed = remove_members(vip, [anna], model=model, actor=ada)
    missing = remove_members(vip, [anna], model=model, actor=ada)

    assert (added.changed, added.unchanged) == (2, 0)
    assert (again.changed, again.unchanged, again.failed) == (0, 1, (999,))
    assert (removed.changed, missing.unchanged) == (1, 1)
    assert ids_of({"list": "vip"}) == [bob]
    assert ids_of({"list": "vip", "operator": "is_not_in"}) == [anna]
    assert ids_of({"not": {"list": "vip"}}) == [anna]


def test_every_change_of_members_is_an_event_in_its_change_set(model, ada, vip, make):
    """G46"""
    anna, bob = make("contact", first_name="Anna"), make("contact", first_name="Bob")

    add_members(vip, [anna, bob], model=model, actor=ada)
    remove_members(vip, [anna], model=model, actor=ada)

    assert happened("list_added", "list_removed") == [
        ("list_added", anna),
        ("list_added", bob),
        ("list_removed", anna),
    ]
    added = sa.select(sa.func.count(sa.distinct(EVENT.c.change_set_id)))
    assert scalar(added.where(EVENT.c.name == "list_added")) == 1
    assert scalar(sa.select(EVENT.c.data).where(EVENT.c.name == "list_removed")) == (
        '{"list": "vip"}'
    )


def test_one_call_takes_so_many_members(model, ada, vip):
    """G46"""
    with pytest.raises(TresseError, match="1001 members; the most is 1000") as error:
        add_members(vip, range(1, 1_002), model=model, actor=ada)

    assert refused(error) == "batch_too_large"


def test_who_may_only_see_changes_no_shared_list(model, ada, rea, vip, make):
    """G45, C108"""
    vip = change_list(vip, sharing="everyone", actor=ada)
    anna = make("contact", first_name="Anna")

    with pytest.raises(TresseError, match="You may see VIP but not change who is on it"):
        add_members(vip, [anna], model=model, actor=rea)
    with pytest.raises(TresseError, match="You may see VIP but not change it"):
        change_list(vip, label="Mine", actor=rea)


def test_lists_are_seen_by_their_owner_their_team_or_everyone(model, ada, mia, rea):
    """G45"""
    team = Team.objects.create(name="sales", label="Sales")
    team.members.add(mia.user_id)
    private = add_list(base="contact", name="own", model=model, actor=rea)
    add_list(base="contact", name="theirs", sharing="team", team="sales", model=model, actor=ada)
    add_list(base="contact", name="ours", sharing="everyone", model=model, actor=ada)

    assert [row.name for row in lists(mia)] == ["ours", "theirs"]
    assert [row.name for row in lists(rea)] == ["ours", "own"]
    assert [row.name for row in lists(ada)] == ["ours", "own", "theirs"]
    with pytest.raises(TresseError, match='There is no list "own"'):
        list_named(private.name, mia)


def test_sharing_needs_its_right(model, mia):
    """G50"""
    with pytest.raises(TresseError, match=r"segments\.share"):
        add_list(base="contact", label="All", sharing="everyone", model=model, actor=mia)


def test_a_list_changed_meanwhile_is_not_overwritten(ada, vip):
    """G56"""
    change_list(vip, label="Very important", version=1, actor=ada)

    with pytest.raises(TresseError, match="was changed by somebody else") as error:
        change_list(vip, label="Old", version=1, actor=ada)

    assert refused(error) == "changed_meanwhile"


def test_the_bin_hides_a_member_and_restoring_shows_it(model, ada, vip, make, ids_of):
    """G47, C57"""
    anna = make("contact", first_name="Anna")
    add_members(vip, [anna], model=model, actor=ada)

    delete_records(model, model.object("contact"), [anna], actor=ada)
    assert ids_of({"list": "vip"}) == []
    assert list_counts([vip], model, ada) == {}

    restore_records(model, model.object("contact"), [anna], actor=ada)
    assert ids_of({"list": "vip"}) == [anna]


def test_a_merge_puts_the_survivor_on_every_list_and_is_taken_back(model, ada, vip, make, ids_of):
    """G47, C62, C64"""
    anna, double = make("contact", first_name="Anna"), make("contact", first_name="Ann")
    other = add_list(base="contact", name="other", model=model, actor=ada)
    add_members(vip, [double], model=model, actor=ada)
    add_members(other, [anna, double], model=model, actor=ada)
    move = Move(model.object("contact"), anna, (double,), 7_001)

    kept = {"segments": move_all(move)["segments"]}
    assert ids_of({"list": "vip"}) == [anna, double]

    move_all_back(move, kept)
    assert ids_of({"list": "vip"}) == [double]
    assert ids_of({"list": "other"}) == [anna, double]


def test_a_record_gone_for_good_is_on_no_list(model, ada, vip, make):
    """G47"""
    anna = make("contact", first_name="Anna")
    add_members(vip, [anna], model=model, actor=ada)

    forget_all(model.object("contact"), [anna])

    assert number_on(vip) == 0


def test_a_list_in_use_is_not_deleted(model, ada, vip, make):
    """G47: deleting a list deletes no record"""
    anna = make("contact", first_name="Anna")
    add_members(vip, [anna], model=model, actor=ada)
    user = add_segment(
        base="contact", label="Guests", filter={"list": "vip"}, model=model, actor=ada
    )

    with pytest.raises(TresseError, match='VIP is used by segment "Guests"') as error:
        delete_list(vip, actor=ada)
    assert refused(error) == "in_use"

    user.delete()
    delete_list(vip, actor=ada)
    assert not List.objects.exists()
    assert scalar(sa.select(sa.func.count()).select_from(model.object("contact").table)) == 1


def test_a_selection_fills_a_list_as_one_change_set(model, ada, vip, make, ids_of):
    """G48, C56"""
    people = [make("contact", first_name=name) for name in ("Anna", "Bob", "Cid")]
    add_members(vip, people[:1], model=model, actor=ada)

    filled = fill_list(vip, Selection(is_all=True), model=model, actor=ada)

    assert isinstance(filled, Filled)
    assert (filled.changed, filled.unchanged) == (2, 1)
    assert ids_of({"list": "vip"}) == people
    last = sa.select(CHANGE_SET.c.source).order_by(CHANGE_SET.c.id.desc()).limit(1)
    assert scalar(last) == "bulk_edit"


def test_lists_are_united_cut_and_copied_by_filters(model, ada, vip, make, ids_of):
    """G48"""
    anna, bob, cid = (make("contact", first_name=name) for name in ("Anna", "Bob", "Cid"))
    new = add_list(base="contact", name="fresh", model=model, actor=ada)
    add_members(vip, [anna, bob], model=model, actor=ada)
    add_members(new, [bob, cid], model=model, actor=ada)
    asked = {
        "both": {"all": [{"list": "vip"}, {"list": "fresh"}]},
        "either": {"any": [{"list": "vip"}, {"list": "fresh"}]},
        "rest": {"all": [{"list": "vip"}, {"list": "fresh", "operator": "is_not_in"}]},
        "copy": {"list": "vip"},
    }

    for name, filter in asked.items():
        chosen = Selection(filter=filter, is_all=True)
        make_list(chosen, base="contact", name=name, model=model, actor=ada)

    assert ids_of({"list": "both"}) == [bob]
    assert ids_of({"list": "either"}) == [anna, bob, cid]
    assert ids_of({"list": "rest"}) == [anna]
    assert ids_of({"list": "copy"}) == [anna, bob]


def test_a_large_selection_is_a_job(model, ada, vip, make, monkeypatch, ids_of):
    """G48, C56"""
    from tresse.jobs.worker import run_here  # noqa: PLC0415  after the patch

    people = [make("contact", first_name=f"Anna {number}") for number in range(5)]
    monkeypatch.setattr("tresse.segments.changes.filling.AT_ONCE", 2)
    monkeypatch.setattr("tresse.segments.changes.members.CHUNK", 2)

    begun = fill_list(vip, Selection(is_all=True), model=model, actor=ada)
    assert isinstance(begun, Job)
    job = run_here(begun)

    assert (job.state, job.result) == ("done", {"changed": 5, "unchanged": 0})
    assert ids_of({"list": "vip"}) == people


def test_the_hash_of_a_split_is_that_of_the_specification():
    """A59, G48"""
    assert [share_of("ab1", id) for id in (1, 2, 4)] == [29.66, 37.44, 86.42]


def test_a_list_is_split_by_share_always_the_same_way(model, ada, vip, make, ids_of):
    """G48"""
    people = [make("contact", first_name=f"P{number}") for number in range(40)]
    add_members(vip, people, model=model, actor=ada)
    halves = [Part("Half A", share=50), Part("Half B", share=50)]

    split_list(vip, halves, model=model, actor=ada)
    split_list(vip, [Part("Again A", share=50), Part("Again B", share=50)], model=model, actor=ada)

    first, second = ids_of({"list": "half_a"}), ids_of({"list": "half_b"})
    assert sorted(first + second) == people
    assert 10 <= len(first) <= 30
    assert ids_of({"list": "again_a"}) == first


def test_a_list_is_split_by_size_and_the_rest(model, ada, vip, make):
    """G48"""
    people = [make("contact", first_name=f"P{number}") for number in range(10)]
    add_members(vip, people, model=model, actor=ada)

    made = split_list(
        vip, [Part("A", size=3), Part("B", size=3), Part("Rest")], model=model, actor=ada
    )

    assert [number for _, number in made] == [3, 3, 4]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([Part("A", share=50)], "wrong_value"),
        ([Part("A", share=50), Part("B", share=49)], "shares_not_100"),
        ([Part("A", share=100), Part("B")], "wrong_value"),
        ([Part("A"), Part("B")], "wrong_value"),
    ],
    ids=["one", "sum", "mixed", "open"],
)
def test_refuses_a_split_that_cannot_be(model, ada, vip, parts, code):
    """G48"""
    with pytest.raises(TresseError) as error:
        split_list(vip, parts, model=model, actor=ada)

    assert refused(error) == code
