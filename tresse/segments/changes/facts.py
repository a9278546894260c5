"""Facts of lists and segments as changes check them, and as the audit log and `config` say them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.models import Team
from tresse.accounts.permission import require, require_right
from tresse.kernel.errors import NOT_PERMITTED, UNKNOWN_REFERENCE, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import clean
from tresse.objects.changes.checks import checked_label, checked_name, name_from
from tresse.objects.changes.refusals import RESERVED_NAME
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_plural
from tresse.segments.bases import SegmentBase, base_named, base_of, said, sort_of
from tresse.segments.models import List, Segment
from tresse.segments.queries import may_change
from tresse.segments.refusals import LISTS_OF_RECORDS, NO_LIST_OF, NOT_YOURS

WORDS = ("bulk", "new", "numbers")
"Words of our addresses."
SHARINGS = ("private", "team", "everyone")
LONGEST_FOLDER = 100
LONGEST_DESCRIPTION = 2_000
A_SHARING = N_("private, team or everyone")
A_TEAM = N_("the name of a team")


def checked_base(name: Any, *, model: DataModel, actor: Actor) -> ObjectDef:
    """What a list is to be made of: an object type whose records the person sees.

    Raises:
        TresseError: `unknown_reference`, `not_permitted`, `wrong_base` of a dataset.
    """
    for each in model.objects:
        if each.name == name and not each.is_archived:
            require(actor, "view", each.name, shown_plural(each))
            return each
    if sort_of(str(name))[0].prefix:
        raise LISTS_OF_RECORDS(base=name)
    known = [each.name for each in model.objects if not each.is_archived]
    near = nearest(str(name), known)
    raise UNKNOWN_REFERENCE(sort=gettext("object type"), name=name, nearest=near, known=known)


def checked_segment_base(name: Any, *, model: DataModel, actor: Actor) -> SegmentBase:
    """What a segment is to be made of: an object type or a dataset whose rows the person sees.

    Raises:
        TresseError: `unknown_reference`, `not_permitted`.
    """
    found = base_named(name, model)
    sort_of(found.key)[0].require(found, actor)
    return found


def require_records(row: Segment, model: DataModel) -> None:
    """Go on only if members of a segment may be put on a list: records, not golden records.

    Raises:
        TresseError: `wrong_base`.
    """
    if sort_of(row.base)[0].prefix:
        raise NO_LIST_OF(name=row.label, base=base_of(row, model).inside)


def first_facts(
    sort: type[List] | type[Segment], *, name: str, label: str, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Columns of a new list or segment; without a name it gets one made from its label.

    Raises:
        TresseError: `invalid_name`, `reserved_name`, `wrong_value`, `not_permitted`.
    """
    label = checked_label(label or name.replace("_", " ").capitalize())
    if not name:
        name = name_from(label, (*WORDS, *sort.objects.values_list("name", flat=True)))
    if name in WORDS:
        raise RESERVED_NAME(name=name)
    return {"name": checked_name(name), "label": label, **checked_facts(more)}


def checked_facts(more: Mapping[str, Any]) -> dict[str, Any]:
    """Columns from what may be said of both at any time; what is not named stays out.

    Raises:
        TresseError: `wrong_value`, `unknown_reference`.
    """
    facts: dict[str, Any] = {}
    if more.get("label") is not None:
        facts["label"] = checked_label(more["label"])
    for key, longest in (("folder", LONGEST_FOLDER), ("description", LONGEST_DESCRIPTION)):
        if more.get(key) is not None:
            text = clean(str(more[key]))
            if len(text) > longest:
                wanted = gettext("at most {number} characters").format(number=longest)
                raise WRONG_VALUE(name=key, wanted=wanted, value=len(text))
            facts[key] = text
    sharing = more.get("sharing") or ("team" if more.get("team") else None)
    if sharing is None:
        return facts
    if sharing not in SHARINGS:
        raise WRONG_VALUE(name="sharing", wanted=gettext(A_SHARING), value=sharing)
    facts["sharing"] = sharing
    facts["team"] = _team(more.get("team")) if sharing == "team" else None
    return facts


def _team(name: Any) -> Team:
    if not name:
        raise WRONG_VALUE(name="team", wanted=gettext(A_TEAM), value=name or '""')
    found = Team.objects.filter(name=name).first()
    if found is None:
        near = nearest(str(name), Team.objects.values_list("name", flat=True))
        raise UNKNOWN_REFERENCE(sort=gettext("team"), name=name, nearest=near)
    return found


def check_sharing(sharing: str, actor: Actor) -> None:
    """Refuse to share beyond oneself without the right (G50).

    Raises:
        TresseError: `not_permitted`.
    """
    if sharing != "private":
        require_right(actor, "segments.share")


def require_change(row: List | Segment, actor: Actor) -> None:
    """Go on only if the person may change the list or segment.

    Raises:
        TresseError: `not_permitted`.
    """
    if not may_change(row, actor):
        raise NOT_PERMITTED(sentence=gettext(NOT_YOURS).format(name=row.label))


def facts_of(row: List | Segment) -> dict[str, Any]:
    """What is said of a list or segment, all of it."""
    facts: dict[str, Any] = {
        "name": row.name,
        "label": row.label,
        "base": said(row.base),
        "folder": row.folder,
        "description": row.description,
        "sharing": row.sharing,
        "team": row.team.name if row.team else None,
    }
    if isinstance(row, Segment):
        facts |= {"filter": row.filter, "keeps_size": row.keeps_size}
    return facts
