"""Phone numbers in E.164, by the metadata of libphonenumber.

Source: `phonenumbers`, whose parser is slow. The common forms are read here by
one regular expression per calling code, made of the same metadata; everything else is left to it.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

from tresse.objects.kinds.lines import each_line

PUNCTUATION = str.maketrans("", "", " .-()/\u00a0\u202f\u2011\u2013")
INTERNATIONAL = re.compile(r"(?:\+|00)([1-9][0-9]{5,14})")
_KINDS = (
    "fixed_line mobile toll_free premium_rate shared_cost personal_number voip pager uan voicemail"
)
KINDS = _KINDS.split()
MOST_CODES = 12
"Calling codes that one expression takes up."
CODES = phonenumbers.COUNTRY_CODE_TO_REGION_CODE


def e164(text: str, country: str) -> str | None:
    """The number in E.164 if it is a valid one, read with the default country; else None."""
    digits = text if text[1:].isdecimal() else text.translate(PUNCTUATION)
    if digits[:1] == "+" and digits[1:].isdecimal() and digits.isascii() and _is_known(digits[1:]):
        return digits
    if country and digits.isascii() and digits.isdecimal():
        found = _national(digits, country)
        if found:
            return found
    return _by_library(text, country)


def is_valid(text: str) -> bool:
    """Whether a text is a valid number in E.164."""
    return (
        text[:1] == "+"
        and text.isascii()
        and text[1:].isdecimal()
        and (_is_known(text[1:]) or _by_library(text, "") == text)
    )


def _is_known(digits: str) -> bool:
    """Whether calling code and number fit a known plan, without a leading zero after the code."""
    code = _code(digits[:3])
    length = len(str(code))
    return bool(code) and digits[length:][:1] != "0" and bool(_plan(code).fullmatch(digits, length))


def known_lines(joined: str) -> re.Pattern[str] | None:
    """Lines that are empty or known numbers (`_is_known`, with `+`), as `lines.each_line` says.

    Of the calling codes that a text holds; None if it holds many, or none.
    """
    begins = {line[1:4] for line in joined.split("\n") if line[:1] == "+"}
    codes = {_code(each) for each in begins if each.isascii() and each.isdecimal()} - {0}
    return _known_lines(tuple(sorted(codes))) if 0 < len(codes) <= MOST_CODES else None


@lru_cache(maxsize=50)
def _known_lines(codes: tuple[int, ...]) -> re.Pattern[str]:
    plans = (rf"{code}(?!0)(?:{_plan(code).pattern})" for code in codes)
    return each_line(rf"\+(?:{'|'.join(plans)})(?=\n)")


@lru_cache(maxsize=1_000)
def _code(digits: str) -> int:
    """The calling code that a number begins with; 0 if there is none."""
    for length in (1, 2, 3):
        if len(digits) == 3 and int(digits[:length]) in CODES:
            return int(digits[:length])
    return 0


@lru_cache(maxsize=300)
def _plan(code: int) -> re.Pattern[str]:
    """What valid national numbers of a calling code look like, all of its regions together."""
    regions = (
        PhoneMetadata.metadata_for_region_or_calling_code(code, region) for region in CODES[code]
    )
    return re.compile("|".join(_valid(each) for each in regions if each) or r"(?!)")


def _valid(metadata: PhoneMetadata) -> str:
    """Valid national numbers of a region: of its general form, and of one of its kinds."""
    described = (getattr(metadata, kind) for kind in KINDS)
    kinds = "|".join(
        f"(?:{each.national_number_pattern})"
        for each in described
        if each and each.national_number_pattern
    )
    return f"(?:(?=(?:{_form(metadata)})$)(?:{kinds or '(?!)'}))"


def _form(metadata: PhoneMetadata | None) -> str:
    """Pattern of the general form of national numbers."""
    general = metadata.general_desc if metadata else None
    return (general.national_number_pattern if general else None) or "(?!)"


@lru_cache(maxsize=300)
def _home(country: str) -> tuple[int, str] | None:
    """Calling code and national prefix of a country whose prefix is only taken off."""
    metadata = PhoneMetadata.metadata_for_region(country, None)
    if not metadata or not metadata.country_code or metadata.national_prefix_transform_rule:
        return None
    prefix = metadata.national_prefix or ""
    if metadata.national_prefix_for_parsing not in {None, prefix} or len(prefix) > 1:
        return None
    return metadata.country_code, prefix


def _national(digits: str, country: str) -> str | None:
    """A number as dialled within its country, where only its prefix has to be taken off."""
    home = _home(country)
    if home is None:
        return None
    code, prefix = home
    general = _general(country)
    if prefix and digits.startswith(prefix):
        if general.fullmatch(digits):
            return None
        digits = digits[len(prefix) :]
    if digits[:1] in {"", "0"} or not general.fullmatch(digits):
        return None
    return f"+{code}{digits}" if _plan(code).fullmatch(digits) else None


@lru_cache(maxsize=300)
def _general(country: str) -> re.Pattern[str]:
    return re.compile(_form(PhoneMetadata.metadata_for_region(country, None)))


def _by_library(text: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
