"""A fault that never reaches an operation is told to programs as a problem too."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hansa.site.api.common import problem


def problems(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer below `/api/` with problem+json where Django would answer with a page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        told = response.headers.get("Content-Type", "").startswith("application/problem+json")
        if not request.path.startswith("/api/") or response.status_code < 400 or told:
            return response
        sentences = {
            400: _("The address or the body cannot be read."),
            404: _("There is nothing at this address."),
            405: _("This address does not know the method."),
        }
        said = problem(
            response.status_code, sentences.get(response.status_code) or _("Something went wrong on our side.")
        )
        if "Allow" in response.headers:
            said["Allow"] = response["Allow"]
        return said

    return middleware
