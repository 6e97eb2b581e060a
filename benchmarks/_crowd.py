"""Many readers at once: each keeps one connection and asks for the next page as soon as it has the last."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks._report import percentile

TIMEOUT = 60.0


@dataclass(frozen=True)
class Crowded:
    """How one address answered: seconds per request, all requests together, bytes of one body as sent."""

    seconds: tuple[float, ...]
    elapsed: float
    body: int

    @property
    def p50_ms(self) -> float:
        return percentile(self.seconds, 0.5) * 1000

    @property
    def p95_ms(self) -> float:
        return percentile(self.seconds, 0.95) * 1000

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.elapsed


def read(
    port: int, path: str, *, readers: int, requests: int, warm_up: int, headers: Mapping[str, str] | None = None
) -> Crowded:
    """Let `readers` ask this machine's `port` for `path`, `requests` times together, after `warm_up` uncounted times.

    Raises:
        RuntimeError: an answer has another status than 200; a page that fails fast would look quick.
    """
    sent = _request(path, {"Accept-Encoding": "gzip", "User-Agent": "hansa-benchmark"} | dict(headers or {}))
    return asyncio.run(_crowd(port, path, sent, readers, requests, warm_up))


def _request(path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _crowd(port: int, path: str, sent: bytes, readers: int, requests: int, warm_up: int) -> Crowded:
    opened = [await asyncio.open_connection("127.0.0.1", port, limit=2**20) for _reader in range(readers)]
    bodies: set[int] = set()

    async def ask(count: list[int], took: list[float], pair: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        incoming, outgoing = pair
        while count[0] > 0:
            count[0] -= 1
            begun = time.perf_counter()
            outgoing.write(sent)
            bodies.add(await asyncio.wait_for(_answer(incoming, path), TIMEOUT))
            took.append(time.perf_counter() - begun)

    try:
        await asyncio.gather(*(ask([max(warm_up // readers, 1)], [], pair) for pair in opened))
        bodies.clear()
        left, took = [requests], []
        begun = time.perf_counter()
        await asyncio.gather(*(ask(left, took, pair) for pair in opened))
        return Crowded(tuple(took), time.perf_counter() - begun, max(bodies))
    finally:
        for _incoming, outgoing in opened:
            outgoing.close()


async def _answer(incoming: asyncio.StreamReader, path: str) -> int:
    """Read one answer to its end; the bytes of its body."""
    head = (await incoming.readuntil(b"\r\n\r\n")).decode("latin-1")
    status, *lines = head.split("\r\n")
    if status.split(" ")[1] != "200":
        raise RuntimeError(f"{path} was answered with {status!r}.")
    fields = {name.strip().lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}
    if "content-length" in fields:
        return len(await incoming.readexactly(int(fields["content-length"])))
    total = 0
    while size := int(await incoming.readline(), 16):
        total += len(await incoming.readexactly(size + 2)) - 2
    await incoming.readexactly(2)
    return total
