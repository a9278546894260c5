"""Definitions of datasets: read, refused in words, and said again (D3)."""

from datetime import UTC, date, datetime

import pytest
import yaml

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import change_settings
from tresse.datasets.definition import Column, FanOut, Guard, Identity, KeySet, Limit, Merge
from tresse.datasets.parsing import KEYS, parsed
from tresse.datasets.saying import joined, said, split
from tresse.kernel.errors import TresseError
from tresse.sources.columns import RuleUse

pytestmark = pytest.mark.django_db
D3 = yaml.safe_load("""
- name: contacts
  entity: contacts
  as_of: now
  sources:
    - {source: crm_contacts}
    - {source: shop_customers, columns: {email: mail, phone: telephone, tier: null}}
  columns:
    - {name: email, type: text, semantic: email, rules: [email], merge: latest}
    - {name: acquisition_source, merge: earliest}
    - {name: tier, merge: {source_priority: [crm_contacts, shop_customers]}, fill: bronze}
  groups:
    - {name: address, columns: [street, postal_code, city], merge: latest, requires: [street, city]}
  identity:
    keys: [[customer_id], [email], [phone], [last_name, birth_date]]
    limits: [{column: customer_id, at_most: 1}]
    separate: [brand]
    guard:
      cap: 200
      soft: 25
      blocked: {phone: ["0000000000"]}
      allowed: {email: [info@x.fr]}
      device: [anonymous_id]
      fan_out: [{column: email, of: first_name, over: 20}]
      direction: [{each: email, at_most: 1, of: customer_id}]
  relations: []
  erasure: {orders: anonymise, events: delete}
- name: orders
  entity: orders
  as_of: 2026-03-10
  sources: [{source: "dataset:carts"}, {source: shop_orders}]
  relations:
    - {name: contact, to: contacts, inverse: orders, match: {email: customer_email}}
  identity: {keys: [{columns: [email], memory: all}], limits: []}
  schedule: {after: shop_orders}
  enabled: false
""")
CONTACTS, ORDERS = D3
BARE = {"name": "shops", "entity": "stores"}


def refused(item):
    with pytest.raises(TresseError) as found:
        parsed(item)
    return found.value.code, found.value.message


def identity(**keys):
    return BARE | {"identity": keys}


@pytest.mark.parametrize("item", D3, ids=lambda item: item["name"])
def test_the_definition_of_the_specification_is_read_and_said_again(item):
    """D3: the definition, complete; what is left out takes its default."""
    definition = parsed(item)

    assert parsed(said(definition)) == definition
    assert said(parsed(said(definition))) == said(definition)
    assert set(said(definition)) <= set(KEYS)


def test_what_goes_without_saying_is_not_said():
    """D3: what is left out takes the default."""
    assert said(parsed(BARE)) == BARE
    assert said(parsed({"name": "orders"})) == {"name": "orders", "entity": "orders"}
    whole = BARE | {
        "as_of": "now",
        "columns": [],
        "relations": [],
        "identity": {"keys": [], "guard": {"cap": 200, "soft": 25, "device": ["anonymous_id"]}},
        "schedule": {},
        "erasure": {},
        "enabled": True,
    }
    assert said(parsed(whole)) == BARE
    assert said(parsed(CONTACTS))["columns"][0] == {
        "name": "email",
        "type": "text",
        "semantic": "email",
        "rules": ["email"],
    }


def test_every_part_of_it_is_a_value():
    """D3: sources in their order, columns, groups, identity, guards, relations, erasure."""
    contacts, orders = parsed(CONTACTS), parsed(ORDERS)

    assert [each.source for each in contacts.sources] == ["crm_contacts", "shop_customers"]
    assert contacts.sources[1].columns == {"email": "mail", "phone": "telephone", "tier": ""}
    assert contacts.columns[0] == Column("email", "text", "email", (RuleUse("email"),), Merge())
    assert contacts.columns[2].merge == Merge("source_priority", ("crm_contacts", "shop_customers"))
    assert contacts.columns[2].fill == "bronze"
    assert contacts.groups[0].requires == ("street", "city")
    assert contacts.identity.keys[3] == KeySet(("last_name", "birth_date"))
    assert contacts.identity.limits == (Limit("customer_id", 1),)
    assert contacts.identity.guard.fan_out == (FanOut("email", "first_name", 20),)
    assert contacts.identity.guard.blocked == {"phone": ("0000000000",)}
    assert orders.identity == Identity((KeySet(("email",), remembers=True),), limits=())
    assert orders.relations[0].match == {"email": "customer_email"}
    assert orders.sources[0].source == "dataset:carts"
    assert not orders.is_enabled


