"""Makes the object types, relations and pipelines that come with the product."""

from django.db import transaction

from tresse.objects import models, shipped, words
from tresse.objects.described import data_model
from tresse.objects.making import make_association, make_object, make_pipeline, task_facts
from tresse.objects.tables import create_table


@transaction.atomic
def make_defaults() -> int:
    """Make what is shipped and not there yet, with the tables of the records.

    Called by `tresse init` and by tests. What exists by name stays as people made it.

    Returns:
        How many object types were made.
    """
    known = {row.name: row for row in models.ObjectType.objects.all()}
    made = []
    for position, facts in enumerate(shipped.objects()):
        if facts["name"] in known:
            continue
        properties = [
            {**each, "group": shipped.group(each.get("group", "")), "position": 0}
            for each in facts["properties"]
        ]
        row = make_object(facts, properties, position=position, is_builtin=True)
        known[row.name] = row
        made.append(row)
    _make_associations(known)
    for facts in shipped.pipelines():
        if any(row.name == facts["object"] for row in made):
            make_pipeline(known[facts["object"]], facts, position=0)
    model = data_model()
    for row in made:
        create_table(row.id, model.object_by_id(row.id).properties)
    for each in model.objects:
        # Of all, as those of an older version have none.
        words.settle(each)
    return len(made)


def _make_associations(objects: dict[str, models.ObjectType]) -> None:
    there = set(models.AssociationType.objects.values_list("name", flat=True))
    tasks = [
        task_facts(each, objects["task"])
        for each in objects.values()
        if each.has_activities and each.is_builtin
    ]
    for position, facts in enumerate((*shipped.associations(), *tasks)):
        if facts["name"] not in there:
            make_association(facts, objects, position=position, is_builtin=True)
