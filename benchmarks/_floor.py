"""The least a page can cost here: an application that answers every request with the same 20 kB."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

BODY = (b"<p>What stays when the page costs nothing.</p>\n" * 500)[:20_000]
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(BODY)))]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", HEADERS)
    return [BODY]
