"""Segments over datasets: their rows are golden records (G50 to G61, G67)."""

import csv
import io
import json

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from django.test import Client

from tests.datasets.builds.worlds import built, fed, golden
from tests.syncs.worlds import contacts, sent
from tresse.accounts.actor import SYSTEM, Actor, Rights
from tresse.accounts.changes import add_token, add_user
from tresse.accounts.models import User
from tresse.accounts.queries import actor_of
from tresse.config.doors import cli
from tresse.datasets.changes.builds import rollback
from tresse.datasets.changes.datasets import add_dataset, change_dataset, merged, remove_dataset
from tresse.datasets.models import Dataset
from tresse.datasets.segment_members import keep_segments
from tresse.kernel.errors import TresseError
from tresse.objects.database import execute, rows
from tresse.objects.definitions import apply_file
from tresse.objects.described import data_model
from tresse.segments.answers import count_of, members
from tresse.segments.bases import base_of
from tresse.segments.changes import (
    add_list,
    add_segment,
    change_segment,
    compare,
    delete_segment,
    effect_of,
    settle,
)
from tresse.segments.comparing import compared
from tresse.segments.definitions import read_segments
from tresse.segments.golden_tables import GOLDEN_MEMBER
from tresse.segments.models import Segment
from tresse.segments.queries import segments
from tresse.syncs.changes.syncs import add_sync

pytestmark = pytest.mark.django_db
M = GOLDEN_MEMBER.c
HAS_PHONE = {"property": "phone", "operator": "is_not_empty"}
READER = Actor(1, "Rea", Rights(general=frozenset({"datasets.read"})))
PEOPLE = [
    ("1", 1, "C1", "ann@x.fr", "+33611111111"),
    ("2", 2, "C2", "bob@x.fr", "+33622222222"),
    ("3", 3, "C3", "cid@x.fr", None),
    ("4", 4, "C4", "dan@x.fr", "+33644444444"),
]


@pytest.fixture
def people(settings, tmp_path):
    """A dataset of four people, built; three of them have a phone."""
    settings.HOME = str(tmp_path / "home")
    # Of another table, so that its keys are taken for no contacts of the CRM.
    fed("crm", PEOPLE, read={"table": "products"})
    dataset = add_dataset(
        {
            "name": "people",
            "entity": "contacts",
            "sources": [{"source": "crm"}],
            "identity": {"keys": [["customer_id"], ["email"]]},
            "computed": [{"name": "mail_length", "sql": "length(email)"}],
        },
        actor=SYSTEM,
    )
    assert built(dataset).state == "published"
    return Dataset.objects.get(pk=dataset.pk)


@pytest.fixture
def reachable(people):  # noqa: ARG001  what it is over
    return segment("reachable", HAS_PHONE)


@pytest.fixture
def watched(reachable):
    """The same with its members kept."""
    change_segment(reachable, keeps_size=True, model=data_model(), actor=SYSTEM)
    settle()
    return Segment.objects.get(pk=reachable.pk)


def segment(name, filter, base="people", **facts):
    facts = {"model": data_model(), "actor": SYSTEM, **facts}
    return add_segment(base=base, name=name, filter=filter, **facts)


def ids(people):
    """Golden ids by e-mail."""
    return {each["email"]: each["_id"] for each in golden(people)}


def stays(row):
    """Stays in their order: golden id, version that they began and ended with, cause."""
    chosen = sa.select(M.golden_id, M.version_in, M.version_out, M.cause)
    return rows(chosen.where(M.segment_id == row.pk).order_by(M.id))


def inside(row):
    model = data_model()
    found = members(row, model, SYSTEM, limit=50, columns=("email",)).members
    return sorted(each.values["email"] for each in found)


def refused(error):
    return error.value.code


def test_a_segment_over_a_dataset_is_its_filter_read_now(people, reachable):
    """G50, G51"""
    assert reachable.base == "dataset:people"
    assert count_of(reachable, data_model(), SYSTEM) == 3

    fed("crm", PEOPLE[2:])
    built(people)

    assert inside(reachable) == ["dan@x.fr"]


