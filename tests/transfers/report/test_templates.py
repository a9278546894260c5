"""Templates of imports at every door (T88, T88a, T89)."""

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user
from tresse.accounts.queries import actor_of
from tresse.kernel.errors import TresseError
from tresse.objects.changes import archive_property
from tresse.objects.models import Property
from tresse.transfers import changes, queries
from tresse.transfers.models import ImportTemplate
from tresse.transfers.template_contents import usable

DEALS = "Deal ID,Roof,Associated Deals\n61,Renewal 2,\n"
CONTENT = {"object": "deal", "links": "ignore", "columns": {"Roof": {"property": "name"}}}


def test_what_an_import_was_asked_is_kept_with_the_columns_it_recognised(start):
    """T88: mapping, settings, answers about options and reading choices."""
    row = start.check(
        "deals",
        "Deal ID;Roof;Associated Contact;x\n61;Renewal 2;anna@ex.org;1\n",
        mapping={"Roof": {"property": "name"}},
        reading={"encoding": "utf-8", "dates": "dmy"},
        mode="update",
    )

    kept = changes.keep_template(row, name="  Shop   deals ", actor=start.ada)

    assert (kept.name, kept.object_name, kept.is_shared) == ("Shop deals", "deal", False)
    assert kept.content == {
        "object": "deal",
        "mode": "update",
        "reading": {"encoding": "utf-8", "dates": "dmy"},
        "columns": {
            "Deal ID": {"key": "id"},
            "Roof": {"property": "name"},
            "Associated Contact": {"association": "Associated Contact"},
            "x": "ignore",
        },
    }


def test_a_template_is_used_again_by_rest(api, start):
    """T88: POST /imports takes `template`; what is said beside it wins."""
    changes.save_template("roofs", content=CONTENT, actor=start.ada)
    file = SimpleUploadedFile("d.csv", b"Deal ID,Roof\n61,Renewal 2\n", content_type="text/csv")

    status, row = api.send("/imports", file=file, object="deals", template="roofs")

    assert (status, row["settings"]) == (201, {"links": "ignore"})
    assert row["left_undecided"] == {}
    _, row = api("POST", f"/imports/{row['import_id']}/check")
    assert row["state"] == "checking"


def test_templates_are_made_read_changed_and_dropped_by_rest(api):
    """T88: CRUD at /import-templates; unknown keys are refused with the nearest."""
    status, row = api("POST", "/import-templates", {"name": "roofs", "private": True, **CONTENT})
    assert (status, row["private"], row["object"]) == (201, True, "deal")

    status, problem = api("POST", "/import-templates", {"name": "x", "colums": {}})
    assert (status, problem["code"], problem["nearest"]) == (422, "unknown_key", "columns")
    status, problem = api("POST", "/import-templates", {"name": " ", **CONTENT})
    assert (status, problem["code"]) == (422, "wrong_value")

    status, row = api("PATCH", "/import-templates/roofs", {"private": False, "mode": "create"})
    assert (status, row["private"], row["mode"], row["links"]) == (200, False, "create", "ignore")
    _, found = api("GET", "/import-templates?object=deals")
    assert [each["name"] for each in found["import_templates"]] == ["roofs"]
    _, found = api("GET", "/import-templates?object=contacts")
    assert found["import_templates"] == []

    assert api("DELETE", "/import-templates/roofs")[0] == 204
    status, problem = api("GET", "/import-templates/roofs")
    assert (status, problem["code"]) == (404, "unknown_name")


def test_apply_and_config_speak_of_templates(command, start):
    """T88a: `import_templates`; applying what `config` printed changes nothing."""
    item = {"name": "roofs", "private": True, **CONTENT}
    path = start.file(yaml.safe_dump({"import_templates": [item]}), name="a.yaml")

    _, done, _ = command("apply", path)
    assert done["created"] == ["import_templates deal.roofs"]
    kept = ImportTemplate.objects.get()
    assert (kept.is_shared, kept.object_name) == (False, "deal")
    _, done, _ = command("apply", path)
    assert done["unchanged"] == ["import_templates deal.roofs"]

    wrong = {"import_templates": [{"name": "x", "objekt": "deal"}]}
    code, problem, _ = command("apply", start.file(yaml.safe_dump(wrong), name="b.yaml"))
    assert (code, problem["code"]) == (1, "unknown_key")


