"""Every address of the project, taken from the resolver; what is added is walked at once."""

import functools
import json
import re
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from tresse.config.rest import api

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
GROUP = re.compile(r"\(\?P(<\w+>)[^()]*\)")
"A parameter of the few patterns that are regular expressions."


@dataclass(frozen=True)
class Route:
    """One pattern: `path` with its parameters in brackets, as Django writes them."""

    path: str

    def __str__(self):
        return self.path

    @property
    def is_api(self):
        """Whether programs ask here."""
        return self.path.startswith("api/")

    @property
    def parameters(self):
        """Name to converter (`str` where the pattern names none)."""
        return {name: kind or "str" for kind, name in PARAMETER.findall(self.path)}

    def filled(self, values):
        """The address with values in it."""
        return "/" + PARAMETER.sub(lambda found: str(values[found[2]]), self.path)


def walked(patterns, before=""):
    """Addresses below some patterns, in their order."""
    for pattern in patterns:
        path = before + GROUP.sub(r"\1", str(pattern.pattern)).strip("^$")
        if isinstance(pattern, URLResolver):
            yield from walked(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path


def routes():
    """All of them, once each."""
    return [Route(path) for path in dict.fromkeys(walked(get_resolver().url_patterns))]


@functools.cache
def document():
    """The OpenAPI document, as programs read it."""
    return json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), default=str))
