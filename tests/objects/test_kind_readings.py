"""What each kind reads and refuses, case by case (C10, C11, C13, C14, T16, T17, T38, T40)."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.objects.test_kinds import ENGLISH, FRENCH
from tresse.objects.kinds import KINDS
from tresse.objects.kinds.dialling import _by_library, e164
from tresse.objects.refusals import refused_value

CASES = Path(__file__).parents[1] / "cases"
MONTH_FIRST = replace(ENGLISH, date_order="mdy")
STRICT = replace(ENGLISH, by_cell=False)
NO_NUMBER, RANGE = "could_not_parse_number", "number_out_of_range"
NO_DATE, NO_EMAIL = "could_not_parse_date", "invalid_email"


def reads(kind, text, reading):
    [value], refusals = KINDS[kind].parse_all([text], reading)
    return refusals[0].code if refusals else value


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  Ada ", "Ada"),
        ("text", "one\r\ntwo", "one two"),
        ("text", "x" * 65_536, "x" * 65_536),
        ("text", "x" * 65_537, "text_too_long"),
        ("long_text", "one\r\ntwo\rthree\x07", "one\ntwo\nthree"),
        ("long_text", "e\u0301", "é"),
        ("rich_text", '<b onclick="x()">x</b><script>y</script>', "<b>x</b>"),
        ("rich_text", '<a href="javascript:x">y</a>', '<a rel="noopener noreferrer">y</a>'),
        ("rich_text", "one\ntwo < three", "one<br>two &lt; three"),
        ("rich_text", "<p>" + "x" * 65_536, "text_too_long"),
        ("integer", "-1,234", -1234),
        ("integer", "1\u202f234", 1234),
        ("integer", "1'234'567", 1234567),
        ("integer", "1042.0", 1042),
        ("integer", "12,34", NO_NUMBER),
        ("integer", "1,234.567", NO_NUMBER),
        ("integer", "1 23", NO_NUMBER),
        ("integer", "9" * 5000, RANGE),
        ("integer", "9007199254740991", 9007199254740991),
        ("integer", "9007199254740992", RANGE),
        ("integer", "007", 7),
        ("decimal", "1,234.50", Decimal("1234.5")),
        ("decimal", "1 234,50", Decimal("1234.5")),
        ("decimal", "12 %", Decimal("0.12")),
        ("decimal", "1.00005", Decimal("1.0001")),
        ("decimal", "-1.00005", Decimal("-1.0001")),
        ("decimal", "-0", Decimal(0)),
        ("decimal", ".5", Decimal("0.5")),
        ("decimal", "99999999999999.9999", Decimal("99999999999999.9999")),
        ("decimal", "99999999999999.99995", RANGE),
        ("decimal", "1e5", NO_NUMBER),
        ("decimal", "NaN", NO_NUMBER),
        ("decimal", ".", NO_NUMBER),
        ("money", "€ 12.50", Decimal("12.5")),
        ("money", "EUR 1,234", Decimal(1234)),
        ("money", "-12 eur", Decimal(-12)),
        ("money", "(1 234,50)", Decimal("-1234.5")),
        ("money", "12 USD", "wrong_currency"),
        ("money", "$12", "wrong_currency"),
        ("money", "12 apples", NO_NUMBER),
        ("money", "()", NO_NUMBER),
        ("boolean", " Oui ", True),
        ("boolean", "FAŁSZ", False),
        ("boolean", "T", True),
        ("boolean", "maybe", "could_not_parse_boolean"),
        ("url", "x.org", "https://x.org"),
        ("url", "HTTP://X.org/A", "http://x.org/A"),
        ("url", "ftp:x", "invalid_url"),
        ("url", "javascript:alert(1)", "invalid_url"),
        ("url", "https://x.org/" + "a" * 2048, "invalid_url"),
        ("url", "https://a b.org", "invalid_url"),
        ("url", "https://me:pw@x.org", "invalid_url"),
        ("url", "http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("domain", "https://www.Acme.org:8080/x", "acme.org"),
        ("domain", "anna@acme.org", "acme.org"),
        ("domain", "www.com", "www.com"),
        ("domain", "acme", "invalid_domain"),
        ("domain", "xn--mnchen-3ya.de", "münchen.de"),
        ("domain", "127.0.0.1", "invalid_domain"),
        ("email", "Anna <A@x.org>", "a@x.org"),
        ("email", "anna.k+news@X.ORG", "anna.k+news@x.org"),
        ("email", "anna@", NO_EMAIL),
        ("email", "a@x.org, b@x.org", NO_EMAIL),
        ("email", f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 58}.org", NO_EMAIL),
        ("phone", "06 12.34-56(78)", "+33612345678"),
        ("phone", "tel:+48512345678", "+48512345678"),
        ("phone", "12", "12"),
        ("phone", "x" * 101, "invalid_phone"),
        ("option", " BEE", "b"),
        ("option", "gone", "invalid_option"),
        ("options", "c; A|bee\na", "|a|b|c|"),
        ("options", "x; y", "|c|"),
        ("options", "a;zzz", "invalid_option"),
        ("user", "ANN@x.org", 1),
        ("user", "1", 1),
        ("user", "Ann", 1),
        ("user", "Bob", "multiple_users_found"),
        ("user", "old@x.org", "inactive_user"),
        ("user", "nobody@x.org", "could_not_find_user"),
        ("pipeline", "SALES", 1),
        ("pipeline", "x", "unknown_pipeline"),
        ("stage", "Lost", 22),
        ("stage", "New", 11),
        ("stage", "x", "stage_not_in_pipeline"),
    ],
)
def test_reads(kind, text, value):
    """C10, C11, C13, C14, T38, T40."""
    assert reads(kind, text, ENGLISH) == value


@pytest.mark.parametrize(
    ("text", "reading", "value"),
    [
        ("2026-03-01", ENGLISH, date(2026, 3, 1)),
        ("2026/3/1", FRENCH, date(2026, 3, 1)),
        ("20260301", ENGLISH, date(2026, 3, 1)),
        ("03/04/2027", FRENCH, date(2027, 4, 3)),
        ("03/04/2027", MONTH_FIRST, date(2027, 3, 4)),
        ("03/04/2027", ENGLISH, NO_DATE),
        ("3.4.27", FRENCH, date(2027, 4, 3)),
        ("03. 04. 1970", FRENCH, date(1970, 4, 3)),
        ("03 04 70", FRENCH, date(1970, 4, 3)),
        ("01-01-69", FRENCH, date(2069, 1, 1)),
        ("1er mars 2026", ENGLISH, date(2026, 3, 1)),
        ("March 1st, 2026", FRENCH, date(2026, 3, 1)),
        ("1-Mar-26", ENGLISH, date(2026, 3, 1)),
        ("12 października 2026 r.", ENGLISH, date(2026, 10, 12)),
        ("3 févr. 2026", ENGLISH, date(2026, 2, 3)),
        ("2026-03-01 00:00:00", ENGLISH, date(2026, 3, 1)),
        ("2026-03-01 10:00:00", ENGLISH, NO_DATE),
        ("31.02.1990", FRENCH, NO_DATE),
        ("31/12-1990", FRENCH, NO_DATE),
        ("0900-01-01", ENGLISH, "date_out_of_range"),
        ("9999-12-31", ENGLISH, date(9999, 12, 31)),
        ("10000-01-01", ENGLISH, NO_DATE),
        ("1 Foo 2026", ENGLISH, NO_DATE),
    ],
)
def test_reads_dates(text, reading, value):
    """C10, T16."""
    assert reads("date", text, reading) == value


@pytest.mark.parametrize(
    ("text", "reading", "value"),
    [
        ("2026-03-01T14:05:09Z", ENGLISH, datetime(2026, 3, 1, 14, 5, 9, tzinfo=UTC)),
        ("2026-03-01 14:05", ENGLISH, datetime(2026, 3, 1, 13, 5, tzinfo=UTC)),
        ("2026-07-01 14:05", ENGLISH, datetime(2026, 7, 1, 12, 5, tzinfo=UTC)),
        ("2026-03-01", ENGLISH, datetime(2026, 2, 28, 23, tzinfo=UTC)),
        ("01/03/2026 2:05 PM", FRENCH, datetime(2026, 3, 1, 13, 5, tzinfo=UTC)),
        ("1 mars 2026 à 14h05", FRENCH, datetime(2026, 3, 1, 13, 5, tzinfo=UTC)),
        ("01/03/2026 12:00 am UTC", FRENCH, datetime(2026, 3, 1, tzinfo=UTC)),
        ("01/03/2026 12:00 +0530", FRENCH, datetime(2026, 3, 1, 6, 30, tzinfo=UTC)),
        ("01/03/2026 12:00 America/New_York", FRENCH, datetime(2026, 3, 1, 17, tzinfo=UTC)),
        ("01/03/2026 12:00 Mars/Phobos", FRENCH, NO_DATE),
        ("2026-03-01 25:00", ENGLISH, NO_DATE),
        ("2026-03-01 13:00 PM", ENGLISH, NO_DATE),
        (
            "2026-03-01T14:05:09.1234567Z",
            ENGLISH,
            datetime(2026, 3, 1, 14, 5, 9, 123456, tzinfo=UTC),
        ),
        ("0999-12-31 10:00", ENGLISH, "date_out_of_range"),
    ],
)
def test_reads_instants(text, reading, value):
    """C10, T16: a zone is obeyed, without one it is the account's."""
    assert reads("datetime", text, reading) == value