def test_a_plain_name_means_an_object_type_first(settings, tmp_path):
    """G50: and config prints the plain name where it is not ambiguous"""
    settings.HOME = str(tmp_path / "home")
    fed("crm", PEOPLE)
    for name in ("contact", "folk"):
        item = {"name": name, "entity": "contacts", "identity": {"keys": [["email"]]}}
        add_dataset({**item, "sources": [{"source": "crm"}]}, actor=SYSTEM)

    made = [
        segment("one", {"all": []}, base="contact"),
        segment("two", {"all": []}, base="dataset:contact"),
        segment("three", {"all": []}, base="folk"),
    ]

    assert [each.base for each in made] == ["contact", "dataset:contact", "dataset:folk"]
    assert [each["base"] for each in read_segments()] == ["contact", "folk", "dataset:contact"]


@pytest.mark.parametrize(
    ("filter", "code", "sentence"),
    [
        ({"property": "fone", "operator": "is_empty"}, "unknown_property", "fone"),
        ({"segment": "rich"}, "unknown_reference", 'There is no segment "rich"'),
        (
            {"segment": "crm_ones"},
            "wrong_base",
            "Crm ones is made of contacts, not of golden records of people.",
        ),
        (
            {"list": "vip"},
            "wrong_base",
            "Vip is made of contacts, not of golden records of people.",
        ),
        ({"activity": "call"}, "bad_filter", ""),
        ({"property": "mail_length", "operator": "contains", "value": "x"}, "unknown_operator", ""),
    ],
    ids=lambda value: str(value)[:24],
)
@pytest.mark.usefixtures("people")
def test_refuses_a_filter_that_no_segment_over_a_dataset_can_have(filter, code, sentence):
    """G3, G6, G61"""
    segment("crm_ones", {"all": []}, base="contact")
    add_list(base="contact", name="vip", model=data_model(), actor=SYSTEM)

    with pytest.raises(TresseError) as error:
        segment("fresh", filter)

    assert refused(error) == code
    assert sentence in error.value.message


@pytest.mark.usefixtures("reachable")
def test_refuses_a_dataset_segment_in_a_filter_of_records():
    """G61: naming both"""
    sentence = "Reachable is made of golden records of people, not of contacts."
    with pytest.raises(TresseError, match=sentence) as error:
        segment("fresh", {"segment": "reachable"}, base="contact")

    assert refused(error) == "wrong_base"


def test_segments_of_a_dataset_name_each_other_without_a_circle(reachable):
    """G30"""
    outer = segment("outer", {"all": [{"segment": "reachable"}, _longer(8)]})

    assert inside(outer) == []
    with pytest.raises(TresseError, match="Reachable uses Outer, which leads back") as error:
        change_segment(reachable, filter={"segment": "outer"}, model=data_model(), actor=SYSTEM)
    assert refused(error) == "segment_cycle"


def _longer(number):
    return {"property": "mail_length", "operator": "more_than", "value": number}


def test_a_formula_is_a_condition_on_golden_records(people):  # noqa: ARG001  it stands there
    """G3: over columns that are computed too"""
    row = segment("few", {"formula": "mail_length * 2 > 10 and phone is null"})

    assert inside(row) == ["cid@x.fr"]


def test_a_filter_may_name_computed_columns_before_they_are_built(people):
    """G50, G6: what the next build brings may be kept; until then it shows no rows"""
    formulas = [
        {"name": "mail_length", "sql": "length(email)"},
        {"name": "double", "sql": "length(email) * 2"},
    ]
    change_dataset(people, merged(people, {"computed": formulas}), actor=SYSTEM)

    row = segment("later", {"property": "double", "operator": "more_than", "value": 1})
    with pytest.raises(TresseError) as error:
        inside(row)
    assert refused(error) == "unknown_property"
    people.refresh_from_db()
    built(people)

    assert len(inside(row)) == 4


