"""Lists that can be paged and exported; what a list shows and what it exports come from the same rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

PER_PAGE = 25
# a cell that begins so would be run as a formula by a spreadsheet
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")


def page_of(request: HttpRequest, rows: Any, per_page: int = PER_PAGE) -> Page[Any]:
    """The page asked for; a page past the end is the last one."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def wants_csv(request: HttpRequest) -> bool:
    return request.GET.get("format") == "csv"


class _Echo:
    def write(self, value: str) -> str:
        return value


def plain(value: Any) -> Any:
    """A cell as a spreadsheet may read it: unknown is empty, text never a formula."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_MARKS):
        return "'" + value
    return value


def csv_response(
    name: str, heading: Sequence[str], rows: Iterable[Any], row: Callable[[Any], Sequence[Any]]
) -> StreamingHttpResponse:
    """Stream `rows` as a CSV file in UTF-8 with a byte-order mark, as spreadsheets expect it."""
    writer = csv.writer(_Echo())

    def lines() -> Iterable[str]:
        yield "\ufeff" + writer.writerow(heading)
        for each in rows:
            yield writer.writerow([plain(cell) for cell in row(each)])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="hansa-{name}-{timezone.localdate():%Y-%m-%d}.csv"'
    return response
