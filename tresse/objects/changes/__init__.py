"""Changes to the data model: one function each, called by pages, API and command line alike."""

from tresse.objects.changes.association_types import (
    add_association_type,
    archive_association_type,
    change_association_type,
    delete_association_type,
    unarchive_association_type,
)
from tresse.objects.changes.layouts import change_layout
from tresse.objects.changes.object_types import (
    add_object_from_template,
    add_object_type,
    archive_object_type,
    change_object_type,
    delete_object_type,
    unarchive_object_type,
)
from tresse.objects.changes.options import delete_option
from tresse.objects.changes.pipelines import (
    add_pipeline,
    change_pipeline,
    delete_pipeline,
    delete_stage,
    order_pipelines,
)
from tresse.objects.changes.properties import (
    add_property,
    archive_property,
    change_property,
    delete_property,
    unarchive_property,
)

__all__ = [
    "add_association_type",
    "add_object_from_template",
    "add_object_type",
    "add_pipeline",
    "add_property",
    "archive_association_type",
    "archive_object_type",
    "archive_property",
    "change_association_type",
    "change_layout",
    "change_object_type",
    "change_pipeline",
    "change_property",
    "delete_association_type",
    "delete_object_type",
    "delete_option",
    "delete_pipeline",
    "delete_property",
    "delete_stage",
    "order_pipelines",
    "unarchive_association_type",
    "unarchive_object_type",
    "unarchive_property",
]
