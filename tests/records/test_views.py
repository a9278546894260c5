"""Saved views: who may save, see, change and share them, and what they use."""

import pytest

from tests.program import Program
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import (
    add_team,
    add_token,
    change_settings,
    deactivate_user,
    delete_team,
)
from tresse.accounts.models import AuditEntry, User
from tresse.accounts.queries import actor_of
from tresse.kernel.errors import TresseError
from tresse.objects.definitions import apply_file, config
from tresse.objects.uses import Target, users_of
from tresse.records.changes.views import add_view, change_view, delete_view
from tresse.records.views_saved import view_facts, view_named, view_to_change, views_of

FRENCH = {"property": "country", "operator": "is", "value": "FR"}


@pytest.fixture
def contact(model):
    return model.object("contact")


@pytest.fixture
def save(model, contact, ada):
    """Saves a view of contacts, by Ada if nobody is named."""

    def view(label="French", *, actor=ada, **facts):
        return add_view(model, contact, label=label, actor=actor, **facts)

    return view


def code_of(call):
    with pytest.raises(TresseError) as caught:
        call()
    return caught.value.code


def test_a_view_keeps_filter_columns_widths_and_order(save, contact, ada):
    """C84."""
    save(
        filter=FRENCH,
        columns=["owner", "email", "contact_company:forward", "owner"],
        widths={"*": 240, "email": 300},
        sort=["-created_at", "last_name"],
    )

    facts = view_facts(view_named(contact, "french", ada))
    assert facts == {
        "object": "contact",
        "name": "french",
        "label": "French",
        "sharing": "private",
        "team": None,
        "filter": FRENCH,
        "columns": ["owner", "email", "contact_company"],
        "widths": {"*": 240, "email": 300},
        "sort": ["-created_at", "last_name"],
        "layout": "table",
        "layout_settings": {},
        "position": 1,
    }


def test_a_private_view_is_its_owners_alone(save, contact, mia):
    """C84."""
    view = save()

    assert not views_of(contact, mia)
    assert code_of(lambda: view_named(contact, "french", mia)) == "unknown_name"
    assert code_of(lambda: delete_view(view, actor=mia)) == "not_permitted"


def test_a_view_is_shared_with_a_team_or_everyone(save, model, contact, ada, mia, rea):
    """C84: team members see the team's, all see those of everyone."""
    add_team(name="paris", label="Paris", members=["mia@example.com"], actor=ada)
    save("All of us", sharing="everyone")
    view = save("Ours", sharing="team", team="paris")

    assert [each.label for each in views_of(contact, mia)] == ["All of us", "Ours"]
    assert [each.label for each in views_of(contact, rea)] == ["All of us"]
    assert code_of(lambda: change_view(model, view, actor=mia, label="X")) == "not_permitted"

    delete_team(view.team, actor=ada)
    assert [each.label for each in views_of(contact, mia)] == ["All of us"]


def test_sharing_needs_its_right(save, mia, user_of):
    """C84, C106a: `views.share`; a manager has it."""
    assert code_of(lambda: save(actor=mia, sharing="everyone")) == "not_permitted"
    manager = actor_of(user_of("Max", "manager"))
    assert save(actor=manager, sharing="everyone").sharing == "everyone"
    assert save("Mine too", actor=mia).owner_id == mia.user_id


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"filter": {"property": "emial", "operator": "is", "value": "x"}}, "unknown_property"),
        ({"columns": ["emial"]}, "unknown_property"),
        ({"columns": ["company.industri"]}, "unknown_property"),
        ({"sort": ["-emial"]}, "unknown_property"),
        ({"sort": ["email", "phone", "city", "country"]}, "wrong_value"),
        ({"widths": {"email": 5}}, "wrong_value"),
        ({"layout": "board"}, "wrong_value"),
        ({"layout_settings": {"pipeline": "sales"}}, "wrong_value"),
        ({"sharing": "world"}, "wrong_value"),
        ({"sharing": "team"}, "wrong_value"),
        ({"sharing": "team", "team": "nobody"}, "unknown_reference"),
        ({"label": " "}, "wrong_value"),
        ({"name": "all"}, "reserved_name"),
        ({"name": "2x"}, "invalid_name"),
    ],
)
def test_what_a_view_cannot_be_is_refused(save, facts, code):
    """C33, G6: unknown names are refused when a view is saved."""
    assert code_of(lambda: save(**{"label": "French", **facts})) == code


def test_all_and_mine_do_not_change(contact, ada):
    """C84."""
    for name in ("all", "mine"):
        assert (
            code_of(lambda name=name: view_to_change(contact, name, ada, "deleted")) == "built_in"
        )


def test_two_views_of_one_label_have_two_names(save):
    """C4: names are unique; one that is typed is not made another."""
    assert [save().name, save().name] == ["french", "french_2"]
    assert code_of(lambda: save(name="french")) == "name_taken"


def test_a_hundred_views_of_an_object_and_person(save, ada, mia):
    """C128."""
    change_settings({"max_views": 1}, actor=ada)
    save()
    assert code_of(lambda: save("Second")) == "limit_reached"
    save("Hers", actor=mia)


