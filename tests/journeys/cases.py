"""Changes of the second version by their doors: views, lists, segments, many at once, merging."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """A change by its doors: page `(path, form)`, API `(method, path, body)`, command, sentence."""

    name: str
    sentence: str
    page: tuple[Any, ...] = ()
    api: tuple[Any, ...] = ()
    command: tuple[Any, ...] = ()
    yaml: str = ""

    def __str__(self):
        return self.name


MODEL = (
    'Your role lacks the right "model.edit": '
    "change object types, properties, relations and pipelines."
)
EDIT = {"act": "edit", "changes": [{"property": "city", "act": "set", "value": "Lyon"}]}
LATER = (
    Case(
        "change a shared view",
        'Your role lacks the right "views.share": share views with a team or everyone.',
        page=("/contacts/views/everyones/", {"label": "X", "sharing": "everyone"}),
        api=("PATCH", "/views/contact/everyones", {"label": "X"}),
    ),
    Case(
        "delete a shared view",
        'Your role lacks the right "views.share": share views with a team or everyone.',
        page=("/contacts/views/everyones/delete/", {}),
        api=("DELETE", "/views/contact/everyones", None),
    ),
    Case(
        "change a shared list",
        "You may see Everyone's but not change it.",
        page=("/lists/everyones/edit/", {"label": "X", "sharing": "everyone"}),
        api=("PATCH", "/lists/everyones", {"label": "X"}),
    ),
    Case(
        "delete a shared list",
        "You may see Everyone's but not change it.",
        page=("/lists/everyones/delete/", {}),
        api=("DELETE", "/lists/everyones", None),
    ),
    Case(
        "put records on a shared list",
        "You may see Everyone's but not change who is on it.",
        page=("/lists/everyones/members/", {"id": "{contact}"}),
        api=("POST", "/lists/everyones/members", {"ids": ["{contact}"]}),
        command=("lists", "everyones", "--add", "{keys}"),
    ),
    Case(
        "change a shared segment",
        "You may see Everyone's but not change it.",
        page=("/segments/everyones/edit/", {"label": "X", "sharing": "everyone"}),
        api=("PATCH", "/segments/everyones", {"label": "X"}),
    ),
    Case(
        "delete a shared segment",
        "You may see Everyone's but not change it.",
        page=("/segments/everyones/delete/", {}),
        api=("DELETE", "/segments/everyones", None),
    ),
    Case(
        "change many records",
        "You may see contacts but not change many at once.",
        page=(
            "/contacts/bulk/edit/",
            {"ids": "{contact}", "property": "city", "act": "set", "city": "Lyon", "number": "1"},
        ),
        api=("POST", "/records/contact/bulk-edit", EDIT | {"ids": ["{contact}"]}),
    ),
    Case(
        "merge records",
        "You may see contacts but not merge them.",
        page=("/contacts/merge/", {"survivor": "{contact}", "ids": "{twin}"}),
        api=("POST", "/records/contact/merge", {"survivor": "{contact}", "ids": ["{twin}"]}),
        command=("merge", "contacts", "{contact}", "{twin}"),
    ),
    Case(
        "take a merge apart",
        "You may see contacts but not merge them.",
        page=("/contacts/{survivor}/unmerge/", {}),
        api=("POST", "/records/contact/unmerge", {"id": "{survivor}"}),
        command=("unmerge", "contacts", "{survivor}"),
    ),
    Case(
        "delete for good",
        'Your role lacks the right "records.purge": delete records for good.',
        page=("/contacts/bin/purge/", {"ids": "{binned}", "number": "1", "confirmed": "1"}),
        api=("POST", "/records/contact/purge", {"ids": ["{binned}"], "number": 1}),
    ),
    Case(
        "say that records are two",
        "You may see contacts but not merge them.",
        page=("/contacts/duplicates/not/", {"ids": "{contact}"}),
        api=("POST", "/records/contact/duplicates/not", {"ids": ["{contact}", "{twin}"]}),
    ),
    Case(
        "change a layout",
        MODEL,
        page=("/data-model/contact/layout/", {}),
        api=("PATCH", "/objects/contact/layout", {"cards": []}),
    ),
    Case(
        "add a webhook",
        'Your role lacks the right "connections.manage": '
        "manage connections, secrets, write keys and incoming hooks.",
        page=("/settings/webhooks/", {"label": "X", "url": "https://example.com/"}),
        api=("POST", "/webhooks", {"label": "X", "url": "https://example.com/"}),
    ),
    Case(
        "add a task",
        "You may see tasks but not add any.",
        page=("/contacts/{contact}/activities/", {"kind": "task", "task_title": "X", "title": "X"}),
        api=("POST", "/records/task", {"properties": {"title": "X"}}),
    ),
    Case(
        "finish a task",
        "You may see tasks but not change them.",
        page=("/tasks/{task}/done/", {}),
        api=("PATCH", "/records/task/{task}", {"properties": {"status": "done"}}),
    ),
)