def test_a_moment_may_be_now_or_a_day_which_means_its_end():
    """D3: `as_of`; a bare date means its end, in the time zone of the account."""
    change_settings({"zone": "Europe/Paris"}, actor=SYSTEM)
    end = datetime(2026, 3, 10, 22, 59, 59, 999_999, UTC)

    assert parsed(BARE | {"as_of": "now"}).as_of is None
    assert parsed(BARE | {"as_of": date(2026, 3, 10)}).as_of == end
    assert parsed(BARE | {"as_of": "2026-03-10"}).as_of == end
    assert said(parsed(ORDERS))["as_of"] == "2026-03-10"
    exact = parsed(BARE | {"as_of": "2026-03-10T12:00:00+01:00"})
    assert exact.as_of == datetime(2026, 3, 10, 11, tzinfo=UTC)
    assert parsed(said(exact)) == exact
    assert parsed(BARE | {"as_of": "2026-03-10 12:00"}).as_of == exact.as_of


@pytest.mark.parametrize("item", [*D3, BARE], ids=lambda item: item["name"])
def test_rules_are_parted_from_the_rest_and_joined_again(item):
    """D66: identity, guard and merge settings form one rule version."""
    whole = said(parsed(item))
    rest, rules = split(whole)

    assert set(rules) <= {"identity", "groups", "columns"}
    assert "merge" not in str(rest)
    assert joined(rest, rules) == whole


def test_rules_of_a_column_that_is_not_named_stay_with_it():
    """D66: a rule version may say how a column is merged that the definition does not name."""
    item = joined(BARE, {"columns": {"tier": {"merge": "longest"}}})

    assert item == BARE | {"columns": [{"name": "tier", "merge": "longest"}]}


def test_guards_and_windows_have_their_defaults():
    """D50, DG3: thresholds are settings; a soft size is never above the cap."""
    assert parsed(identity(guard={"cap": 10})).identity.guard == Guard(cap=10, soft=10)
    assert said(parsed(identity(guard={"cap": 10})))["identity"] == {"guard": {"cap": 10}}
    limits = [{"column": "email", "at_most": 5, "days": 30}]
    assert said(parsed(identity(limits=limits)))["identity"] == {"limits": limits}
    assert parsed(identity(keys=["email", ["a", "b"]])).identity.keys[0] == KeySet(("email",))


def test_an_earliest_value_may_be_told_by_another_column():
    """D70: `earliest (by: created_at)`."""
    item = BARE | {"columns": [{"name": "source", "merge": {"earliest": {"by": "first_order"}}}]}

    assert parsed(item).columns[0].merge == Merge("earliest", by="first_order")
    assert said(parsed(item)) == item