@pytest.mark.parametrize(
    ("text", "english", "french"),
    [
        ("1,234", Decimal(1234), Decimal("1.234")),
        ("1.234", Decimal("1.234"), Decimal(1234)),
        ("12.5", Decimal("12.5"), NO_NUMBER),
        ("12,5", NO_NUMBER, Decimal("12.5")),
        ("1'234.5", Decimal("1234.5"), NO_NUMBER),
        ("1\u00a0234,5", NO_NUMBER, Decimal("1234.5")),
    ],
)
def test_a_column_has_one_decimal_sign(text, english, french):
    """T17: strict in files; pages take the other sign where it can mean nothing else."""
    assert reads("decimal", text, STRICT) == english
    assert reads("decimal", text, replace(STRICT, decimal_sign=",")) == french
    assert reads("decimal", text, FRENCH) in {english, french} - {NO_NUMBER}


def test_a_strict_phone_is_refused_and_a_loose_one_is_no_key():
    """C10."""
    phone = KINDS["phone"]
    strict = replace(ENGLISH, settings={"strict": True})
    assert reads("phone", "12", strict) == "invalid_phone"
    assert phone.normals(["12", "+33612345678", "+33000"]) == [None, "+33612345678", None]


def test_a_stage_is_read_in_the_pipeline_of_the_record():
    """T40."""
    renewal = replace(ENGLISH, pipeline=2)
    assert reads("stage", "New", renewal) == 21
    [_], [refused] = KINDS["stage"].parse_all(["Won"], renewal)
    assert refused_value("Stage", refused).message == (
        'Pipeline "Renewal" has no stage "Won". Stages: New, Lost.'
    )


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("option", "Bea", 'Thing has no option "Bea". Did you mean "Bee"?'),
        ("integer", "12a", '"12a" is not a number.'),
        ("money", "12 USD", 'Thing is in EUR; "12 USD" is not.'),
        ("date", "soon", '"soon" is not a date of the form year-month-day.'),
        ("date", "0900-01-01", "0900-01-01 is not between 1000-01-01 and 9999-12-31."),
        ("user", "Bob", '2 users are named "Bob". Give the e-mail.'),
        ("user", "an@x.org", 'There is no user "an@x.org". Did you mean "ann@x.org"?'),
        ("pipeline", "x", 'There is no pipeline "x". Known: Sales, Renewal.'),
        ("email", "anna@", '"anna@" is not an e-mail address.'),
        ("phone", "x" * 101, f'"{"x" * 101}" is not a phone in FR.'),
    ],
)
def test_sentences(kind, text, sentence):
    """C129."""
    [_], [refused] = KINDS[kind].parse_all([text], ENGLISH)
    assert refused_value("Thing", refused).message == sentence