def test_a_version_lets_people_enter_and_leave_and_an_id_that_changes_does_neither(people, watched):
    """G54, D59: one enters, one leaves, the id of one changes"""
    before = ids(people)
    assert stays(watched) == [
        (id_, 1, None, "filled")
        for id_ in sorted(before[mail] for mail in ("ann@x.fr", "bob@x.fr", "dan@x.fr"))
    ]
    fed(
        "crm",
        [
            # Bob is found to be Ann: his id becomes hers.
            ("1", 1, "C1", "ann@x.fr", "+33611111111"),
            ("2", 2, "C1", "ann@x.fr", "+33622222222"),
            ("3", 3, "C3", "cid@x.fr", "+33633333333"),
            ("4", 4, "C4", "dan@x.fr", None),
        ],
    )

    assert built(people).state == "published"

    ann, cid, dan = (before[mail] for mail in ("ann@x.fr", "cid@x.fr", "dan@x.fr"))
    assert ann in ids(people).values()
    assert sorted(stays(watched)) == sorted(
        [(ann, 1, None, "filled"), (dan, 1, 2, "filled"), (cid, 2, None, "version")]
    )
    size = watched.sizes.get()
    assert (size.size, size.entered, size.left) == (2, 1, 1)
    assert compare(mend=False) == {}


def test_a_member_whose_id_became_another_moves_with_its_stay(people):
    """G54: the survivor was no member before, and neither enters nor does anybody leave"""
    before = ids(people)
    row = segment("named_bob", {"property": "email", "operator": "is", "value": "bob@x.fr"})
    change_segment(row, keeps_size=True, model=data_model(), actor=SYSTEM)
    settle()
    assert stays(row) == [(before["bob@x.fr"], 1, None, "filled")]
    fed("crm", [("1", 1, "C1", "bob@x.fr", None), ("2", 2, "C1", "bob@x.fr", None)])

    built(people)

    assert stays(row) == [(before["ann@x.fr"], 1, None, "filled")]
    size = row.sizes.get()
    assert (size.size, size.entered, size.left) == (1, 0, 0)


def test_several_builds_of_a_day_give_one_row_a_day(people, watched):
    """G58"""
    for some in (PEOPLE[:2], PEOPLE[:1], PEOPLE):
        fed("crm", some)
        built(people)

    size = watched.sizes.get()
    assert (size.size, size.entered, size.left) == (3, 2, 2)
    assert compare(mend=False) == {}


def test_stored_members_are_compared_and_mended(people, watched):
    """G55"""
    execute(GOLDEN_MEMBER.delete().where(M.golden_id == ids(people)["ann@x.fr"]))

    assert compare(mend=False) == {"reachable": 1}
    assert compare() == {"reachable": 1}
    assert compare() == {}
    assert [each[-1] for each in stays(watched)] == ["filled", "filled", "mended"]


def test_what_a_killed_build_left_is_done_the_next_time(people, watched, monkeypatch):
    """G54, G55: and once more changes nothing"""
    monkeypatch.setattr("tresse.datasets.builds.afterwards.keep_segments", lambda _dataset: None)
    fed("crm", PEOPLE[:1])
    built(people)
    assert len(stays(watched)) == 3

    assert (keep_segments(people), keep_segments(people)) == (2, 0)


def test_a_rollback_lets_members_come_back(people, watched):
    """G54"""
    first = people.version
    fed("crm", PEOPLE[:1])
    built(people)

    rollback(first, actor=SYSTEM)

    assert [each[3] for each in stays(watched)] == ["filled"] * 3 + ["version"] * 2
    assert compare(mend=False) == {}


def test_a_changed_filter_says_who_moves_and_lets_nobody_come(watched):
    """G56"""
    every = {"all": []}

    effect = effect_of(watched, every, model=data_model(), actor=SYSTEM)
    change_segment(watched, filter=every, model=data_model(), actor=SYSTEM)

    assert (effect.enter, effect.leave) == (1, 0)
    assert sorted(each[-1] for each in stays(watched)) == ["filled"] * 3 + ["filter"]
    with pytest.raises(TresseError, match="is told when a version is published"):
        change_segment(watched, filter=HAS_PHONE, fire=True, model=data_model(), actor=SYSTEM)


