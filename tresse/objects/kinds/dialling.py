"""Phone numbers in E.164, by the metadata of libphonenumber.

Source: `phonenumbers`, whose parser takes about 50 µs a number. The common forms are read here by
one regular expression per calling code, made of the same metadata; everything else is left to it.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

PUNCTUATION = str.maketrans("", "", " .-()/\u00a0\u202f\u2011\u2013")
INTERNATIONAL = re.compile(r"(?:\+|00)([1-9][0-9]{5,14})")
KINDS = (
    "fixed_line mobile toll_free premium_rate shared_cost personal_number voip pager uan voicemail"
).split()
CODES = phonenumbers.COUNTRY_CODE_TO_REGION_CODE


def e164(text: str, country: str) -> str | None:
    """The number in E.164 if it is a valid one, read with the default country; else None."""
    digits = text.translate(PUNCTUATION)
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
    for length in (1, 2, 3):
        code = int(digits[:length])
        if code in CODES:
            rest = digits[length:]
            return rest[:1] != "0" and _plan(code).fullmatch(rest) is not None
    return False


@lru_cache(maxsize=300)
def _plan(code: int) -> re.Pattern[str]:
    """What valid national numbers of a calling code look like, all of its regions together."""
    patterns = []
    for region in CODES[code]:
        metadata = (
            PhoneMetadata.metadata_for_nongeo_region(code, None)
            if region == "001"
            else PhoneMetadata.metadata_for_region(region, None)
        )
        if metadata is None:
            continue
        general = metadata.general_desc.national_number_pattern
        for kind in KINDS:
            description = getattr(metadata, kind)
            if description and description.national_number_pattern:
                patterns.append(f"(?=(?:{general})$)(?:{description.national_number_pattern})")
    return re.compile("|".join(f"(?:{each})" for each in patterns) or r"(?!)")


@lru_cache(maxsize=300)
def _home(country: str) -> tuple[int, str] | None:
    """Calling code and national prefix of a country whose prefix is only taken off."""
    metadata = PhoneMetadata.metadata_for_region(country, None)
    if metadata is None or metadata.national_prefix_transform_rule:
        return None
    prefix = metadata.national_prefix or ""
    if metadata.national_prefix_for_parsing not in {None, prefix} or len(prefix) > 1:
        return None
    return metadata.country_code, prefix


def _national(digits: str, country: str) -> str | None:
    home = _home(country)
    if home is None:
        return None
    code, prefix = home
    if prefix and digits.startswith(prefix) and digits[1:2] not in {"", "0"}:
        rest = digits[1:]
        if _own_plan(country).fullmatch(rest) and not _own_plan(country).fullmatch(digits):
            return f"+{code}{rest}"
    return None


@lru_cache(maxsize=300)
def _own_plan(country: str) -> re.Pattern[str]:
    metadata = PhoneMetadata.metadata_for_region(country, None)
    return re.compile(metadata.general_desc.national_number_pattern if metadata else r"(?!)")


def _by_library(text: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
