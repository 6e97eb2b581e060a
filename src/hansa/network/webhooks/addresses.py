"""Which addresses may be called: names that lead to public machines alone, checked when saved and at every call."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from hansa.network.faults import Refused

NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Target:
    """Where a call goes: the machine that was resolved and checked, so that the name cannot lead elsewhere between
    check and call."""

    scheme: str
    host: str
    port: int
    ip: str
    path: str


def is_public(ip: str) -> bool:
    """Whether an IP address is one of a machine that the whole internet may reach."""
    address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(ip.split("%", maxsplit=1)[0])
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inside is None and address in NAT64:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is not None:
            address = inside
    return address.is_global and not address.is_multicast


def target_of(url: str) -> Target:
    """Resolve an address and check every machine it leads to.

    Raises:
        Refused: it is no https address, carries a user or password, is not resolved, or leads to a private, loopback
            or otherwise special machine. With HANSA_WEBHOOKS_LOCAL=1 http and private machines are allowed.
    """
    local = settings.HANSA_WEBHOOKS_LOCAL
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Refused(_("This is no web address.")) from None
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise Refused(_("The address must begin with https://."))
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise Refused(_("The address must name a machine, and neither user nor password."))
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused(_("The name %(host)s leads to no machine.") % {"host": parts.hostname}) from None
    machines = [str(entry[4][0]) for entry in found]
    if not machines or not (local or all(is_public(ip) for ip in machines)):
        raise Refused(_("The name %(host)s leads into a private network; Hansa calls none.") % {"host": parts.hostname})
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, machines[0], path)
