"""Sample files as pages hand them out (T90)."""

from django.http import FileResponse
from django.views.decorators.http import require_safe

from tresse.accounts.requests import SignedIn
from tresse.transfers.downloads import sample_file


@require_safe
def sample(request: SignedIn, object_name: str, format: str) -> FileResponse:
    """A file of an object type, to be filled in and imported."""
    return sample_file(object_name, format, actor=request.actor)
