"""What pages of sources say and propose, without a database: names, times, rules, notes, counts."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils.translation import override

from tresse.connections.kinds.base import FileSeen
from tresse.sources.definition import Read, When
from tresse.sources.families import entity_of, families_of, name_of, pattern_of
from tresse.sources.files import compiled
from tresse.sources.models import Source, SourceRun
from tresse.sources.notes import notes_of
from tresse.sources.parsing import parsed
from tresse.sources.reported import counts_of, cursor_words, size, took, warnings_of
from tresse.sources.rule_forms import given_rules, moved, shown_rules
from tresse.sources.rules import RULES
from tresse.sources.rules.settings import written_name
from tresse.sources.shown import age, freshness_tone
from tresse.sources.times import chosen, schedule_of

NAMES = {
    "till_20110104.csv": r"till_(?P<date>\d{8})\.csv",
    "Ventes 2026-01-31 v2.csv": r"Ventes\ \d+\-\d+\-\d+\ v2\.csv",
    "part-0001-of-12.jsonl": r"part\-\d+\-of\-\d+\.jsonl",
    "customers.csv": r"customers\.csv",
}


@pytest.mark.parametrize(("name", "pattern"), NAMES.items(), ids=NAMES)
def test_a_pattern_fits_the_name_it_was_made_of(name, pattern):
    """S81: proposed patterns are ones that files are matched by; a whole date becomes a group."""
    assert pattern_of(name) == pattern
    assert compiled(pattern).fullmatch(name)


def test_files_of_one_family_are_offered_together():
    """S81, S86: a family may hold packed files beside plain ones; what is no data is left out."""
    names = ("till_20110104.csv", "till_20110105.csv.gz", "logo.png", "readme.txt")
    seen = [FileSeen(f"in/{name}", name, 1000, None) for name in names]

    first, *others = families_of(seen)

    assert (first.number, first.size) == (2, 2000)
    assert all(compiled(first.pattern).fullmatch(name) for name in names[:2])
    assert [each.pattern for each in others] == [r"readme\.txt"]


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("public.Customers", "contacts"),
        ("lignes_commande", "order_items"),
        ("zamówienia", "orders"),
        ("produits", "products"),
        ("wp_xyz", ""),
    ],
)
def test_an_entity_is_proposed_from_the_name(name, entity):
    """S32, S58: in English, French and Polish; a wrong guess never blocks."""
    assert entity_of(name) == entity


def test_a_source_is_named_after_what_it_reads():
    assert name_of("shop", Read(table="public.customers"), ()) == "shop_customers"
    assert name_of("shop", Read(table="shop_orders"), ()) == "shop_orders"
    assert name_of("erp", Read(files=r"orders_(?P<date>\d{8})\.csv"), ()) == "erp_orders"
    assert name_of("erp", Read(query="SELECT 1 FROM sales.items x"), ["erp_items"]) != "erp_items"


@pytest.mark.parametrize(
    "when",
    [
        When(),
        When(cron="*/15 * * * *", zone="Europe/Paris"),
        When(cron="0 * * * *", zone="UTC"),
        When(cron="30 6 * * *", zone="UTC"),
        When(cron="5 18 * * 1-5", zone="UTC"),
        When(cron="0 6 * * 1", zone="UTC"),
        When(cron="0 6 1 * *", zone="UTC"),
        When(after="shop_customers"),
    ],
    ids=str,
)
def test_times_are_shown_and_sent_back_the_same(when):
    """S114"""
    sent = schedule_of(chosen(when, zone="UTC"))

    assert When(**(sent or {})) == when


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_a_form_that_sends_it_back(rule):
    """S60: settings with their defaults say nothing; those of its examples come back as written."""
    for settings, *_ in rule.examples:
        plain = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in settings.items()
        }
        item = {rule.name: plain} if plain else rule.name
        (shown,) = shown_rules([item])
        query = QueryDict(mutable=True)
        query["rule"] = rule.name
        for each in shown["settings"]:
            query[each["name"]] = each["value"]
        (back,) = given_rules(query)
        again = back[rule.name] if isinstance(back, dict) else {}
        defaults = {written_name(each.name): each.default for each in fields(rule.Settings)}
        for name, value in plain.items():
            if isinstance(value, list) and any("," in str(word) for word in value):
                continue  # A word with a comma is written in a file.
            kept = again.get(name, defaults.get(name))
            kept = list(kept) if isinstance(kept, tuple) else kept
            assert str(kept) == str(value), (rule.name, name)


def test_rules_are_moved_added_and_taken_away():
    assert moved(["trim"], "add:", "lower", ()) == ["trim", "lower"]
    assert moved(["trim"], "add:", "nonsense", ()) == ["trim"]
    assert moved(["trim", "lower"], "up:1", "", ()) == ["lower", "trim"]
    assert moved(["trim", "lower"], "down:1", "", ()) == ["trim", "lower"]
    assert moved(["trim", "lower"], "drop:0", "", ()) == ["lower"]
    assert moved(["trim"], "auto:", "", ("trim", "email")) == ["trim", "email"]
    assert moved(["trim"], "drop:9", "", ()) == ["trim"]
    assert moved(["trim"], "", "", ()) == ["trim"]


def source_of(**facts):
    definition = {
        "name": "shop",
        "connection": "db",
        "read": {"table": "customers"},
        "entity": "contacts",
        "record_key": ["email"],
        "columns": [
            {"name": "email", "type": "text", "semantic": "email"},
            {"name": "at", "type": "datetime"},
        ],
        **facts.pop("definition", {}),
    }
    source = Source(name="shop", definition=definition, is_reviewed=True, **facts)
    return notes_of(source, parsed(definition), None, "/sources/shop/")


def test_a_key_of_addresses_without_a_rule_is_noted_with_one_click():
    """S61"""
    (note,) = source_of()

    assert note.tone == "warn"
    assert "email" in note.text
    assert dict(note.fields) == {"name": "email", "rule": "email"}
    assert note.action == "/sources/shop/columns/rules/"


def test_columns_that_came_later_are_offered_once():
    """S51"""
    seen = [
        {"name": "email", "type": "text", "proposed": "text"},
        {"name": "vip", "type": "bool", "proposed": "boolean"},
    ]
    ruled = {"columns": [{"name": "email", "type": "text", "rules": ["email"]}]}

    (note,) = source_of(definition=ruled, seen_columns=seen)
    assert "vip" in note.text
    assert [value for value, _ in note.buttons] == ["take", "pass"]
    assert source_of(definition=ruled, seen_columns=seen, offered_columns=["vip"]) == []
    unreadable = {"name": "photo", "type": "bytea", "proposed": ""}
    assert source_of(definition=ruled, seen_columns=[seen[0], unreadable]) == []


def test_a_cursor_of_dates_without_an_overlap_is_noted():
    """S76: the page says so when someone sets 0 on a date cursor."""
    extract = {"mode": "incremental", "cursor": "at", "overlap": 0}
    ruled = {"record_key": ["at"], "extract": extract}

    (note,) = source_of(definition=ruled)

    assert "never read" in note.text


def test_figures_are_short_and_in_words():
    """S112"""
    assert [took(0.42), took(61), took(600), took(None)] == ["0.4 s", "61 s", "10 min", ""]
    assert [size(999), size(1500), size(2_000_000)] == ["999 B", "1.5 KB", "2.0 MB"]
    assert cursor_words({"value": "2026-03-01T10:00:00+00:00"}) == "2026-03-01 10:00:00"
    assert cursor_words(42) == "42"
    ages = [timedelta(seconds=5), timedelta(minutes=3), timedelta(hours=5), timedelta(days=3)]
    assert [age(each) for each in ages] == [
        "just now",
        "3 minutes ago",
        "5 hours ago",
        "3 days ago",
    ]
    assert [freshness_tone(each) for each in (ages[0], ages[3], timedelta(days=30))] == [
        "new",
        "old",
        "stale",
    ]


def test_warnings_name_columns_and_examples_most_frequent_first():
    """S111"""
    run = SourceRun(
        warnings={
            "rounded": {"count": 2, "columns": {"total": 2}, "examples": ["1.2345678"]},
            "could_not_parse_date": {"count": 7, "columns": {"born": 7}},
            "of_a_later_version": {"count": 1},
        },
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
    )

    first, second, third = warnings_of(run)

    assert (first.number, first.columns) == (7, "born")
    assert second.examples == "1.2345678"
    assert third.words == "of_a_later_version"


def test_the_figures_of_a_run_speak_the_readers_language():
    """S112: every count has its sentence, in French too."""
    run = SourceRun(started_at=datetime(2026, 3, 1, tzinfo=UTC), read=3, new=1, rejected=2)

    with override("fr"):
        words = [each.words for each in counts_of(run, "/sources/shop/")]

    assert any("Elles sont mises de côté, chacune avec le motif." in each for each in words)
    assert not [each for each in words if " row" in each]