def test_a_command_keeps_and_uses_templates(command, start):
    """T88: --save-template and --template, also with columns in another order (T89)."""
    mapping = start.file("columns: {Roof: {property: name}}\n", name="map.yaml")
    path = start.file("Deal ID,Roof\n61,Renewal 2\n")
    command("import", "deals", path, "--map", mapping, "--save-template", "roofs")

    again = start.file("Roof,Deal ID\nRenewal 3,61\n", name="y.csv")
    _, row, _ = command("import", "deals", again, "--template", "roofs")

    assert (row["state"], row["updated"]) == ("done", 1)
    assert start.values("deal", "name")[61] == "Renewal 3"
    code, problem, _ = command("import", "contacts", again, "--template", "roofs")
    assert (code, problem["code"]) == (1, "wrong_value")
    code, problem, _ = command("import", "deals", again, "--template", "roof")
    assert (code, problem["code"], problem["details"]["nearest"]) == (1, "unknown_name", "roofs")


def test_a_template_naming_what_is_archived_says_so(command, start):
    """T89: those columns are left without an answer; the rest is used."""
    content = {
        "object": "deal",
        "columns": {
            "Roof": {"property": "name"},
            "Won why": {"property": "lost_reason"},
            "With": {"association": "deal_gone"},
        },
    }
    changes.save_template("roofs", content=content, actor=start.ada)
    prop = Property.objects.get(object_type__name="deal", name="lost_reason")
    archive_property(prop, actor=start.ada)
    found = usable(content, object=start.model.object("deal"), actor=start.ada)
    assert found.left == {"Won why": "Lost reason", "With": "deal_gone"}

    path = start.file("Deal ID,Roof,Won why,With\n61,Renewal 2,Price,\n")
    _, row, said = command("import", "deals", path, "--template", "roofs")

    assert 'Column "Won why" went to "Lost reason", which is archived or gone.' in said
    assert (row["updated"], row["codes"]["column_ignored"]) == (1, 2)


def test_private_templates_are_of_one_person(start):
    """T88: another member sees shared ones only, and cannot take over or change any."""
    bob = actor_of(add_user(email="bob@example.com", name="Bob", role="member", actor=SYSTEM))
    row = changes.save_template("roofs", content=CONTENT, actor=start.ada)
    assert list(queries.templates_of(bob)) == []
    for act in (
        lambda: changes.save_template("roofs", content=CONTENT, actor=bob),
        lambda: changes.delete_template(row, actor=bob),
        lambda: queries.template_named("roofs", actor=bob),
    ):
        with pytest.raises(TresseError):
            act()

    changes.change_template(row, is_shared=True, actor=start.ada)
    assert [each.name for each in queries.templates_of(bob, object_name="deal")] == ["roofs"]
    with pytest.raises(TresseError, match="only they or an administrator"):
        changes.change_template(row, is_shared=False, actor=bob)


JUNK: tuple[object, ...] = (
    None,
    5,
    True,
    "x",
    "\x00",
    "\ud800",
    [],
    [5],
    [[]],
    {},
    {"x": 5},
    {"x": {"y": []}},
    "ż" * 200,
)
KEYS = ("name", "object", "private", "reading", "match", "columns", "mode", "option_map", "links")


@pytest.mark.parametrize("key", KEYS)
def test_junk_in_a_template_is_refused_or_kept_but_never_breaks(api, start, key):
    """C123: every key with values of any sort, at once and of one that is there."""
    changes.save_template("roofs", content=CONTENT, actor=start.ada)
    for junk in JUNK:
        for method, address in (
            ("POST", "/import-templates"),
            ("PATCH", "/import-templates/roofs"),
        ):
            status, body = api(method, address, {"name": "roofs", **CONTENT, key: junk})
            assert status in (200, 201, 400, 404, 409, 422), (key, junk, body)
        for row in ImportTemplate.objects.exclude(name="roofs"):
            assert api("GET", "/import-templates?object=deals")[0] == 200
            row.delete()
        if not ImportTemplate.objects.exists():
            changes.save_template("roofs", content=CONTENT, actor=start.ada)
