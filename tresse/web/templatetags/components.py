"""Components as tags: icon, avatar, tag, score, form field."""

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = template.Library()

SPRITE = "tresse/dist/icons.svg"
HUES = ("violet", "teal", "pink", "orange", "info", "ok", "accent", "warn")
TONES = (*HUES, "bad", "grey")
GOOD, MIDDLING = 60, 25


@register.simple_tag
def icon(name: str, cls: str = "") -> SafeString:
    """A drawing from the sprite; hidden from screen readers, so a button needs its own label."""
    return _drawn(name, cls, _sprite(settings.STATIC_URL))


# Files get their final names before a process starts; looking one up costs as much as drawing it.
@lru_cache(maxsize=4)
def _sprite(_static_url: str) -> str:
    return static(SPRITE)


# A page of a list draws some of them hundreds of times.
@lru_cache(maxsize=1_000)
def _drawn(name: str, cls: str, sprite: str) -> SafeString:
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', cls, sprite, name
    )


@register.filter
def hue(text: object) -> str:
    """One of the hues, always the same for the same text."""
    return HUES[sum(map(ord, str(text))) % len(HUES)]


@register.filter
def initials(text: object) -> str:
    """First letters of the first two words; of a number its end, since neighbours begin alike."""
    if (number := str(text).strip()).isdigit():
        return number[-2:]
    return "".join(word[0] for word in str(text).split()[:2]).upper()


@register.filter
def band(score: float) -> str:
    """Class of a score's bar: nothing for a good one, else `mid` or `low`."""
    return "" if score >= GOOD else "mid" if score >= MIDDLING else "low"


@register.simple_tag
def avatar(name: object, cls: str = "") -> SafeString:
    """Initials on a ground of the name's hue; `cls` is avatar--xs, avatar--lg, avatar--sq …."""
    return _portrait(str(name), cls)


@lru_cache(maxsize=4_000)
def _portrait(name: str, cls: str) -> SafeString:
    letters = initials(name) or "·"
    if "avatar--sq" in cls or "avatar--xs" in cls:
        letters = letters[:1] if "avatar--sq" in cls else letters
    return format_html(
        '<span class="avatar {} hue-{}" aria-hidden="true">{}</span>', cls, hue(name), letters
    )


@register.simple_tag(name="tag")
def tag_(label: object, tone: str = "", *, dot: bool = False, icon_name: str = "") -> SafeString:
    """A small label on a soft ground; `tone` is one of TONES."""
    cls = format_html(" tag--{}", tone) if tone in TONES else ""
    mark = SafeString('<span class="dot"></span>') if dot else ""
    drawing = icon(icon_name, "icon--sm") if icon_name else ""
    return format_html('<span class="tag{}">{}{}{}</span>', cls, mark, drawing, label)


@register.simple_tag
def score(value: float | None, label: str = "") -> SafeString:
    """A number from 0 to 100 with its bar."""
    if value is None:
        return format_html('<span class="muted">{}</span>', "–")
    return format_html(
        '<span class="score"><progress class="bar {}" max="100" value="{}" aria-label="{}">'
        "</progress>{}</span>",
        *(band(value), f"{value:.0f}", label or gettext("Score"), f"{value:.0f}"),
    )


WIDGET_CLASSES = {"select": "select", "checkbox": "check", "radio": "check check--radio"}


@register.inclusion_tag("web/_field.html")
def field(bound: BoundField, hint: str = "", **attributes: str) -> dict[str, Any]:
    """A form field with label, hint and errors.

    More attributes go to the control, underscores becoming dashes:
    `{% field form.email autocomplete="username" %}`.
    """
    kind = bound.widget_type
    cls = WIDGET_CLASSES.get(kind, "input")
    described = [f"{bound.auto_id}_hint"] if hint or bound.help_text else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    attrs: dict[str, str | bool] = {
        name.replace("_", "-"): value for name, value in attributes.items()
    }
    attrs["class"] = f"{cls} {attrs.get('class', '')}".strip()
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attrs),
        "hint": hint or bound.help_text,
        "is_check": kind == "checkbox",
    }
