"""Pages of relations, pipelines and layouts (C34 to C50, C97)."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.objects.asking import text_of, words_of
from tests.searching import found_in
from tresse.accounts.models import AuditEntry
from tresse.accounts.queries import account
from tresse.kernel.errors import TresseError
from tresse.objects.changes import add_pipeline, order_pipelines
from tresse.objects.database import execute
from tresse.objects.described import data_model
from tresse.objects.layouts import layout_of
from tresse.objects.models import AssociationType
from tresse.objects.queries import object_type_named
from tresse.objects.uses import CLEANERS
from tresse.objects.views import layout, object, pipelines, relations
from tresse.records.tables import LINK

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]
LIMITS = {"max_forward": "", "max_inverse": ""}


def link(name, *pairs):
    """Links of a relation, without the records at their ends."""
    facts = {"association_id": data_model().association(name).id, "change_set_id": 1}
    execute(sa.insert(LINK).values([facts | {"from_id": a, "to_id": b} for a, b in pairs]))


def test_a_new_relation_asks_first_for_the_other_object_type(ask):
    """C34: then what each side calls the other, in sentences of the two."""
    assert "Other object type" in text_of(ask(relations.relation_new, "contact"))
    page = text_of(ask(relations.relation_new, "contact", query="to=product"))
    assert "On a contact, the product is called" in page
    assert "One product has at most" in page
    assert "Belongs to it as a part" in page
    assert "Both sides are the same" not in page
    assert "Both sides are the same" in text_of(
        ask(relations.relation_new, "contact", query="to=contact")
    )


def test_a_symmetric_relation_has_one_label(ask):
    """C34: a–b and b–a are one link."""
    data = LIMITS | {"to": "contact", "forward_label": "Friend", "symmetric": "on"}
    assert ask(relations.relation_new, "contact", data=data).status_code == 302
    made = data_model().association("contact_contact_friend")
    assert made.is_symmetric
    assert (made.forward_label, made.inverse_label) == ("Friend", "Friend")


def test_a_link_label_is_added_and_limited_by_its_relation(ask):
    """C38, C129: limit_above_parent at its field."""
    data = {"forward_label": "Company", "inverse_label": "Deal", "max_inverse": ""}
    data |= {"shares_timeline": "on", "max_forward": "2"}
    assert ask(relations.relation_edit, "deal", "deal_company", data=data).status_code == 302
    data = {"forward_label": "Payer", "inverse_label": "", "max_inverse": "", "name": ""}
    answer = ask(relations.label_new, "deal", "deal_company", data=data | {"max_forward": "3"})
    assert answer.status_code == 422
    field = found_in(r'name="max_forward".*?field__error.*?</div>', text_of(answer))
    assert "It allows 3, its relation 2." in field
    answer = ask(relations.label_new, "deal", "deal_company", data=data | {"max_forward": "1"})
    assert answer.status_code == 302
    assert data_model().association("payer").parent == "deal_company"
    assert "payer" in text_of(ask(relations.relation_edit, "deal", "deal_company"))


def test_lowering_a_limit_keeps_the_links_and_lists_what_is_over_it(ask):
    """C37: each record with its number, one click away."""
    link("deal_contact", (7, 1), (7, 2), (7, 3), (8, 1))
    data = {"forward_label": "Contact", "inverse_label": "Deal", "shares_timeline": "on"}
    data |= {"max_forward": "2", "max_inverse": ""}
    assert ask(relations.relation_edit, "deal", "deal_contact", data=data).status_code == 302
    page = text_of(ask(relations.relation_edit, "deal", "deal_contact"))
    over = found_in(r'id="over-limit".*?</section>', page)
    assert "1 record is over the limit" in over
    assert '<a class="link" href="/deals/7/">' in over
    assert "3 links" in over
    assert "/deals/8/" not in over


def test_deleting_a_relation_shows_its_links_and_wants_its_label(ask, monkeypatch):
    """C40."""
    data = LIMITS | {"to": "product", "forward_label": "Wish", "inverse_label": "Fan"}
    ask(relations.relation_new, "contact", data=data)
    name = "contact_product_wish"
    link(name, (1, 2), (1, 3))
    AssociationType.objects.filter(name=name).update(is_archived=True)
    page = words_of(ask(relations.relation_delete, "contact", name))
    assert "Links 2" in page
    refused = ask(relations.relation_delete, "contact", name, data={"typed_label": "x"})
    assert (refused.status_code, "and 2 links" in words_of(refused)) == (422, True)
    monkeypatch.setattr(CLEANERS, "_things", {})
    answer = ask(relations.relation_delete, "contact", name, data={"typed_label": "wish"})
    assert answer.status_code == 302
    assert AuditEntry.objects.filter(action="association_type.delete", target=name).exists()


def test_a_shipped_relation_is_only_archived(ask):
    """C40: built_in, in the form."""
    AssociationType.objects.filter(name="deal_product").update(is_archived=True)
    answer = ask(relations.relation_delete, "deal", "deal_product", data={"typed_label": "Product"})
    assert (answer.status_code, "comes with the product" in text_of(answer)) == (422, True)


@pytest.fixture
def renewals(admin):
    """A second pipeline of deals."""
    stages = [{"name": "due"}, {"name": "won", "kind": "won"}, {"name": "lost", "kind": "lost"}]
    deal = object_type_named("deal")
    return add_pipeline(deal, name="renewals", label="Renewals", stages=stages, actor=admin)


def put_in_stage(name):
    """A deal in a stage of the first pipeline."""
    deal = data_model().object("deal")
    stage = next(each for each in deal.pipelines[0].stages if each.name == name)
    execute(sa.insert(deal.table).values({"id": 1, deal.property("stage").column: stage.id}))


def test_deleting_a_stage_asks_where_its_records_go(ask):
    """C50: with their number; without an answer stage_in_use."""
    put_in_stage("new")
    page = words_of(ask(pipelines.stage_delete, "deal", "sales", "new"))
    assert "1 record has it. No record is deleted" in page
    answer = ask(pipelines.stage_delete, "deal", "sales", "new", data={"replace_with": ""})
    assert answer.status_code == 422
    assert "1 Deals are in New. Choose where they go." in words_of(answer)


@pytest.mark.usefixtures("renewals")
def test_deleting_a_pipeline_asks_for_each_stage_with_records(ask):
    """C50, C130i: to stages of one pipeline."""
    put_in_stage("qualifying")
    page = words_of(ask(pipelines.pipeline_delete, "deal", "sales"))
    assert "Qualifying (1)" in page
    assert "Renewals: Due" in page.replace("Renewals: due", "Renewals: Due")
    answer = ask(pipelines.pipeline_delete, "deal", "sales", data={"move-qualifying": ""})
    assert (answer.status_code, "Choose where they go" in words_of(answer)) == (422, True)


def test_the_last_pipeline_stays(ask):
    """C47: bad_pipeline, in the form."""
    answer = ask(pipelines.pipeline_delete, "deal", "sales", data={})
    assert (answer.status_code, "is the last one" in words_of(answer)) == (422, True)


@pytest.mark.usefixtures("renewals")
def test_pipelines_are_ordered(ask, admin, reader):
    """C47, C48: the first one is the default."""
    data = {"name": ["sales", "renewals"], "up": "renewals"}
    assert ask(pipelines.object_pipelines, "deal", data=data).status_code == 302
    assert [each.name for each in data_model().object("deal").pipelines] == ["renewals", "sales"]
    assert AuditEntry.objects.filter(action="pipeline.order", target="deal").count() == 1
    deal = object_type_named("deal")
    order_pipelines(deal, names=["renewals"], actor=admin)
    assert AuditEntry.objects.filter(action="pipeline.order").count() == 1
    with pytest.raises(TresseError, match=r"model\.edit"):
        order_pipelines(deal, names=[], actor=reader)


def test_a_stage_gets_required_properties(ask):
    """C47, C49."""
    data = {"required": ["amount", "close_date"]}
    assert ask(pipelines.stage_page, "deal", "sales", "won", data=data).status_code == 302
    stages = {each.name: each for each in data_model().object("deal").pipelines[0].stages}
    assert stages["won"].required == ("amount", "close_date")
    assert "Amount, Close date" in text_of(ask(pipelines.pipeline_edit, "deal", "sales"))


def layout_posted(*items, groups=(), cards=(), shown=(), **more):
    """The fields of the page of the layout."""
    lists = {"item": items, "group": groups, "card": cards, "shown": shown}
    return {key: list(each) for key, each in lists.items()} | more


def test_the_layout_is_changed_on_its_page(ask):
    """C97: groups, order, cards; a group whose name is emptied goes, its properties to Other."""
    data = layout_posted(
        "group:Work",
        "email",
        "group:",
        "group:Identity",
        "city",
        groups=["Key facts", "Other", ""],
        cards=["deal_contact:inverse", "task_contact:inverse"],
        shown=["deal_contact:inverse"],
    )
    assert ask(layout.object_layout, "contact", data=data).status_code == 302
    contact = data_model().object("contact")
    found = {group.name: [p.name for p in group.properties] for group in layout_of(contact).groups}
    assert found["Key facts"] == ["email"]
    assert found[""] == ["city"]
    assert contact.layout["cards"][0] == "deal_contact:inverse"
    assert layout_of(contact).hidden == {"task_contact:inverse"}


def test_a_layout_gets_a_group_and_moves_by_arrows(ask):
    """C97: the way without scripts."""
    data = layout_posted("group:Identity", "first_name", "last_name", groups=["Identity"], down="1")
    ask(layout.object_layout, "contact", data=data | {"new-group": "Sizes"})
    page = text_of(ask(layout.object_layout, "contact"))
    assert page.index('value="Sizes"') < page.index('value="Identity"')
    assert page.index('value="last_name"') < page.index('value="first_name"')
    twice = layout_posted("group:A", "group:B", groups=["Same", "same"])
    answer = ask(layout.object_layout, "contact", data=twice)
    assert (answer.status_code, "already has" in text_of(answer)) == (422, True)


def test_an_object_says_who_sees_records_without_owner(ask):
    """C107: a setting of the account, asked for where one looks for it."""
    contact = data_model().object("contact")
    data: dict[str, Any] = {"label": "Contact", "plural": "Contacts", "icon": contact.icon}
    data |= {"colour": contact.colour, "title": "", "subtitle": "job_title"}
    data |= {"search": ["email"], "unowned": "on"}
    assert ask(object.object_settings, "contact", data=data).status_code == 302
    assert account().unowned_for_all_only == ("contact",)
    assert AuditEntry.objects.filter(action="settings.change").exists()
