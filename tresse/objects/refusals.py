"""Refusals about definitions and about values of properties."""

from tresse.accounts.refusals import INVALID_EMAIL
from tresse.kernel.errors import Refusal, TresseError
from tresse.kernel.marks import N_
from tresse.objects.kinds.reading import Refused

UNKNOWN_PROPERTY = Refusal("unknown_property", 422, N_('{object} has no property named "{name}".'))
UNKNOWN_OBJECT = Refusal("unknown_object", 404, N_('There is no object type "{name}".'))
OBJECT_ARCHIVED = Refusal("object_archived", 409, N_("{name} is archived. Unarchive it first."))
READ_ONLY_PROPERTY = Refusal(
    "read_only_property", 422, N_("{name} is set by the product and cannot be written.")
)
FOR_SYNCS_ALONE = Refusal(
    "read_only_property", 422, N_("{name} is written by syncs alone and cannot be written here.")
)
FORMULA_CYCLE = Refusal(
    "formula_cycle", 422, N_("{first} depends on {second} and {second} on {first}.")
)
ASSOCIATION_TYPE_NOT_FOUND = Refusal(
    "association_type_not_found", 422, N_('There is no relation "{name}". Known: {known}.')
)

# What the kinds refuse a text with (`objects.kinds`), by code. `value` is the text.
VALUE_REFUSALS = {
    refusal.code: refusal
    for refusal in (
        Refusal(
            "text_too_long",
            422,
            N_("{property} has {number} characters; the most is {most}."),
        ),
        Refusal("could_not_parse_number", 422, N_('"{value}" is not a number.')),
        Refusal("number_out_of_range", 422, N_("{value} is not between {lowest} and {highest}.")),
        Refusal("wrong_currency", 422, N_('{property} is in {currency}; "{value}" is not.')),
        Refusal("could_not_parse_boolean", 422, N_('"{value}" is neither yes nor no.')),
        Refusal("could_not_parse_date", 422, N_('"{value}" is not a date of the form {form}.')),
        Refusal("date_out_of_range", 422, N_("{value} is not between {lowest} and {highest}.")),
        INVALID_EMAIL,
        Refusal("invalid_phone", 422, N_('"{value}" is not a phone in {country}.')),
        Refusal("invalid_url", 422, N_('"{value}" is not a web address.')),
        Refusal("invalid_domain", 422, N_('"{value}" is not a domain.')),
        Refusal("invalid_option", 422, N_('{property} has no option "{option}".')),
        Refusal("could_not_find_user", 422, N_('There is no user "{value}".')),
        Refusal(
            "multiple_users_found",
            422,
            N_('{number} users are named "{value}". Give the e-mail.'),
        ),
        Refusal("inactive_user", 422, N_("{value} is not active.")),
        Refusal("unknown_pipeline", 422, N_('There is no pipeline "{value}". Known: {known}.')),
        Refusal(
            "stage_not_in_pipeline",
            422,
            N_('Pipeline "{pipeline}" has no stage "{value}". Stages: {stages}.'),
        ),
        Refusal("failed_validation", 422, N_('{property} "{value}" does not fit the rule {rule}.')),
    )
}
BAD_PATTERN = Refusal("bad_pattern", 422, N_("The pattern cannot be read at character {position}."))
BAD_RULE = Refusal("wrong_value", 422, N_("The rule {rule} needs {wanted}, not {value}."))


def refused_value(label: str, refused: Refused) -> TresseError:
    """The error of a text that was not taken as a value of a property."""
    return VALUE_REFUSALS[refused.code](
        **{"value": refused.text, **refused.details, "property": label}
    )