def test_reads_a_mobile_number_of_each_country():
    """C10, with the examples of libphonenumber. Over 1 s: it reads 245 files of metadata."""
    examples = json.loads((CASES / "phone" / "examples.mobile.json").read_text())
    for country, example in examples.items():
        number = phonenumbers.parse(example, country)
        wanted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        reading = replace(ENGLISH, country=country)
        national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        values, _ = KINDS["phone"].parse_all([example, national, wanted], reading)
        assert values == [wanted] * 3, country
        assert KINDS["phone"].normal(wanted) == wanted


@given(
    country=st.sampled_from(
        ["FR", "PL", "GB", "US", "IT", "DE", "AR", "MX", "CI", "RU", "GG", "SM"]
    ),
    digits=st.text("0123456789", min_size=4, max_size=12),
    start=st.sampled_from(["", "0", "00", "+", "1", "+44", "+39", "+33", "+1", "+7"]),
)
def test_the_short_way_reads_phones_as_the_library(country, digits, start):
    assert e164(start + digits, country) == _by_library(start + digits, country)


def email_cases(name):
    cases = json.loads((CASES / "email" / "python-email-validator_vectors.json").read_text())
    return [case if isinstance(case, list) else [case] for case in cases[name]["cases"]]


def test_reads_valid_addresses_of_every_script():
    """C10. Quoted local parts, and a sign that looks like @ before the @, are refused."""
    for name in ("test_email_valid", "test_email_valid_intl_local_part"):
        for text, wanted in email_cases(name):
            found = reads("email", text, ENGLISH)
            is_odd = '"@' in text or text.startswith("\uff20")
            assert found == (NO_EMAIL if is_odd else wanted["normalized"].lower()), text


def test_refuses_addresses_that_are_none():
    """C10. Unlike the validator we trim, read `Name <address>` and know no reserved domains."""
    for [text, *_] in email_cases("test_email_invalid_syntax"):
        if text.strip() != text or "<" in text or "\u0323" in text:
            continue
        assert reads("email", text, ENGLISH) == NO_EMAIL, text