def test_shared_views_are_logged_and_private_ones_not(save, model, ada):
    """C114."""
    view = save()
    view = change_view(model, view, actor=ada, sharing="everyone")
    delete_view(view, actor=ada)

    entries = AuditEntry.objects.filter(action__startswith="view.").order_by("id")
    assert [(each.action, each.target) for each in entries] == [
        ("view.change", "contact.french"),
        ("view.delete", "contact.french"),
    ]
    assert entries[0].before == {"sharing": "private"}


def test_a_view_that_moved_on_is_not_overwritten(save, model, ada):
    """Two people change a shared view at once: the second is told."""
    view = save()
    change_view(model, view, actor=ada, version=1, label="FR")
    late = lambda: change_view(model, view, actor=ada, version=1, label="France")  # noqa: E731
    assert code_of(late) == "changed_meanwhile"
    assert change_view(model, view, actor=ada, label="FR").version == 2


def test_definitions_that_views_name_are_in_use(save, model):
    """C32, C33: also in paths, in columns, in the filter of linked records."""
    deal = model.object("deal")
    save(
        filter={
            "linked": "deal",
            "by": ["deal_contact"],
            "filter": {"property": "stage", "operator": "is", "value": "won"},
        },
        columns=["company.industry"],
        sort=["-city"],
    )

    pipeline = deal.pipelines[0].name
    for target in (
        Target("object", "contact"),
        Target("object", "deal"),
        Target("property", "city", "contact"),
        Target("property", "industry", "company"),
        Target("property", "stage", "deal"),
        Target("stage", f"{pipeline}.won", "deal"),
        Target("association_type", "deal_contact"),
        Target("association_type", "primary_company"),
    ):
        assert users_of(target) == ['view "French"'], target
    assert users_of(Target("property", "email", "contact")) == []


def test_views_as_yaml(contact, ada):
    """C5a: made, changed, printed again; what is not said stays."""
    item = {
        "object": "contact",
        "name": "french",
        "label": "French",
        "sharing": "everyone",
        "filter": FRENCH,
        "columns": ["email", "owner"],
        "sort": ["-created_at"],
    }
    assert apply_file({"views": [item]}, SYSTEM)["created"] == ["views contact.french"]
    assert apply_file({"views": [item]}, SYSTEM)["unchanged"] == ["views contact.french"]
    assert config("views")["views"] == [{**item, "position": 1}]
    short = {"object": "contact", "name": "french", "sort": ["email"]}
    assert apply_file({"views": [short]}, SYSTEM)["changed"] == ["views contact.french"]
    assert view_named(contact, "french", ada).columns == ["email", "owner"]


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"object": "contact", "name": "x", "lable": "X"}, "unknown_key"),
        ({"object": "contact", "name": "all"}, "built_in"),
        ({"object": "contact", "name": "x", "sharing": "private"}, "wrong_value"),
        ({"name": "x"}, "wrong_value"),
    ],
)
def test_a_file_is_refused_with_the_same_codes(item, code, model):  # noqa: ARG001
    """C5a, C129: a private view belongs to a person, so a file makes none."""
    assert code_of(lambda: apply_file({"views": [item]}, SYSTEM)) == code


def test_shared_views_pass_to_the_heir_of_who_leaves(save, ada, mia, user_of):
    """C111: what a person shared goes on, with a new owner."""
    max_ = user_of("Max", "manager")
    shared = save("Ours", actor=actor_of(max_), sharing="everyone")
    private = save("Own", actor=actor_of(max_))

    heir = User.objects.get(pk=mia.user_id)
    deactivate_user(max_, hand_over_to=heir, actor=ada)
    shared.refresh_from_db()
    private.refresh_from_db()
    assert (shared.owner_id, private.owner_id) == (mia.user_id, max_.pk)


@pytest.fixture
def api(client, ada):
    """Calls the REST interface as Ada."""
    return Program(client, add_token(User.objects.get(pk=ada.user_id), name="test", actor=ada)[1])


def test_a_view_over_rest(api):
    """C120: `/views`."""
    body = {"object": "contact", "label": "French", "filter": FRENCH, "sort": ["email"]}
    status, made = api("POST", "/views", body)
    assert (status, made["name"], made["owner"]) == (201, "french", "ada@example.com")
    assert [each["name"] for each in api("GET", "/views?object=contact")[1]] == ["french"]

    status, changed = api("PATCH", "/views/contact/french", {"filter": None, "version": 1})
    assert (status, changed["filter"], changed["version"]) == (200, None, 2)
    assert api("PATCH", "/views/contact/french", {"version": 1})[1]["code"] == "changed_meanwhile"
    assert api("PATCH", "/views/contact/french", {"lable": "x"})[1]["code"] == "unknown_key"
    assert api("PATCH", "/views/contact/mine", {"label": "x"})[1]["code"] == "built_in"
    assert api("DELETE", "/views/contact/french")[0] == 204
    assert api("GET", "/views/contact/french")[1]["code"] == "unknown_name"
