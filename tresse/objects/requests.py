"""The data model of a request: read once, whatever asks for it."""

from django.http import HttpRequest

from tresse.objects.described import DataModel, data_model


def model_of(request: HttpRequest) -> DataModel:
    """The definitions as they were when the request first asked for them.

    A view that changes definitions and then shows them calls `data_model()` instead.
    """
    kept: DataModel | None = getattr(request, "data_model", None)
    if kept is None:
        kept = data_model()
        request.data_model = kept  # type: ignore[attr-defined]
    return kept
