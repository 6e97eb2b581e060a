"""The Atom feed of published requests: the public part alone, for feed readers and partner portals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from hansa.brokerage import queries
from hansa.brokerage.models import Request
from hansa.brokerage.views.showing import priority_number

MOST = 50
FILTERS = ("q", "type", "region", "priority", "language")


class LanguagesFeed(Atom1Feed):
    """Atom whose entries say in which language each is written."""

    def item_attributes(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**super().item_attributes(item), "xml:lang": item["language"]}


class PublishedRequests(Feed):
    """The latest published requests, by the filters of the list page; whoever asks gets what the public may read."""

    feed_type = LanguagesFeed

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().__call__(request, *args, **kwargs)
        # a text that is edited keeps its date of publication: the middleware's ETag alone tells what is new
        del response["Last-Modified"]
        response["Cache-Control"] = "public, max-age=300"
        return response

    def get_object(self, request: HttpRequest) -> dict[str, str]:
        return {key: request.GET.get(key, "") for key in FILTERS}

    def title(self, obj: dict[str, str]) -> str:
        return _("Hansa: published requests")

    def subtitle(self, obj: dict[str, str]) -> str:
        return _("What firms, laboratories and social innovators of the partnership look for and offer.")

    def link(self, obj: dict[str, str]) -> str:
        return settings.HANSA_ADDRESS + reverse("brokerage:requests")

    def feed_guid(self, obj: dict[str, str]) -> str:
        return self.link(obj)

    def items(self, obj: dict[str, str]) -> QuerySet[Request]:
        found = queries.requests(
            None,
            words=obj["q"],
            type_=obj["type"],
            region=obj["region"],
            priority=priority_number(obj["priority"]),
            state=queries.OPEN,
            language=obj["language"],
        )
        return queries.ordered_requests(found, "-published")[:MOST]

    def item_title(self, item: Request) -> str:
        return item.title

    def item_description(self, item: Request) -> str:
        return item.summary

    def item_link(self, item: Request) -> str:
        return settings.HANSA_ADDRESS + item.get_absolute_url()

    def item_guid(self, item: Request) -> str:
        return settings.HANSA_ADDRESS + item.get_absolute_url()

    def item_pubdate(self, item: Request) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: Request) -> datetime | None:
        return item.published_at

    def item_author_name(self, item: Request) -> str:
        return item.agency.name

    def item_categories(self, item: Request) -> list[str]:
        return [item.type, item.region.code, item.priority.identifier]

    def item_extra_kwargs(self, item: Request) -> dict[str, Any]:
        return {"language": item.language}