def test_two_segments_of_a_dataset_are_compared(reachable):
    """G58"""
    other = segment("others", {"property": "email", "operator": "contains", "value": "c"})

    found = compared(reachable, other, data_model(), SYSTEM)

    assert [number for _, number in found] == [3, 0, 1]


def test_columns_and_datasets_of_segments_are_in_use(people):
    """G60, D121"""
    segment("long", _longer(3))

    with pytest.raises(TresseError, match='segment "Long"') as error:
        change_dataset(people, merged(people, {"computed": None}), actor=SYSTEM)
    assert refused(error) == "in_use"
    with pytest.raises(TresseError, match='segment "Long"') as error:
        remove_dataset(people, actor=SYSTEM)
    assert refused(error) == "in_use"


@pytest.mark.django_db(transaction=True)
def test_a_sync_reads_the_segment_of_the_version_it_sends(reachable):
    """G60, G61: and keeps its members"""
    sync = add_sync({**_sync({"segment": "reachable"}), "active": True}, actor=SYSTEM)
    settle()
    sent(sync)

    assert sorted(each["email"] for each in contacts("email")) == [
        "ann@x.fr",
        "bob@x.fr",
        "dan@x.fr",
    ]

    assert Segment.objects.get(pk=reachable.pk).watched_since is not None
    assert len(stays(reachable)) == 3
    with pytest.raises(TresseError, match='sync "out"') as error:
        delete_segment(reachable, actor=SYSTEM)
    assert refused(error) == "in_use"
    segment("crm_ones", {"all": []}, base="contact")
    with pytest.raises(TresseError) as error:
        add_sync({**_sync({"segment": "crm_ones"}), "name": "other"}, actor=SYSTEM)
    assert refused(error) == "wrong_base"


def _sync(filter):
    return {
        "name": "out",
        "dataset": "people",
        "to": {"object": "contact"},
        "match": [{"email": "email"}],
        "columns": [{"from": "email"}],
        "filter": filter,
    }


def test_golden_records_are_put_on_no_list(reachable):
    """G59: refused in words"""
    with pytest.raises(TresseError, match="A list holds records of the CRM") as error:
        add_list(base="dataset:people", name="x", model=data_model(), actor=SYSTEM)
    assert refused(error) == "wrong_base"
    answer, body = _rest("post", "segments/reachable/freeze", {"label": "x"})
    assert (answer, body["code"]) == (422, "wrong_base")
    assert "golden records are put on no list" in body["detail"]
    assert base_of(reachable, data_model()).inside == "golden records of people"


def test_who_may_not_read_datasets_sees_no_segment_over_them(reachable):
    """G50"""
    change_segment(reachable, sharing="everyone", model=data_model(), actor=SYSTEM)

    assert [each.name for each in segments(READER)] == ["reachable"]
    assert not list(segments(Actor(2, "Nell", Rights())))
    with pytest.raises(TresseError) as error:
        segment("fresh", HAS_PHONE, actor=Actor(2, "Nell", Rights()))
    assert refused(error) == "not_permitted"


def test_a_segment_out_of_sight_is_not_there_for_a_filter(reachable):
    """G30, G45: of the rows of the dataset too"""
    base = base_of(reachable, data_model())
    mine = {"segment": "reachable"}

    with pytest.raises(TresseError, match='There is no segment "reachable"') as error:
        base.members(mine, READER, limit=5)
    assert refused(error) == "unknown_reference"
    change_segment(reachable, sharing="everyone", model=data_model(), actor=SYSTEM)
    assert len(base.members(mine, READER, limit=5).members) == 3


