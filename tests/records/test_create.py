import pytest

from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.records.changes import create_record
from tresse.records.queries import record
from tresse.records.tables import CHANGE_SET, EVENT


def test_gives_common_properties(model, make, ada):
    """C41: id, owner, times and source are set by the product."""
    contact = model.object("contact")
    made = record(model, contact, make("contact", email=" Anna@EX.org "), ada)

    assert made.values["email"] == "anna@ex.org"
    assert made.values["owner"] == made.values["created_by"] == ada.user_id
    assert made.values["created_source"] == "page"
    assert made.values["created_at"] == made.values["updated_at"]
    assert made.values["activity_count"] == 0


def test_ids_are_shared_by_all_objects(make):
    """C42: one counter, so a deal's id is never a contact's."""
    ids = [make("contact", last_name="A"), make("company", name="B"), make("deal", name="C")]
    assert ids == sorted(set(ids))


def test_writes_one_event_under_a_change_set(make, ada):
    """C25, C55: creating writes one row without values, with author and source."""
    made = make("company", name="Acme")

    events = rows(EVENT.select().where(EVENT.c.record_id == made))
    assert [event[1] for event in events] == ["record_created"]
    [change_set] = rows(CHANGE_SET.select().where(CHANGE_SET.c.id == events[0][2]))
    assert change_set[2] == ada.user_id
    assert change_set[5] == "page"


def test_titles(model, make, ada):
    """C43: a contact is called by its name, else e-mail, else phone, else its number."""
    contact = model.object("contact")
    titles = [
        record(model, contact, make("contact", **values), ada).title
        for values in (
            {"first_name": "Ada", "last_name": "Lovelace"},
            {"last_name": "Noether"},
            {"email": "e@ex.org"},
            {"phone": "+33472001842"},
            {"external_id": "X1"},
        )
    ]
    assert titles[:4] == ["Ada Lovelace", "Noether", "e@ex.org", "+33472001842"]
    assert titles[4].startswith("Contact ")


@pytest.mark.parametrize(
    ("object_name", "values", "code", "sentence"),
    [
        pytest.param(
            "contact",
            {"emial": "a@ex.org"},
            "unknown_property",
            'Contact has no property named "emial". Did you mean "email"?',
            id="C53 unknown property",
        ),
        pytest.param(
            "company",
            {"domain": "ex.org"},
            "missing_required_property",
            "Company needs a value for Name.",
            id="C17 required",
        ),
        pytest.param(
            "contact",
            {"job_title": "CEO"},
            "nothing_to_identify",
            "A contact needs a first name, last name, e-mail, phone, mobile or external id.",
            id="C44 nothing to identify",
        ),
        pytest.param(
            "deal",
            {"name": "Roof", "closed_at": "2026-01-01"},
            "read_only_property",
            "Closed at is set by the product and cannot be written.",
            id="C41 read only",
        ),
        pytest.param(
            "contact",
            {"email": "a@ex.org", "birthday": "31.02.1990"},
            "could_not_parse_date",
            '"31.02.1990" is not a date of the form year-month-day.',
            id="C10 not a date",
        ),
        pytest.param(
            "order_line",
            {"quantity": 2},
            "missing_required_property",
            "Order line needs a value for Order.",
            id="C34 a part needs its whole",
        ),
    ],
)
def test_refuses(model, ada, object_name, values, code, sentence):
    """C53, C129: one code and one sentence, nothing written."""
    with pytest.raises(TresseError) as refused:
        create_record(model, model.object(object_name), values=values, actor=ada)

    assert (refused.value.code, refused.value.message) == (code, sentence)
    assert rows(EVENT.select()) == []


def test_names_every_refusal_at_once(model, ada):
    """C124: `errors` lists each field with its value, code and sentence."""
    values = {"emial": "a", "birthday": "soon", "last_name": "A"}
    with pytest.raises(TresseError) as refused:
        create_record(model, model.object("contact"), values=values, actor=ada)
    errors = refused.value.details["errors"]
    assert [(each["field"], each["code"]) for each in errors] == [
        ("emial", "unknown_property"),
        ("birthday", "could_not_parse_date"),
    ]


def test_unique_values_never_clash(model, make, ada):
    """C18: the database decides, in normal form; the holder is named."""
    first = make("contact", last_name="Nowak", email="a@ex.org")
    with pytest.raises(TresseError) as refused:
        create_record(model, model.object("contact"), values={"email": "A@EX.ORG "}, actor=ada)
    assert refused.value.code == "duplicate_value"
    assert refused.value.message == f'E-mail "a@ex.org" already belongs to Nowak ({first}).'


def test_a_holder_out_of_sight_is_not_named(model, make, mia):
    """C108: out of sight is as if it did not exist, but uniqueness holds."""
    make("contact", last_name="Nowak", email="a@ex.org")
    with pytest.raises(TresseError) as refused:
        create_record(model, model.object("contact"), values={"email": "a@ex.org"}, actor=mia)
    assert refused.value.message == 'E-mail "a@ex.org" already belongs to another contact.'


def test_a_reader_may_not_create(model, rea):
    """C106: the role decides, in one sentence."""
    with pytest.raises(TresseError) as refused:
        create_record(model, model.object("company"), values={"name": "Acme"}, actor=rea)
    assert refused.value.code == "not_permitted"
    assert refused.value.message == "You may see companies but not add any."


def test_a_record_without_stage_gets_the_first(model, make, ada):
    """C48, C49: pipeline and stage of the default one; weighted amount follows."""
    deal = model.object("deal")
    made = record(model, deal, make("deal", name="Roof", amount="1000"), ada)
    assert deal.stages[made.values["stage"]].name == "new"
    assert made.values["pipeline"] == deal.pipelines[0].id
    assert made.values["weighted_amount"] == 100
    assert made.values["stage_updated_at"] == made.values["created_at"]
    assert made.values["closed_at"] is None


def test_links_are_made_with_the_record_or_nothing_is(model, make, side, ada):
    """C96a: record and links in one transaction, or refused together."""
    company = make("company", name="Acme")
    made = make("deal", name="Roof", links=[(side("deal", "company"), company)])
    assert record(model, model.object("deal"), made, ada).title == "Roof"

    with pytest.raises(TresseError):
        make("deal", name="Wall", links=[(side("deal", "company"), 99_999)])
    deals = model.object("deal").table
    assert len(rows(deals.select())) == 1
