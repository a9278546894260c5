"""Rules of contact data: `email`, `phone`, `gender`."""

import re
from dataclasses import dataclass
from typing import Any

import phonenumbers
import sqlalchemy as sa

from tresse.engine import columns
from tresse.kernel.marks import N_
from tresse.objects.kinds.dialling import e164
from tresse.objects.kinds.email import Email
from tresse.objects.kinds.reading import Reading, Unreadable
from tresse.sources.columns import Defaults
from tresse.sources.rules.base import TextRule, Value, setting
from tresse.sources.rules.letters import folded
from tresse.sources.rules.spacing import ZERO_WIDTH, trimmed

KEEP, DROP = "keep", "drop"
READING = Reading()
KIND = Email()
GMAIL = frozenset({"gmail.com", "googlemail.com"})
BRACKETED = re.compile(r"[^<>]*<([^<>]+)>[\s.;,]*")
NO_WIDTH = str.maketrans("", "", ZERO_WIDTH)
EXTENSION = re.compile(r"[^\W\d_]|[#;,~*]")
"What stands between a number and its extension."
TRUNK = re.compile(r"\(\s*0\s*\)")
LONGEST, SHORT = 100, 64
COMMON = r"^[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+)*@([0-9A-Za-z]+(-[0-9A-Za-z]+)*\.)+[A-Za-z]{2,20}$"
"Addresses without a plus that are addresses, whatever the settings; `SHORT` at most."


def email(text: str, plus: str, gmail_dots: str) -> str | None:
    """An address in lower case; None if it is none."""
    bare = trimmed(text.translate(NO_WIDTH))
    if found := BRACKETED.fullmatch(bare):
        bare = found[1]
    bare = trimmed(bare).lower().removeprefix("mailto:").partition("?")[0].rstrip(".").strip()
    try:
        address = KIND.parse(bare, READING)
    except Unreadable:
        return None
    local, _, host = address.rpartition("@")
    if plus == DROP:
        local = local.partition("+")[0] or local
    if gmail_dots == DROP and host in GMAIL:
        local = local.replace(".", "") or local
    return f"{local}@{host}"


def phone(text: str, country: str) -> str | None:
    """A number in E.164 by the number plans of all countries; None if no plan has it."""
    bare = trimmed(text.translate(NO_WIDTH))
    bare = bare.removeprefix("tel:").strip()
    if not bare or len(bare) > LONGEST:
        return None
    if bare.startswith("00"):
        bare = f"+{bare[2:].lstrip()}"
    if bare.startswith("+"):
        bare = TRUNK.sub("", bare)
    return e164(bare, country) or _without_extension(bare, country)


def _without_extension(text: str, country: str) -> str | None:
    if not EXTENSION.search(text):
        return None
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not number.extension:
        return None
    number.extension = None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_GENDERS = {
    "female": "female f w k woman girl mrs ms miss mme mmes madame mlle mademoiselle femme fille "
    "féminin feminine weiblich frau fr kobieta kobiecy żeński pani panna mujer femenino sra señora "
    "srta señorita donna femmina femminile signora sigra signorina her she",
    "male": "male m h man boy mr mister m. monsieur homme garçon masculin masculine männlich mann "
    "herr mężczyzna męski pan hombre masculino sr señor uomo maschio maschile signor sig signore "
    "him he",
    "other": "other o x d nb divers diverse autre inny inna inne otro otra altro altra nonbinary "
    "nonbinaire niebinarna enby mx they",
}
GENDERS = {folded(word): name for name, words in _GENDERS.items() for word in words.split()}


def gender(text: str) -> str | None:
    """`female`, `male` or `other` from a word or a title; None if it is none."""
    return GENDERS.get(folded(text))


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """Settings of `email`."""

    plus: str = setting(
        KEEP,
        label=N_("What follows a plus"),
        kind="choice",
        choices=((KEEP, N_("stays")), (DROP, N_("is dropped"))),
        help=N_("ada+shop@x.fr and ada@x.fr reach one person at most providers."),
    )
    gmail_dots: str = setting(
        KEEP,
        label=N_("Dots in addresses of Gmail"),
        kind="choice",
        choices=((KEEP, N_("stay")), (DROP, N_("are dropped"))),
    )


class EmailRule(TextRule):
    """Addresses."""

    name = "email"
    label = N_("E-mail")
    does = N_("Reads an e-mail address and writes it in lower case, without mailto: and <…>.")
    Settings = EmailSettings
    python = staticmethod(email)
    can_fail = True
    examples = (
        ({}, "<Ada@X.FR.>", "ada@x.fr"),
        ({}, "Ada Lovelace <mailto:ada@x.fr>", "ada@x.fr"),
        ({"plus": DROP}, "ada+shop@x.fr", "ada@x.fr"),
        ({"gmail_dots": DROP}, "a.da@gmail.com", "ada@gmail.com"),
        ({}, "ada at x.fr", None),
    )

    def apply(
        self, column: Value, type_: str, settings: EmailSettings, defaults: Defaults
    ) -> Value:
        """Common addresses by the engine, which are put in small letters at most."""
        read = super().apply(column, type_, settings, defaults)
        if settings.gmail_dots == DROP:
            return read
        plain = sa.and_(columns.matches(column, COMMON), columns.length(column) <= SHORT)
        return sa.case((plain, columns.lowered(column)), else_=read)


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """Settings of `phone`."""

    country: str = setting(
        "",
        label=N_("Country of numbers without one"),
        kind="country",
        help=N_("Empty: that of the account."),
    )


class PhoneRule(TextRule):
    """Numbers."""

    name = "phone"
    label = N_("Phone")
    does = N_("Reads a phone number and writes it in E.164, as the number plans have it.")
    Settings = PhoneSettings
    python = staticmethod(phone)
    can_fail = True
    examples = (
        ({"country": "FR"}, "06 12 34 56 78", "+33612345678"),
        ({"country": "FR"}, "+33 (0)6.12.34.56.78", "+33612345678"),
        ({"country": "FR"}, "0048 22 123 45 67", "+48221234567"),
        ({"country": "GB"}, "020 7946 0958 ext. 12", "+442079460958"),
        ({"country": "FR"}, "1234", None),
    )

    def arguments(self, settings: PhoneSettings, defaults: Defaults) -> dict[str, Any]:
        """The country of the settings, else that of the account."""
        return {"country": settings.country or defaults.country}


class Gender(TextRule):
    """Words and titles."""

    name = "gender"
    label = N_("Gender")
    does = N_("Reads words and titles of six languages as female, male or other.")
    python = staticmethod(gender)
    can_fail = True
    examples = (({}, "Mme", "female"), ({}, "M.", "male"), ({}, "divers", "other"), ({}, "?", None))