@pytest.mark.parametrize(
    ("item", "code", "words"),
    [
        ({"name": "Contacts"}, "invalid_name", '"Contacts"'),
        (BARE | {"counted": []}, "unknown_key", '"counted" is not a key of a dataset (shops)'),
        (BARE | {"source": []}, "unknown_key", 'Did you mean "sources"?'),
        (BARE | {"as_of": "soon"}, "wrong_value", 'not "soon"'),
        (BARE | {"sources": []}, "wrong_value", "at least one source"),
        (BARE | {"sources": [{"source": "a b"}]}, "wrong_value", "shops: sources 1.source"),
        (BARE | {"sources": [{"source": "a"}, {"source": "a"}]}, "wrong_value", "a twice"),
        (BARE | {"sources": [{"source": "a", "columns": {"x": 1}}]}, "wrong_value", "columns.x"),
        (BARE | {"columns": ["a", "a"]}, "column_repeated", 'shops has the column "a" twice'),
        (BARE | {"columns": ["a", "A"]}, "columns_alike", 'The columns "a" and "A" of shops'),
        (BARE | {"columns": ["_Id"]}, "reserved_name", '"_Id" is a column that Tresse writes'),
        (BARE | {"columns": [{"name": "a", "type": "txt"}]}, "unknown_name", '"text"'),
        (BARE | {"columns": [{"name": "a", "semantic": "mail"}]}, "unknown_name", '"email"'),
        (BARE | {"columns": [{"name": "a", "rules": ["trm"]}]}, "unknown_name", '"trim"'),
        (BARE | {"columns": [{"name": "a", "merge": "lates"}]}, "wrong_value", '"latest"'),
        (BARE | {"columns": [{"name": "a", "merge": {"sum": 1}}]}, "wrong_value", "a.merge"),
        (
            BARE | {"columns": [{"name": "a", "merge": {"source_priority": []}}]},
            "wrong_value",
            "source_priority needs the names of sources",
        ),
        (BARE | {"columns": [{"name": "a", "fill": {"b": 1}}]}, "wrong_value", "a.fill"),
        (
            BARE | {"columns": [{"name": n, "semantic": "email"} for n in "ab"]},
            "semantic_taken",
            'the columns "a" and "b" both hold email',
        ),
        (BARE | {"groups": [{"name": "g", "columns": []}]}, "wrong_value", "groups 1.columns"),
        (
            BARE | {"groups": [{"name": "g", "columns": ["a"], "requires": ["b"]}]},
            "wrong_value",
            '"b" is not among the columns of the group',
        ),
        (
            BARE | {"groups": [{"name": "g", "columns": ["a"], "merge": "sum"}]},
            "wrong_value",
            "latest, latest_record, earliest, source_priority",
        ),
        (
            BARE | {"groups": [{"name": n, "columns": ["a"]} for n in "gh"]},
            "wrong_value",
            '"a" is in the group "g" already',
        ),
        (
            BARE
            | {
                "groups": [{"name": "g", "columns": ["a"]}],
                "columns": [{"name": "a", "merge": "min"}],
            },
            "wrong_value",
            '"a" moves with the group "g"',
        ),
        (identity(keys=[["a", "b"], ["b", "a"]]), "wrong_value", "twice"),
        (identity(keys=[[]]), "wrong_value", "identity.keys 1.columns"),
        (identity(limits=[{"column": "a"}]), "wrong_value", "limits 1.at_most is missing"),
        (identity(limits=[{"column": "a", "at_most": 0}]), "wrong_value", "from 1 to"),
        (identity(guard={"cap": 10, "soft": 20}), "wrong_value", "at most the cap, 10"),
        (identity(guard={"blocked": {"a": [1]}}), "wrong_value", "guard.blocked.a"),
        (identity(guard={"fan_out": [{"column": "a", "over": 2}]}), "wrong_value", "fan_out 1.of"),
        (BARE | {"relations": [{"name": "x"}]}, "wrong_value", "relations 1.to"),
        (BARE | {"erasure": {"orders": "burn"}}, "wrong_value", "anonymise, delete"),
        (BARE | {"schedule": {"cron": "x"}}, "wrong_value", "schedule.cron"),
    ],
)
def test_refuses_what_cannot_be(item, code, words):
    """D3, D17: a sentence names the place, the value and what would be right."""
    found, message = refused(item)

    assert found == code
    assert words in message
    assert "{name}" not in message


def test_a_column_of_a_relation_is_no_column_of_a_source():
    """D18: `<name>_id` holds the golden id, so no other column may be called so."""
    relation = {"relations": [{"name": "contact", "to": "contacts"}]}

    assert refused(BARE | relation | {"columns": ["contact_id"]})[0] == "reserved_name"