def test_members_are_read_page_by_page_both_ways(people, reachable):
    """G67"""
    base, asked = base_of(reachable, data_model()), {"segment": "reachable"}
    known = sorted(ids(people)[mail] for mail in ("ann@x.fr", "bob@x.fr", "dan@x.fr"))

    first = base.members(asked, SYSTEM, limit=2)
    second = base.members(asked, SYSTEM, limit=2, cursor=first.next)
    back = base.members(asked, SYSTEM, limit=2, cursor=second.previous)

    assert [each.id for each in (*first.members, *second.members)] == known
    assert [each.id for each in back.members] == known[:2]
    assert (first.previous, second.next, back.previous) == (None, None, None)


@pytest.mark.usefixtures("people")
def test_segments_over_datasets_are_applied_and_printed():
    """G67: what `config` prints changes nothing"""
    item = {"name": "reach", "base": "people", "label": "Reach", "filter": HAS_PHONE}

    first = apply_file({"segments": [item]}, SYSTEM)
    second = apply_file({"segments": read_segments()}, SYSTEM)

    assert first["created"] == second["unchanged"] == ["segments reach"]
    assert read_segments() == [item]


def _rest(method, path, body=None):
    user = User.objects.filter(email="ada@example.com").first() or add_user(
        email="ada@example.com", name="Ada", role="administrator", actor=SYSTEM
    )
    _, token = add_token(user, name=path, actor=actor_of(user))
    given = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    headers = {"Authorization": f"Bearer {token}"}
    found = getattr(Client(), method)(f"/api/v1/{path}", headers=headers, **given)
    return found.status_code, json.loads(found.content)


def _faults():
    body = {"object": "dataset:people", "filter": {"segment": "reachable"}}
    return _rest("post", "filters/check", body)


@pytest.mark.usefixtures("watched")
def test_the_doors_give_a_segment_with_its_members(people, tmp_path):
    """G59, G67"""
    known = ids(people)
    with_phone = sorted(known[mail] for mail in ("ann@x.fr", "bob@x.fr", "dan@x.fr"))

    faults, found = _faults()
    assert (faults, found["count"]) == (200, 3)
    assert found["words"] == "is in the segment Reachable"
    status, page = _rest("get", "segments/reachable/members?properties=email&limit=2")
    out = tmp_path / "out.csv"
    asked = ["segments", "reachable", "--members", str(out), "--sizes", "--check", "--json"]
    said = CliRunner().invoke(cli, asked, prog_name="tresse")
    asked = ["rows", "people", "--segment", "reachable", "--json", "--columns", "email"]
    listed = CliRunner().invoke(cli, asked, prog_name="tresse")

    assert status == 200
    assert [each["id"] for each in page["members"]] == with_phone[:2]
    assert set(page["members"][0]) == {"id", "title", "values", "since"}
    assert page["cursor"] == with_phone[1]
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["difference"] == 0
    written = list(csv.reader(io.StringIO(out.read_text())))
    assert [each[0] for each in written] == ["id", *with_phone]
    assert all(each[2] for each in written[1:])
    assert listed.exit_code == 0, listed.output
    assert "cid@x.fr" not in listed.output


@pytest.mark.parametrize("base", ["dataset:people", "contact"])
def test_the_table_of_members_begins_with_what_the_filter_asks_for(people, base):  # noqa: ARG001
    """G50: whoever looks at late customers wants to see how late they are."""
    found = base_of(Segment(base=base), data_model())
    usual = [each.name for each in found.columns(SYSTEM)]

    asked = [each.name for each in found.columns(SYSTEM, usual[-1:])]

    assert asked == [usual[-1], *usual[:-1]]


@pytest.mark.parametrize(
    "filter",
    [
        {"property": "contact.email", "operator": "is", "value": "x"},
        {"linked": "orders", "operator": "at_least", "value": 2},
    ],
    ids=["a path", "linked"],
)
def test_what_leads_to_other_rows_is_refused_with_the_way_to_it(people, filter):  # noqa: ARG001
    """G3, G38: golden records are filtered by their columns; a computed one may say the rest."""
    with pytest.raises(TresseError) as caught:
        segment("led", filter)

    assert caught.value.code == "bad_filter"
    assert "is filtered by its own columns" in caught.value.message
    assert "as a column of people first" in caught.value.message
