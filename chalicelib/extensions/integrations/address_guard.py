"""Which URLs and addresses a webhook may call, so that no endpoint turns Janus against its own network.

`check` judges the URL as text, when an endpoint is created and before each attempt. `resolve` judges the
addresses of its host before each attempt; the connection then goes to one of these addresses, never to the name
again, since a second lookup may answer differently (DNS rebinding). Everything that is not known to be public is
refused.

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries, IANA IPv6 Global Unicast Address Assignments;
OWASP "Server-Side Request Forgery Prevention Cheat Sheet".
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    Resolver = Callable[..., list[tuple[Any, ...]]]

MAX_URL = 2048
"""Characters of an endpoint's URL."""
PORTS = (443, 8443)
"""Ports that may be called."""
DEADLINE_SECONDS = 15.0
"""For an attempt as a whole: lookup, connection, TLS, request, answer."""
_MAX_HOST = 253  # RFC 1035, section 2.3.4, as text

_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)(#.*)?", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::([0-9]{1,5}))?")
_TARGET = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")  # RFC 3986, sections 3.3 and 3.4
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label that makes the whole host an IPv4 address (WHATWG URL)
_PRIVATE_NAMES = ("home.arpa", "internal", "local", "localhost")  # RFC 6761, 6762, 8375; ICANN for `internal`
_LOOPBACK_NAMES = ("127.0.0.1", "localhost")

_SPECIAL_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by a carrier's customers (CGNAT); Alibaba's metadata
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local; the metadata of EC2, the credentials of Lambda and ECS
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments; Oracle's metadata
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays, deprecated
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and limited broadcast
        ),
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
"""Global unicast. Outside are loopback, mapped IPv4, NAT64, link-local, unique local (EC2 metadata), multicast."""
_SPECIAL_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID, AMT, AS112
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which carries any IPv4 address
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)


class RefusedError(Exception):
    """A URL or an address that must not be called; `code` is stable, the message is for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Endpoint(NamedTuple):
    """A URL that `check` has admitted, in its parts; `host` is in ASCII and in lower case, without brackets."""

    scheme: str
    host: str
    port: int
    path: str
    """Path and query, as a request's first line has them."""
    loopback: bool
    """Whether it is this machine's own, and may be nothing else."""

    @property
    def authority(self) -> str:
        """Host and port as the header `Host` has them: without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


def check(url: str, *, offline: bool) -> Endpoint:
    """Return the endpoint of a URL; raise RefusedError where no webhook may go there.

    `offline` admits this machine besides: `http` or `https` to 127.0.0.1 or localhost, on any port.
    """
    if len(url) > MAX_URL:
        raise RefusedError("url_too_long", f"The URL has {len(url)} characters; {MAX_URL} are the most.")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise RefusedError("https_required", "The URL must begin with https://.")
    scheme, authority, path = parts[1].lower(), parts[2], parts[3]
    if parts[4] is not None:
        raise RefusedError("fragment_in_url", "The URL has a fragment, which no server receives: leave out the #.")
    if "@" in authority:
        raise RefusedError("credentials_in_url", "The URL has credentials: leave out the part before the @.")
    if not _TARGET.fullmatch(path):
        raise RefusedError("path_invalid", "The URL's path has characters that must be percent-encoded.")
    split = _HOST.fullmatch(authority)
    if split is None:
        raise RefusedError("host_invalid", f"The URL has no valid host and port: {authority!r}.")
    host = split[1].lower()
    loopback = offline and host in _LOOPBACK_NAMES
    if scheme != "https" and not loopback:
        raise RefusedError("https_required", "The URL must begin with https://.")
    port = int(split[2]) if split[2] else (443 if scheme == "https" else 80)
    if not (1 <= port <= 65535 if loopback else port in PORTS):
        raise RefusedError("port_not_allowed", f"Port {port} is not allowed; the ports are 443 and 8443.")
    path = path if path.startswith("/") else f"/{path}"
    return Endpoint(scheme, host if loopback else _host(host), port, path, loopback)


def resolve(endpoint: Endpoint, deadline: float, resolver: Resolver = socket.getaddrinfo) -> tuple[str, ...]:
    """Return the addresses of an endpoint, each of which may be called; raise RefusedError where one may not.

    `deadline` is a time of `time.monotonic`; a lookup that takes longer ends by itself, in its own thread. No
    message names an address: an owner must not learn those of a private network.
    """
    found = [endpoint.host] if is_address(endpoint.host) else _look_up(endpoint, deadline, resolver)
    if not found:
        raise RefusedError("name_not_resolved", f"{endpoint.host} has no address.")
    for address in found:
        if not (_is_loopback(address) if endpoint.loopback else is_public(address)):
            raise RefusedError("address_not_public", f"{endpoint.host} has an address that is not public.")
    return tuple(dict.fromkeys(found))


def is_public(address: str) -> bool:
    """Tell whether an address is one of the public internet; False for a text that is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in network for network in _SPECIAL_V4)
    if parsed.scope_id is not None or parsed not in _GLOBAL_V6:
        return False
    return not any(parsed in network for network in _SPECIAL_V6)


def is_address(host: str) -> bool:
    """Tell whether a host is an IP address, in its usual spelling, and not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(address: str) -> bool:
    return is_address(address) and ipaddress.ip_address(address).is_loopback


def _host(host: str) -> str:
    """Return a public host in ASCII; raise RefusedError where it is not one."""
    literal = host[1:-1] if host.startswith("[") else host
    if host.startswith("[") or _NUMBER.fullmatch(host.rpartition(".")[2]):
        if not is_address(literal) or (":" in literal) is not host.startswith("["):
            raise RefusedError("host_invalid", f"{literal} is not an IP address in its usual spelling.")
        if not is_public(literal):
            raise RefusedError("address_not_public", f"{literal} is not a public address.")
        return literal
    name = _ascii(host)
    labels = name.split(".")
    if len(name) > _MAX_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise RefusedError("host_invalid", f"{host!r} is not a valid host name.")
    if len(labels) < 2 or f".{name}".endswith(tuple(f".{private}" for private in _PRIVATE_NAMES)):
        raise RefusedError("address_not_public", f"{name} is not a name of the public internet.")
    return name


def _ascii(host: str) -> str:
    """Return the ASCII form of an internationalized name, where both forms stand for each other.

    The standard library has IDNA 2003, which maps some letters to others (ß to ss, full-width digits to digits):
    by IDNA 2008 that may be another host.
    """
    if host.isascii():
        return host
    try:
        name = host.encode("idna").decode()
        if name.encode().decode("idna") == host:
            return name
    except UnicodeError:
        pass
    raise RefusedError("host_invalid", f"{host!r} has no unambiguous ASCII form: write it as xn--... (punycode).")


def _look_up(endpoint: Endpoint, deadline: float, resolver: Resolver) -> list[str]:
    """Return the addresses that the resolver has; raise RefusedError where it fails, or answers too late."""
    answers: SimpleQueue[list[tuple[Any, ...]] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolver(endpoint.host, endpoint.port, type=socket.SOCK_STREAM))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
    except Empty:
        raise RefusedError("name_not_resolved", f"The lookup of {endpoint.host} took too long.") from None
    if isinstance(answer, Exception):
        raise RefusedError("name_not_resolved", f"{endpoint.host} cannot be resolved.") from answer
    return [str(item[4][0]) for item in answer]
