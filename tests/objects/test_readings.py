"""What kinds are told about an account, a person and a property (C10, C14, T16, T38, T40)."""

from dataclasses import replace

import pytest

from tresse.accounts.actor import SYSTEM
from tresse.accounts.models import Role, User
from tresse.accounts.queries import account
from tresse.kernel.errors import TresseError
from tresse.objects.described import OptionDef
from tresse.objects.kinds import KINDS, Reading
from tresse.objects.kinds.forms import ColumnForm
from tresse.objects.readings import people, reading_for, value_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]


def reading_of(model, object_name, name, **given):
    object_ = model().object(object_name)
    return reading_for(object_.property(name), object_, actor=SYSTEM, **given)


@pytest.mark.parametrize(
    ("language", "order", "sign"), [("en", "ymd", "."), ("fr", "dmy", ","), ("pl", "dmy", ",")]
)
def test_pages_read_dates_and_numbers_as_the_person_writes_them(model, language, order, sign):
    """C10."""
    deal = model().object("deal")
    reading = reading_for(deal.property("amount"), deal, actor=replace(SYSTEM, language=language))
    assert (reading.date_order, reading.decimal_sign, reading.by_cell) == (order, sign, True)


def test_a_file_is_read_by_the_form_of_its_column(model):
    """T16, T17: strictly, in the zone of the import."""
    form = ColumnForm(date_order="mdy", decimal_sign=",", zone="America/New_York")
    reading = reading_of(model, "deal", "amount", form=form)
    assert (reading.date_order, reading.decimal_sign, reading.by_cell) == ("mdy", ",", False)
    assert str(reading.zone) == "America/New_York"
    assert str(reading_of(model, "deal", "amount", form=ColumnForm()).zone) == account().zone


def test_users_are_known_by_e_mail_id_and_full_name(model):
    """T38: an inactive one is refused, and so is a name that two have."""
    role, _ = Role.objects.get_or_create(name="member", defaults={"label": "Member"})
    made = [
        User.objects.create(email=f"{n}@x.org", name=name, role=role, is_active=n != 3)
        for n, name in enumerate(["Ann Lee", "Bob Ray", "Bob Ray", "Old One"])
    ]
    reading = reading_of(model, "contact", "owner", users=people())
    texts = ["0@X.org", str(made[1].id), "ann  LEE", "Bob Ray", "Old One", "3@x.org", "x"]
    values, refusals = KINDS["user"].parse_all(texts, reading)
    assert values[:3] == [made[0].id, made[1].id, made[0].id]
    assert [refused.code for refused in refusals] == [
        "multiple_users_found",
        "inactive_user",
        "inactive_user",
        "could_not_find_user",
    ]
    assert KINDS["user"].format(made[3].id, reading) == "3@x.org"


def test_options_are_known_by_name_label_and_alias(model):
    """C13, C14: an archived one is refused, but a filter still knows it (G10)."""
    deal = model().object("deal")
    options = (OptionDef("low", "Low", ("petit",)), OptionDef("old", "Old", is_archived=True))
    prop = replace(deal.property("amount"), kind=KINDS["option"], read_options=lambda _id: options)
    reading = reading_for(prop, deal, actor=SYSTEM)
    values, refusals = KINDS["option"].parse_all(["LOW", "low", "Petit", "old"], reading)
    assert values == ["low", "low", "low", None]
    assert [refused.code for refused in refusals] == ["invalid_option"]
    assert KINDS["option"].operand("is", "old", reading) == ["old"]
    assert KINDS["option"].format("old", reading) == "Old"


def test_stages_are_known_in_their_pipelines(model):
    """T40."""
    deal = model().object("deal")
    pipeline = deal.pipelines[0]
    reading = reading_of(model, "deal", "stage")
    texts = [text for stage in pipeline.stages for text in (stage.name, stage.label.upper())]
    values, refused = KINDS["stage"].parse_all(texts, reading)
    assert values == [stage.id for stage in pipeline.stages for _ in range(2)]
    assert not refused
    assert reading_of(model, "deal", "pipeline").pipelines[pipeline.name] == pipeline.id


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("integer", 1.5, "could_not_parse_number"),
        ("integer", "x", "could_not_parse_number"),
        ("date", 5, "could_not_parse_date"),
        ("options", ["x"], "invalid_option"),
        ("integer", 3, "failed_validation"),
        ("text", {"a": 1}, "wrong_value"),
        ("text", ["a"], "wrong_value"),
    ],
)
def test_a_value_of_json_is_refused_like_a_text(kind, given, code):
    """C120, C15."""
    reading = Reading(label="Age", rules=({"rule": "lowest", "value": 5},) if given == 3 else ())
    with pytest.raises(TresseError) as caught:
        value_of(KINDS[kind], given, reading)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")


def test_a_value_of_json_is_read():
    assert value_of(KINDS["integer"], 3, Reading()) == 3
    assert value_of(KINDS["integer"], "3", Reading()) == 3
    assert value_of(KINDS["integer"], None, Reading()) is None


def test_a_text_that_an_index_keeps_is_shorter(model):
    """C10, C18: PostgreSQL takes no index entry above 2,704 bytes."""
    contact = model().object("contact")
    long = "x" * 601
    reading = reading_for(contact.property("last_name"), contact, actor=SYSTEM)
    [value], [refused] = contact.property("last_name").kind.parse_all([long], reading)
    assert (value, refused.code, refused.details["most"]) == (None, "text_too_long", 600)
    reading = reading_for(contact.property("job_title"), contact, actor=SYSTEM)
    assert contact.property("job_title").kind.parse_all([long], reading) == ([long], [])
