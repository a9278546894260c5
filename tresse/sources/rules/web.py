"""Rules of web addresses: `url`, `domain`."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from tresse.kernel.marks import N_
from tresse.objects.kinds.hosts import host
from tresse.sources.rules.base import TextRule, setting
from tresse.sources.rules.spacing import trimmed

LONGEST = 2_048
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):(?://)?")
PORTS = {"http": "80", "https": "443"}
NUMBERS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:.]+\]|localhost", re.ASCII)
TRACKING = re.compile(
    r"(?:utm_.*|[gw]braid|[a-z_]*clid|gclsrc|_ga|_gl|mc_[ce]id|_hs(?:enc|mi)|hsctatracking|igsh(?:id)?"
    r"|li_fat_id|mkt_tok|vero_id|oly_(?:anon|enc)_id|s_cid|wickedid|yclid|dclid|epik|irclickid"
    r"|msclkid|_openstat|pk_(?:campaign|kwd|source|medium)|mtm_.*)",
    re.IGNORECASE,
)


def url(text: str, strip_tracking: bool) -> str | None:
    """An http or https address in its plainest form; None if it is none."""
    bare = trimmed(text)
    if not bare or len(bare) > LONGEST or any(c.isspace() for c in bare):
        return None
    if "://" not in bare.partition("?")[0]:
        bare = f"https://{bare.removeprefix('//')}"
    try:
        parts = urlsplit(bare)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    name = _host(parts.hostname or "")
    if scheme not in PORTS or name is None:
        return None
    user, at, _ = parts.netloc.rpartition("@")
    where = f"{user}{at}{name}" + (f":{port}" if port and str(port) != PORTS[scheme] else "")
    query = _query(parts.query) if strip_tracking else parts.query
    path = parts.path if query else parts.path.rstrip("/")
    if query and path.strip("/") == "":
        path = ""
    return f"{scheme}://{where}{path.rstrip('/')}" + (f"?{query}" if query else "")


def _host(name: str) -> str | None:
    name = name.rstrip(".").lower()
    if ":" in name:
        name = f"[{name}]"
    return name if NUMBERS.fullmatch(name) else host(name)


def _query(text: str) -> str:
    """What is asked, without what only says where a visitor came from."""
    kept = [each for each in text.split("&") if not TRACKING.fullmatch(each.partition("=")[0])]
    return "&".join(kept)


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def domain(text: str) -> str | None:
    """The part of a host that somebody registered, of an address or an e-mail; None without one."""
    bare = trimmed(text)
    if not bare or len(bare) > LONGEST:
        return None
    if "@" in bare and "/" not in bare:
        name = bare.rpartition("@")[2].rstrip(">.; ")
    else:
        address = url(bare, strip_tracking=False)
        name = urlsplit(address).hostname or "" if address else ""
    known = host(name.rstrip("."))
    if known is None:
        return None
    found = _suffixes().privatesuffix(known)
    return host(found) if found else None


@dataclass(frozen=True, slots=True)
class UrlSettings:
    """Settings of `url`."""

    strip_tracking: bool = setting(
        True,
        label=N_("Without tracking"),
        kind="yes",
        help=N_("Drops utm_… and the click numbers of advertisers."),
    )


class Url(TextRule):
    """Web addresses."""

    name = "url"
    label = N_("Web address")
    does = N_(
        "Adds https:// where there is no scheme, writes the host in lower case, and drops the "
        "usual port, the fragment, tracking and a last slash."
    )
    Settings = UrlSettings
    python = staticmethod(url)
    can_fail = True
    examples = (
        ({}, "X.fr/a/?utm_id=1", "https://x.fr/a"),
        ({}, "HTTPS://X.fr:443/A#top", "https://x.fr/A"),
        ({"strip_tracking": False}, "x.fr?gclid=1", "https://x.fr?gclid=1"),
        ({}, "ftp://x.fr", None),
    )


class Domain(TextRule):
    """Registered names."""

    name = "domain"
    label = N_("Domain")
    does = N_("Takes the registered domain out of a web address or an e-mail address.")
    python = staticmethod(domain)
    can_fail = True
    examples = (
        ({}, "ada@mail.x.co.uk", "x.co.uk"),
        ({}, "https://www.x.fr/a", "x.fr"),
        ({}, "localhost", None),
    )
