"""Rules of codes: `country`, `language`, `currency`, from codes and names in six languages.

Source: CLDR, by Babel, in English, French, Polish, German, Spanish and Italian; beside it a few
names that people write and CLDR does not have.
"""

import re
from functools import lru_cache

from babel import Locale
from babel.core import get_global

from tresse.kernel.marks import N_
from tresse.objects.kinds.currencies import CODES, SYMBOLS
from tresse.sources.rules.base import TextRule
from tresse.sources.rules.letters import folded
from tresse.sources.rules.spacing import trimmed

LANGUAGES = ("en", "fr", "pl", "de", "es", "it")
NO_COUNTRIES = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"]
)
"Codes of two letters in CLDR that ISO 3166 gives to no country."
_COUNTRIES = {
    "GB": "uk england angleterre anglia inghilterra inglaterra scotland écosse szkocja wales "
    "great-britain grande-bretagne wielka-brytania großbritannien gran-bretagna gran-bretaña "
    "northern-ireland britain",
    "US": "usa u.s.a. u.s. united-states-of-america états-unis-d'amérique "
    "stany-zjednoczone-ameryki vereinigte-staaten-von-amerika america amérique "
    "stati-uniti-d'america ee.uu. eeuu",
    "NL": "holland hollande holandia olanda holanda the-netherlands",
    "CZ": "czech-republic république-tchèque republika-czeska tschechische-republik "
    "república-checa repubblica-ceca czechia",
    "RU": "russian-federation fédération-de-russie federacja-rosyjska",
    "KR": "republic-of-korea corée korea",
    "CI": "ivory-coast",
    "VN": "viet-nam",
    "MK": "macedonia macédoine",
    "SZ": "swaziland",
    "MM": "burma birmanie birma",
    "IE": "republic-of-ireland eire éire",
    "BY": "biélorussie weißrussland",
    "MD": "moldavie",
    "TR": "turkey turquie",
    "CV": "cape-verde",
    "AE": "uae emirats emirates",
    "CH": "suisse swiss",
    "HK": "hong-kong",
    "MO": "macao",
    "PS": "palestine",
    "RE": "réunion",
    "XK": "kosovo",
}
_LANGUAGES = {
    "es": "castellano castillan castilian kastilisch",
    "nl": "flamand flemish flamandzki flämisch fiammingo flamenco",
    "zh": "mandarin",
    "fa": "farsi",
    "nb": "bokmål",
    "he": "iw",
    "id": "in",
}
_CURRENCIES = {
    "EUR": "euros",
    "USD": "dollar dollars us-dollars dollars-us us$",
    "GBP": "pound pounds sterling livre livres funt funty pfund libra sterlina quid",
    "CHF": "franken francs-suisses",
    "PLN": "złoty zloty złote złotych zlotys zlotych",
    "JPY": "yen yens jen",
    "CNY": "rmb yuan renminbi",
    "SEK": "kronor",
}
AMBIGUOUS = frozenset({"kr"})
SIGNS = {"$": "USD", "¥": "JPY"}
"What most of those who write the sign alone mean, where several currencies have it."


def _called(language: str, what: str) -> dict[str, str]:
    """Codes and their names in a language: `territories`, `languages` or `currencies`."""
    return {str(code): str(name) for code, name in getattr(Locale(language), what).items()}


def _names(known: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    """Folded names to codes: those of CLDR, then ours."""
    for code, words in more.items():
        for word in words.split():
            known[folded(word)] = code
    return known


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """Folded name or code of a country to its code of two letters."""
    codes = {code for code in _called("en", "territories") if len(code) == 2} - NO_COUNTRIES
    known = {code.lower(): code for code in codes}
    for alias, now in get_global("territory_aliases").items():
        if len(now) == 1 and now[0] in codes:
            known.setdefault(alias.lower(), now[0])
    for language in LANGUAGES:
        for code, name in _called(language, "territories").items():
            if code in codes:
                known.setdefault(folded(name), code)
                known.setdefault(folded(re.sub(r"\(.*?\)", "", name)), code)
    return _names(known, _COUNTRIES)


@lru_cache(maxsize=1)
def languages() -> dict[str, str]:
    """Folded name or code of a language to its code of two letters."""
    codes = {code for code in _called("en", "languages") if len(code) == 2}
    known = {code: code for code in codes}
    for alias, now in get_global("language_aliases").items():
        if now in codes and "_" not in alias:
            known.setdefault(alias.lower(), now)
    for language in LANGUAGES:
        for code, name in _called(language, "languages").items():
            if code in codes:
                known.setdefault(folded(name), code)
    return _names(known, _LANGUAGES)


@lru_cache(maxsize=1)
def currencies() -> dict[str, str]:
    """Folded name or code of a currency to its code of three letters."""
    known = {code.lower(): code for code in CODES}
    for language in LANGUAGES:
        for code, name in _called(language, "currencies").items():
            if code in CODES:
                known.setdefault(folded(name), code)
    return _names(known, _CURRENCIES)


@lru_cache(maxsize=1)
def signs() -> dict[str, str]:
    """Sign of a currency to its code; signs of several are left out, but for `SIGNS`."""
    found: dict[str, set[str]] = {}
    for code, written in SYMBOLS.items():
        for sign in written:
            found.setdefault(sign.casefold(), set()).add(code)
    known = {sign: codes.pop() for sign, codes in found.items() if len(codes) == 1}
    return {**known, **SIGNS}


def country(text: str) -> str | None:
    """The ISO 3166 code of a country; None if nobody calls one so."""
    return countries().get(folded(text))


def language(text: str) -> str | None:
    """The ISO 639-1 code of a language, also of `fr-FR`; None if nobody calls one so."""
    bare = trimmed(text)
    found = languages().get(folded(bare))
    if found is None and (parts := re.fullmatch(r"([A-Za-z]{2,3})[-_][A-Za-z0-9_\-]+", bare)):
        found = languages().get(parts[1].lower())
    return found


def currency(text: str) -> str | None:
    """The ISO 4217 code of a currency, from code, sign or name; None if nobody calls one so."""
    bare = trimmed(text)
    return signs().get(bare.casefold()) or currencies().get(folded(bare))


class Country(TextRule):
    """Countries."""

    name = "country"
    label = N_("Country")
    does = N_("Gives the ISO 3166 code of a country, from codes and names in six languages.")
    python = staticmethod(country)
    can_fail = True
    examples = (
        ({}, "Allemagne", "DE"),
        ({}, "fra", "FR"),
        ({}, "États-Unis", "US"),
        ({}, "Niemcy", "DE"),
        ({}, "Atlantis", None),
    )


class Language(TextRule):
    """Languages."""

    name = "language"
    label = N_("Language")
    does = N_("Gives the ISO 639-1 code of a language, from codes and names in six languages.")
    python = staticmethod(language)
    can_fail = True
    examples = (({}, "Français", "fr"), ({}, "pl-PL", "pl"), ({}, "deu", "de"), ({}, "?", None))


class Currency(TextRule):
    """Currencies."""

    name = "currency"
    label = N_("Currency")
    does = N_("Gives the ISO 4217 code of a currency, from codes, signs and names.")
    python = staticmethod(currency)
    can_fail = True
    examples = (({}, "€", "EUR"), ({}, "zł", "PLN"), ({}, "US Dollar", "USD"), ({}, "kr", None))
