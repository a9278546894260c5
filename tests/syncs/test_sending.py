"""Rows of a dataset sent into the CRM: classes, modes, accounting (Y11, Y20 to Y24, Y61)."""

from tests.syncs.worlds import (
    change,
    contacts,
    counts,
    faults,
    listed,
    looked,
    people,
    sent,
    state,
    sync_to_crm,
)


def person(number, **more):
    return {"id": str(number), "email": f"p{number}@x.fr", "last_name": f"Name {number}", **more}


def test_the_first_run_adds_every_row_and_the_next_none():
    """Y11, Y22: rows that were never acknowledged are added; what is the same is unchanged."""
    dataset = people(person(1, first_name="Ada", city="Paris"), person(2))
    sync = sync_to_crm(dataset)

    first, second = sent(sync), sent(sync)

    assert counts(first) == {"added": 2}
    assert (first.state, first.is_first, second.is_first) == ("done", True, False)
    assert counts(second) == {"unchanged": 2}
    assert second.calls == 0
    assert [(each["email"], each["city"]) for each in contacts()] == [
        ("p1@x.fr", "Paris"),
        ("p2@x.fr", None),
    ]
    assert listed(first) == [("added", "sent", "")] * 2
    assert listed(second) == []


def test_only_mapped_columns_count_and_only_what_changed_is_sent():
    """Y20, Y24: a change elsewhere sends nothing; of a changed row its new fields alone are."""
    dataset = people(person(1, first_name="Ada", city="Paris"))
    sync = sync_to_crm(dataset, columns=[{"from": "email"}, {"from": "first_name"}])
    sent(sync)

    change(dataset, person(1, first_name="Ada", city="Lyon"))
    same = sent(sync)
    change(dataset, person(1, first_name="Adele", city="Lyon"))
    seen = looked(sync)
    other = sent(sync)

    assert counts(same) == {"unchanged": 1}
    assert counts(other) == counts(seen) == {"changed": 1}
    [example] = seen.examples["changed"]
    assert example["fields"] == {"first_name": ["Ada", "Adele"]}
    [key] = state(sync)
    assert state(sync)[key] == {"email": "p1@x.fr", "first_name": "Adele"}


def test_modes_send_new_rows_or_all():
    """Y11: 10 rows at switch-on, then 3 arrive, 2 old ones and 1 of the 3 change."""
    old = [person(number) for number in range(10)]
    dataset = people(*old)
    new_only = sync_to_crm(dataset, name="new_only", mode="new_only", columns=[{"from": "email"}])
    every = sync_to_crm(dataset, name="all", columns=[{"from": "last_name"}])
    first = sent(new_only), sent(every)

    arrived = [person(number) for number in range(10, 13)]
    change(dataset, *old, *arrived)
    second = sent(new_only), sent(every)
    old[0]["last_name"] = old[1]["last_name"] = arrived[0]["last_name"] = "Other"
    arrived[0]["email"] = "other@x.fr"
    change(dataset, *old, *arrived)
    third = sent(new_only), sent(every)

    assert [counts(each) for each in first] == [{}, {"added": 10}]
    assert [counts(each) for each in second] == [{"added": 3}, {"added": 3, "unchanged": 10}]
    assert counts(third[1]) == {"changed": 3, "unchanged": 10}


def test_the_worked_example_counts_as_the_spec_says():
    """Y24: unchanged, changed, added, removed, refused, failed, tried again; then again."""
    dataset = people(
        {"id": "a", "email": "a@x.fr", "last_name": "A", "city": "120"},
        {"id": "b", "email": "b@x.fr", "last_name": "B", "city": "80"},
        {"id": "d", "email": "d@x.fr", "last_name": "D", "city": "5"},
        {"id": "e", "email": "e@x.fr", "last_name": "E", "birth_date": None, "city": "x"},
    )
    sync = sync_to_crm(
        dataset,
        key={"email": "email"},
        match=None,
        mode="mirror",
        columns=[{"from": "last_name"}, {"from": "city"}, {"from": "first_name", "to": "language"}],
    )
    change(
        dataset,
        {"id": "a", "email": "a@x.fr", "last_name": "A", "city": "120"},
        {"id": "b", "email": "b@x.fr", "last_name": "B", "city": "80"},
        {"id": "d", "email": "d@x.fr", "last_name": "D", "city": "5"},
        {"id": "e", "email": "e@x.fr", "last_name": "E", "city": "30", "first_name": "no language"},
    )
    before = sent(sync)
    change(
        dataset,
        {"id": "a", "email": "a@x.fr", "last_name": "A", "city": "120"},
        {"id": "b", "email": "b@x.fr", "last_name": "B", "city": "95"},
        {"id": "c", "email": "c@x.fr", "last_name": "C", "city": "10", "first_name": "neither"},
        {"id": "n", "email": None, "last_name": "N", "city": "7"},
        {"id": "e", "email": "e@x.fr", "last_name": "E", "city": "30"},
    )
    seen, run = looked(sync), sent(sync)

    assert counts(before) == {"added": 3, "refused": 1}
    expected = {"added": 1, "changed": 1, "removed": 1, "unchanged": 1, "refused": 2}
    assert counts(run) == counts(seen) == expected
    assert (run.state, run.rows) == ("partial", 5)
    assert [(key, code) for key, code, _ in faults(sync)] == [
        ("", "key_null"),
        ("c@x.fr", "invalid_option"),
    ]
    assert [each["email"] for each in contacts()] == ["a@x.fr", "b@x.fr", "e@x.fr"]
