"""Examples of constructs, and what is refused when a statement is made."""

import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tresse.engine import columns as c
from tresse.engine.dates import form_of
from tresse.engine.functions import Function, Prepared
from tresse.engine.patterns import checked, escaped
from tresse.engine.relations import TextList
from tresse.engine.zones import FINE, INSTANT_AT, LOCAL_AT, LOCAL_FAULT, MOVED, TWICE
from tresse.kernel.errors import TresseError


def text(value: str | None):
    return sa.cast(sa.literal(value) if value is not None else sa.null(), sa.Text())


def local(value: str):
    return c.iso_local(text(value))


def utc(day: int, hour: int, minute: int, *, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


PARIS = "Europe/Paris"
OF_JSON = c.list_of_json(text('["a", 1, null, {"b": 2}]'))
NEARLY = "999999999999999.9999994"
EXAMPLES = {
    "letters alone": (c.lowered(text("İΣΑΣ STRASSE")), "iσασ strasse"),  # noqa: RUF001
    "capitals": (c.uppered(text("straße ﬁn")), "STRASSE FIN"),
    "blanks of an array": (
        c.list_of_json(text('["a", 1, null, {"b": 2}]')),
        ["a", "1", None, '{"b":2}'],
    ),
    "no array": (c.list_of_json(text('{"a": 1}')), None),
    "json": (c.json_value(text('{"a": {"b": ["ü"]}}'), "$.a.b[0]"), "ü"),
    "broken json": (c.json_value(text('{"a": '), "$.a"), None),
    "rounded away from zero": (c.to_decimal(text("-0.0000005")), Decimal("-0.000001")),
    "fifteen digits": (
        c.to_decimal(text("999999999999999.9999994")),
        Decimal("999999999999999.999999"),
    ),
    "sixteen digits": (c.to_decimal(text("1000000000000000")), None),
    "not one digit": (c.to_integer(text("")), None),
    "thousands": (c.to_integer(text("1_000")), None),
    "double": (c.text_of(c.to_double(text("0.30000000000000004"))), "0.3"),
    "no negative zero": (c.text_of(c.to_double(text("-0.0"))), "0"),
    "large double": (c.text_of(c.to_double(text("1e20"))), "1e+20"),
    "years of two digits": (c.day_by(text("1/3/69"), "%d/%m/%y"), date(1969, 3, 1)),
    "this century": (c.day_by(text("1/3/68"), "%d/%m/%y"), date(2068, 3, 1)),
    "names of months": (c.day_by(text("1 MAR 2026"), "%d %b %Y"), date(2026, 3, 1)),
    "offset": (
        c.time_by(text("01/03/2026 12:30 +0200"), "%d/%m/%Y %H:%M %z"),
        datetime(2026, 3, 1, 10, 30, tzinfo=UTC),
    ),
    "half of noon": (
        c.time_by(text("01/03/2026 12:30 am"), "%d/%m/%Y %I:%M %p"),
        datetime(2026, 3, 1, 0, 30),  # noqa: DTZ001
    ),
    "rest of a text": (c.day_by(text("1/3/2026 x"), "%d/%m/%Y"), None),
    "day too late": (c.plus_days(c.iso_day(text("9999-12-31")), 1), None),
    "day too early": (c.plus_days(c.iso_day(text("0001-01-01")), -1), None),
    "skipped time": (c.instant_at(local("2026-03-29 02:30"), PARIS), utc(29, 1, 0, month=3)),
    "skipped time, told": (c.local_fault(local("2026-03-29 02:30"), PARIS), MOVED),
    "time that occurs twice": (c.instant_at(local("2026-10-25 02:30"), PARIS), utc(25, 0, 30)),
    "time that occurs twice, told": (c.local_fault(local("2026-10-25 02:30"), PARIS), TWICE),
    "plain time, told": (c.local_fault(local("2026-07-01 12:00"), PARIS), FINE),
    "empty list": (c.list_cleaned(c.split(text(" ; "), ";")), []),
    "missing part": (c.part(text("a"), ";", 2), None),
    "part zero": (c.part(text("a;b"), ";", 0), None),
    "joined": (c.joined("-", text("a"), text(None), text("b")), "a-b"),
    "nothing joined": (c.joined("-", text(None)), ""),
    "escaped": (c.replaced(text("1.5*2"), escaped(".5*"), "x"), "1x2"),
}


def test_constructs_give(any_engine):
    """All in one statement, as a cluster takes long for each; S56: 30 minutes that are skipped."""
    cells = [expression.label(f"x{i}") for i, (expression, _) in enumerate(EXAMPLES.values())]

    [found] = any_engine.rows(sa.select(*cells))

    wanted = {name: value for name, (_, value) in EXAMPLES.items()}
    assert dict(zip(EXAMPLES, found, strict=True)) == wanted


ZONES = ["Europe/Paris", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "UTC",
         "America/New_York", "Asia/Kathmandu", "Africa/Monrovia", "Antarctica/Troll"]  # fmt: skip
TIMES = st.datetimes(datetime(1850, 1, 1), datetime(9990, 1, 1)) | st.datetimes(  # noqa: DTZ001
    datetime(1960, 1, 1),  # noqa: DTZ001
    datetime(2030, 1, 1),  # noqa: DTZ001
)


def arrow(function: Function, zone: str, *values: datetime, type_: pa.DataType):
    prepared = Prepared(function, (("zone", zone),))
    return prepared.on_arrays(pa.array(values, type_)).to_pylist()


@given(at=TIMES, zone=st.sampled_from(ZONES))
@examples(150)
def test_local_times_agree_with_the_table_of_zones(at, zone):
    """S56, in every zone and century."""
    clock = ZoneInfo(zone)
    instant = at.replace(tzinfo=UTC)
    first, second = (at.replace(tzinfo=clock, fold=f).astimezone(UTC) for f in (0, 1))

    [found] = arrow(INSTANT_AT, zone, at, type_=pa.timestamp("us"))
    [fault] = arrow(LOCAL_FAULT, zone, at, type_=pa.timestamp("us"))
    [there] = arrow(LOCAL_AT, zone, instant, type_=pa.timestamp("us", "UTC"))

    assert there == instant.astimezone(clock).replace(tzinfo=None)
    if fault == MOVED:
        # Python reads a skipped time by either offset; the clocks went on between the two.
        assert second <= found <= first
        before = (found - timedelta(seconds=1)).astimezone(clock).replace(tzinfo=None)
        assert before < at < found.astimezone(clock).replace(tzinfo=None)
    else:
        assert found == first
        assert (fault == TWICE) == (first < second)


def test_a_day_that_a_country_left_out():
    """S56: Samoa went from 29 to 31 December 2011."""
    at = datetime(2011, 12, 30, 12)  # noqa: DTZ001
    [found] = arrow(INSTANT_AT, "Pacific/Apia", at, type_=pa.timestamp("us"))
    assert found == datetime(2011, 12, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("format_", "reason"),
    [
        ("%d/%m", "once each"),
        ("%d/%m/%Y %d", "once each"),
        ("%Y-%m-%d %H %I", "once each"),
        ("%Q", "%Q is unknown"),
        ("%d/%m/%Y %", "% is unknown"),
        ("", "once each"),
    ],
)
def test_refuses_formats_that_say_no_day(format_, reason):
    with pytest.raises(TresseError, match=reason) as refused:
        form_of(format_)
    assert refused.value.code == "format_unknown"
    assert "as in %d/%m/%Y." in str(refused.value)


def test_formats_without_separators_take_two_digits():
    form = form_of("%Y%m%d%H%M")
    assert (form.has_time, form.has_offset) == (True, False)
    assert not form_of("%d.%m.%Y").has_time


@pytest.mark.parametrize(
    "pattern", ["(", "a(?=b)", r"(a)\1", "a" * 1001, "a\0", "[z-a]", "x{2000}"]
)
def test_refuses_patterns_that_are_none(pattern):
    with pytest.raises(TresseError, match="is no regular expression that engines share") as refused:
        c.matches(text("a"), pattern)
    assert refused.value.code == "pattern_unknown"
    assert checked(r"\d+") == r"\d+"


CALLED: list[str] = []
"Values that `_repeated` was called with."


def _repeated(value: str, number: int, *, by: str = "") -> str | None:
    CALLED.append(value)
    return by.join([value] * number) if number >= 0 else None


REPEATED = Function("repeated", _repeated, sa.Text(), (sa.Text(), sa.BigInteger()))
LISTED = Function("listed", lambda value: value.split(), TextList())
KNOWN = Function("known", lambda value: value is not None, sa.Boolean(), takes_null=True)


def test_functions_are_called_once_for_each_distinct_value():
    prepared = Prepared(REPEATED, (("by", "-"),))
    texts, numbers = pa.array(["a", "a", None, "b"]), pa.array([2, 2, 2, -1])
    before = len(CALLED)

    found = prepared.on_arrays(texts, numbers)

    assert found.to_pylist() == ["a-a", "a-a", None, None]
    assert len(CALLED) == before + 2
    assert found.type == pa.string()
    assert prepared.on_arrays(pa.array([], pa.string()), pa.array([], pa.int64())).to_pylist() == []


def test_functions_have_another_name_with_other_settings():
    calls = [REPEATED(text("a"), 1), REPEATED(text("a"), 1, by=""), REPEATED(text("a"), 1, by="-")]
    names = [each.prepared.name for each in calls]
    assert len({*names}) == 3
    assert names[0] == "tresse_repeated"
    assert Prepared(LISTED).on_arrays(pa.array(["a b", None])).to_pylist() == [["a", "b"], None]
    assert Prepared(KNOWN).on_arrays(pa.array(["a", None])).to_pylist() == [True, False]
    with pytest.raises(TypeError, match="repeated takes 2 columns, not 1"):
        REPEATED(text("a"))


def test_functions_travel_without_what_they_remember():
    prepared = Prepared(INSTANT_AT, (("zone", "UTC"),))
    prepared.on_arrays(pa.array([datetime(2026, 1, 1)], pa.timestamp("us")))  # noqa: DTZ001

    arrived = pickle.loads(pickle.dumps(prepared))  # noqa: S301

    assert arrived.name == prepared.name
    assert arrived.function.python is prepared.function.python
