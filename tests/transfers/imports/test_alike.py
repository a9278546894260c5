"""Rows decided as a set, and read by another process, are decided and read as one by one."""

import os

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role, add_user
from tresse.accounts.queries import actor_of
from tresse.jobs.work import Cancelled, Work
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.records.changes import delete_records
from tresse.transfers import apart
from tresse.transfers.plan import make, matching
from tresse.transfers.plan.sure import UNSURE
from tresse.transfers.prepare import folder_of, prepared
from tresse.transfers.stage import Stage
from tresse.transfers.staged import staged_tables

EXAMPLES = examples(25)
PHONES = ("+33612345678", "+33687654321", "+48500600700", "+33699999999", "06 1")


@pytest.fixture
def crowd(house):
    """Contacts that share phones, hold some keys and not others, or are in the bin."""
    for number in range(8):
        house.make(
            "contact",
            id=51 + number,
            external_id=f"x{number}" if number % 3 else None,
            email=f"p{number}@ex.org" if number % 4 else None,
            phone=PHONES[number % 3],
            first_name=f"N{number}",
        )
    house.start_ids(70)
    contact = house.model.object("contact")
    delete_records(house.model, contact, [56, 57], actor=house.ada)
    return house


@pytest.fixture
def mia(crowd):
    """A member who sees all, changes own contacts only, and has one."""
    edit = {"view": "all", "create": "all", "edit": "own", "import": "all"}
    add_role(name="own", label="Own", rights={"objects": {"*": edit}}, actor=crowd.ada)
    actor = actor_of(add_user(email="mia@example.com", name="Mia", role="own", actor=SYSTEM))
    crowd.make("contact", id=60, email="p8@ex.org", phone=PHONES[3], actor=actor)
    crowd.start_ids(70)
    return actor


CELLS = {
    "ID": st.sampled_from(["", "", "51", "52", "53", "56", "60", "99", "x"]),
    "External id": st.sampled_from(["", *(f"x{n}" for n in range(8)), "y1", "y2", "Y1"]),
    "E-mail": st.sampled_from(
        ["", *(f"P{n}@ex.org" for n in range(9)), "q@ex.org", "z@", "w@e.fr"]
    ),
    "Phone": st.sampled_from(["", *PHONES]),
    "First name": st.sampled_from(["", "Ann", "Bob"]),
}


@st.composite
def files(draw):
    """Small files with keys that repeat, clash, or find several records."""
    columns = draw(st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=5, unique=True))
    lines = draw(st.lists(st.tuples(*(CELLS[name] for name in columns)), min_size=1, max_size=14))
    return "\n".join(map(",".join, [tuple(columns), *lines])) + "\n"


MATCHES = st.sampled_from(
    [[], [], ["phone", "email"], ["email", "id"], ["first_name+phone"], ["external_id"]]
)


def plan_of(house, content, actor, **asked):
    """What a check finds: plan, findings, numbers; or that it refuses."""
    try:
        row = house.check("contacts", content, actor=actor, **asked)
    except TresseError as error:
        return error.code
    stage = Stage(row.pk, folder_of(row.pk))
    with stage.attached():
        plan = staged_tables(stage, prepared(row, actor=actor).layout).plan
        planned = rows(sa.select(plan.c.line, plan.c.outcome, plan.c.ref, plan.c.lead))
    told = [
        (each.line, each.code, each.level, each.column, each.value, each.details, each.record_id)
        for each in row.findings.order_by("id")
    ]
    stage.remove()
    return sorted(planned), told, row.planned, row.plan_facts


def each_by_itself(piece, finds, rules):  # noqa: ARG001
    return np.full(len(piece), UNSURE)


@EXAMPLES
@given(
    content=files(),
    mode=st.sampled_from(["upsert", "upsert", "create", "update"]),
    match=MATCHES,
    is_mia=st.booleans(),
)
def test_rows_decided_as_a_set_are_decided_as_one_by_one(
    crowd, mia, monkeypatch, content, mode, match, is_mia
):
    """T27 to T34: duplicates, conflicts, clashes of unique values, bins, rights, several keys."""
    actor = mia if is_mia else crowd.ada
    asked = {"mode": mode, "match": match}

    with monkeypatch.context() as patch:
        patch.setattr(make, "CHUNK", 4)
        as_a_set = plan_of(crowd, content, actor, **asked)
        patch.setattr(matching, "sure", each_by_itself)
        one_by_one = plan_of(crowd, content, actor, **asked)

    assert as_a_set == one_by_one


CONTENT = "External id,E-mail,Phone,Lead source,Associated Company\n" + "".join(
    f"x{n % 20},P{n}@ex.org,{PHONES[n % 5]},{('Fair', 'web')[n % 2]},{('Acme', '41', '')[n % 3]}\n"
    for n in range(60)
)


def test_a_file_read_apart_is_planned_alike(crowd, monkeypatch):
    """T60, T64: same plan, findings and numbers; unknown options are counted."""
    crowd.make("company", id=41, name="Acme")
    here = plan_of(crowd, CONTENT, crowd.ada)

    monkeypatch.setattr(apart, "LARGE", 0)
    monkeypatch.setattr(apart, "ENOUGH_PROCESSORS", 1)
    there = plan_of(crowd, CONTENT, crowd.ada)

    assert there == here
    assert here[3]["unknown_options"]


def test_a_killed_reader_does_not_matter(crowd, monkeypatch):
    """T66: the plan is made again by the one process that is left."""
    here = plan_of(crowd, CONTENT, crowd.ada)
    asked = []

    class Dying(apart.Here):
        def __iter__(self):
            asked.append(self)
            yield from super().__iter__()
            raise apart.ReaderDied

    monkeypatch.setattr(apart, "LARGE", 0)
    monkeypatch.setattr(apart, "ENOUGH_PROCESSORS", 1)
    monkeypatch.setattr(apart, "Apart", Dying)

    assert plan_of(crowd, CONTENT, crowd.ada) == here
    assert len(asked) == 1


def test_a_cancelled_check_leaves_no_process(crowd, monkeypatch):
    """T67: the check stops, and so does the process that reads for it."""
    made = []
    begin = apart.Apart.__iter__

    def cancelled(self):
        made.append(self)
        return begin(self)

    monkeypatch.setattr(apart, "LARGE", 0)
    monkeypatch.setattr(apart, "ENOUGH_PROCESSORS", 1)
    monkeypatch.setattr(apart.Apart, "__iter__", cancelled)
    monkeypatch.setattr(Work, "check_cancelled", raise_cancelled)

    row = crowd.check("contacts", CONTENT)

    assert row.state == "draft"
    with pytest.raises(ProcessLookupError):
        os.kill(made[0].pid, 0)


def raise_cancelled(_work):
    raise Cancelled
