"""Which URLs and addresses may be called: tables of literals, from the registries themselves."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.extensions.integrations import address_guard
from chalicelib.extensions.integrations.address_guard import Endpoint, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCKS_V4 = [
    # IANA IPv4 Special-Purpose Address Registry, and multicast: first and last address, a neighbour on either side
    ("0.0.0.0", "0.255.255.255", "", "1.0.0.0"),
    ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
    ("100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
    ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
    ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
    ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
    ("192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"),
    ("192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"),
    ("192.31.196.0", "192.31.196.255", "192.31.195.255", "192.31.197.0"),
    ("192.52.193.0", "192.52.193.255", "192.52.192.255", "192.52.194.0"),
    ("192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"),
    ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
    ("192.175.48.0", "192.175.48.255", "192.175.47.255", "192.175.49.0"),
    ("198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
    ("198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"),
    ("203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"),
    ("224.0.0.0", "239.255.255.255", "223.255.255.255", ""),
    ("240.0.0.0", "255.255.255.255", "", ""),
]
BLOCKS_V6 = [
    # IANA IPv6 Special-Purpose Address Registry, and everything outside the global unicast space
    ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "2000::"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::", "2001:db9::"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff:ffff::", "2003::"),
    ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:7fff:ffff::", "2620:4f:8001::"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff::", "3fff:1000::"),
    ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff:ffff::", ""),
]
PRIVATE = [
    # addresses that are attacked, each by its name
    "169.254.169.254",  # metadata of EC2
    "169.254.170.2",  # credentials of ECS
    "fd00:ec2::254",  # metadata of EC2
    "100.100.100.200",  # metadata of Alibaba
    "192.0.0.192",  # metadata of Oracle
    "0.0.0.0",  # unspecified: Linux connects to itself
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:8.8.8.8",  # mapped: the public ones too
    "::127.0.0.1",  # compatible, deprecated
    "::ffff:0:127.0.0.1",  # translated (SIIT)
    "64:ff9b::10.0.0.1",  # NAT64
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::a00:1",  # NAT64, local use
    "100::1",  # discard only
    "100:0:0:1::1",  # dummy prefix
    "2001:0:7f00:1::1",  # Teredo
    "2001:2::1",  # benchmarking
    "2001:10::1",  # ORCHID
    "2001:20::1",  # ORCHID version 2
    "2002:7f00:1::1",  # 6to4 of 127.0.0.1
    "5f00::1",  # segment routing
    "fc00::1",
    "fdff::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",  # site-local, deprecated
    "ff02::1",
    "2606:4700::1111%eth0",  # a zone has no place in a public address
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "52.95.110.1", "2606:4700:4700::1111", "2600:1f18::1", "2a00:1450:4001:81b::200e"]


@pytest.mark.parametrize(("first", "last", "below", "above"), BLOCKS_V4 + BLOCKS_V6)
def test_a_block_is_refused_from_its_first_to_its_last_address(
    first: str, last: str, below: str, above: str
) -> None:
    """Its neighbours are public."""
    assert not address_guard.is_public(first)
    assert not address_guard.is_public(last)
    assert [item for item in (below, above) if item and not address_guard.is_public(item)] == []


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused_in_every_form(address: str) -> None:
    """As the answer of a resolver."""
    assert not address_guard.is_public(address)
    with pytest.raises(RefusedError) as refused:
        address_guard.resolve(endpoint("https://example.org/"), soon(), answers(address))
    assert refused.value.code == "address_not_public"
    assert address not in str(refused.value)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_admitted(address: str) -> None:
    """In both families."""
    assert address_guard.is_public(address)
    assert address_guard.resolve(endpoint("https://example.org/"), soon(), answers(address)) == (address,)


@pytest.mark.parametrize(
    "text", ["", "localhost", "1.1.1", "1.1.1.1/32", "1.1.1.1.", " 1.1.1.1", "01.1.1.1", "/tmp/x"]
)
def test_a_text_that_is_no_address_is_not_public(text: str) -> None:
    """An unknown text is refused."""
    assert not address_guard.is_public(text)


@pytest.mark.parametrize("at", range(3))
def test_one_private_address_refuses_all(at: int) -> None:
    """Wherever in the answer it stands."""
    found = ["1.1.1.1", "8.8.8.8"]
    found.insert(at, "10.0.0.1")
    with pytest.raises(RefusedError) as refused:
        address_guard.resolve(endpoint("https://example.org/"), soon(), answers(*found))
    assert refused.value.code == "address_not_public"


def test_addresses_keep_the_resolvers_order_and_come_once() -> None:
    """The resolver prefers the family that works here (RFC 6724)."""
    found = address_guard.resolve(
        endpoint("https://example.org/"), soon(), answers("2606:4700::1111", "1.1.1.1", "2606:4700::1111")
    )
    assert found == ("2606:4700::1111", "1.1.1.1")


def test_the_resolver_is_asked_for_the_name_and_the_port() -> None:
    """In ASCII."""
    asked = []

    def resolver(*arguments: Any, **named: Any) -> list[tuple[Any, ...]]:
        asked.append(arguments)
        return answers("1.1.1.1")()

    address_guard.resolve(endpoint("https://bücher.example:8443/"), soon(), resolver)
    assert asked == [("xn--bcher-kva.example", 8443)]


@pytest.fixture
def hanging() -> Iterator[Any]:
    """Return a resolver that does not answer while the test runs."""
    ended = threading.Event()

    def resolver(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        ended.wait(10)
        return []

    yield resolver
    ended.set()


@pytest.mark.parametrize(("seconds", "least"), [(0.2, 0.2), (-1, 0)])
def test_a_lookup_is_bounded_in_time(hanging: Any, seconds: float, least: float) -> None:
    """A resolver that hangs is left behind; after the deadline at once."""
    began = time.monotonic()
    with pytest.raises(RefusedError, match="too long") as refused:
        address_guard.resolve(endpoint("https://example.org/"), began + seconds, hanging)
    assert refused.value.code == "name_not_resolved"
    assert least <= time.monotonic() - began < 2


def failing(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
    raise OSError(-2, "Name or service not known")


@pytest.mark.parametrize("resolver", [failing, lambda *_, **__: []])
def test_a_name_without_an_address_is_refused(resolver: Any) -> None:
    """With a code of its own, since it may have one later."""
    with pytest.raises(RefusedError, match=r"example\.org") as refused:
        address_guard.resolve(endpoint("https://example.org/"), soon(), resolver)
    assert refused.value.code == "name_not_resolved"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org", Endpoint("https", "example.org", 443, "/", False)),
        ("HTTPS://Example.ORG/A?b=%C3%A9", Endpoint("https", "example.org", 443, "/A?b=%C3%A9", False)),
        ("https://example.org?a=b", Endpoint("https", "example.org", 443, "/?a=b", False)),
        ("https://example.org:443/", Endpoint("https", "example.org", 443, "/", False)),
        ("https://a-b.c1.example:8443/x", Endpoint("https", "a-b.c1.example", 8443, "/x", False)),
        ("https://bücher.example/", Endpoint("https", "xn--bcher-kva.example", 443, "/", False)),
        ("https://xn--bcher-kva.example/", Endpoint("https", "xn--bcher-kva.example", 443, "/", False)),
        ("https://1.1.1.1/", Endpoint("https", "1.1.1.1", 443, "/", False)),
        ("https://[2606:4700::1111]:8443/", Endpoint("https", "2606:4700::1111", 8443, "/", False)),
        ("https://0x.example.org/", Endpoint("https", "0x.example.org", 443, "/", False)),
        ("https://localhost.example.org/", Endpoint("https", "localhost.example.org", 443, "/", False)),
        ("https://notlocal.org/", Endpoint("https", "notlocal.org", 443, "/", False)),
        (f"https://{'a' * 63}.org/", Endpoint("https", f"{'a' * 63}.org", 443, "/", False)),
        (f"https://{'a.' * 125}org/", Endpoint("https", f"{'a.' * 125}org", 443, "/", False)),
    ],
)
def test_a_url_is_taken_apart(url: str, expected: Endpoint) -> None:
    """Offline or not, as it is public."""
    assert address_guard.check(url, offline=False) == expected
    assert address_guard.check(url, offline=True) == expected


REFUSED = [
    ("", "https_required"),
    ("example.org", "https_required"),
    ("http://example.org/", "https_required"),
    ("ftp://example.org/", "https_required"),
    ("file:///etc/passwd", "https_required"),
    ("gopher://example.org/", "https_required"),
    (" https://example.org/", "https_required"),
    ("https:/example.org/", "https_required"),
    ("https:\\\\example.org\\", "https_required"),
    ("https://example.org/#", "fragment_in_url"),
    ("https://example.org/a#b", "fragment_in_url"),
    ("https://example.org#@evil.example/", "fragment_in_url"),
    ("https://user@example.org/", "credentials_in_url"),
    ("https://user:secret@example.org/", "credentials_in_url"),
    ("https://1.1.1.1@10.0.0.1/", "credentials_in_url"),
    ("https://@example.org/", "credentials_in_url"),
    ("https://example.org/a b", "path_invalid"),
    ("https://example.org/\r\nX-Injected: yes", "path_invalid"),
    ("https://example.org/\nGET / HTTP/1.1", "path_invalid"),
    ("https://example.org/\t", "path_invalid"),
    ("https://example.org/é", "path_invalid"),
    ("https://example.org/%", "path_invalid"),
    ("https://example.org/%zz", "path_invalid"),
    ("https://example.org/a\\b", "path_invalid"),
    ("https://example.org/<x>", "path_invalid"),
    ("https://example.org:80/", "port_not_allowed"),
    ("https://example.org:22/", "port_not_allowed"),
    ("https://example.org:442/", "port_not_allowed"),
    ("https://example.org:0/", "port_not_allowed"),
    ("https://example.org:99999/", "port_not_allowed"),
    ("https://1.1.1.1:6379/", "port_not_allowed"),
    ("https://example.org:/", "host_invalid"),
    ("https://example.org:443:443/", "host_invalid"),
    ("https://example.org:+443/", "host_invalid"),
    ("https://example.org:443 /", "host_invalid"),
    ("https:///", "host_invalid"),
    ("https://.example.org/", "host_invalid"),
    ("https://example.org./", "host_invalid"),
    ("https://example..org/", "host_invalid"),
    ("https://-example.org/", "host_invalid"),
    ("https://example-.org/", "host_invalid"),
    ("https://exa_mple.org/", "host_invalid"),
    ("https://exa mple.org/", "host_invalid"),
    ("https://exa\nmple.org/", "host_invalid"),
    ("https://example.org\n/", "host_invalid"),
    ("https://exam%70le.org/", "host_invalid"),
    ("https://example.org\\@10.0.0.1/", "credentials_in_url"),
    ("https://example.org\\/", "host_invalid"),
    (f"https://{'a' * 64}.org/", "host_invalid"),
    (f"https://b{'a.' * 125}org/", "host_invalid"),  # 254 characters
    # other spellings of addresses
    ("https://2130706433/", "host_invalid"),
    ("https://0x7f000001/", "host_invalid"),
    ("https://0x7F.1/", "host_invalid"),
    ("https://127.0x1/", "host_invalid"),
    ("https://127.0x/", "host_invalid"),
    ("https://017700000001/", "host_invalid"),
    ("https://0177.0.0.1/", "host_invalid"),
    ("https://127.1/", "host_invalid"),
    ("https://127.0.1/", "host_invalid"),
    ("https://1.1.1.1.1/", "host_invalid"),
    ("https://1.1.1.256/", "host_invalid"),
    ("https://01.1.1.1/", "host_invalid"),
    ("https://127.0.0.1./", "host_invalid"),
    ("https://\uff11\uff12\uff17.0.0.1/", "host_invalid"),
    ("https://①②⑦.⓪.⓪.①/", "host_invalid"),
    ("https://127。0。0。1/", "host_invalid"),
    ("https://[127.0.0.1]/", "host_invalid"),
    ("https://[1.1.1.1]/", "host_invalid"),
    ("https://::1/", "host_invalid"),
    ("https://[::1/", "host_invalid"),
    ("https://[]/", "host_invalid"),
    ("https://[example.org]/", "host_invalid"),
    ("https://[v1.a]/", "host_invalid"),
    ("https://[::1]x/", "host_invalid"),
    ("https://127.0.0.1/", "address_not_public"),
    ("https://10.1.2.3:8443/", "address_not_public"),
    ("https://169.254.169.254/latest/meta-data/", "address_not_public"),
    ("https://[::1]/", "address_not_public"),
    ("https://[::ffff:10.0.0.1]/", "address_not_public"),
    ("https://[::FFFF:0a00:0001]/", "address_not_public"),
    ("https://[fd00:ec2::254]/", "address_not_public"),
    ("https://[fe80::1%25eth0]/", "address_not_public"),
    ("https://[fe80::1%eth0]/", "address_not_public"),
    ("https://[64:ff9b::7f00:1]/", "address_not_public"),
    # names that are never public, and those that map to others
    ("https://localhost/", "address_not_public"),
    ("https://LOCALHOST/", "address_not_public"),
    ("https://a.localhost/", "address_not_public"),
    ("https://intranet/", "address_not_public"),
    ("https://com/", "address_not_public"),
    ("https://printer.local/", "address_not_public"),
    ("https://ip-10-0-0-1.ec2.internal/", "address_not_public"),
    ("https://metadata.google.internal/", "address_not_public"),
    ("https://router.home.arpa/", "address_not_public"),
    ("https://straße.example/", "host_invalid"),
    ("https://example。com/", "host_invalid"),
    ("https://\uff45xample.com/", "host_invalid"),
    ("https://exa\u200bmple.com/", "host_invalid"),
    ("https://exa\u00admple.com/", "host_invalid"),
    ("https://\u217cocalhost/", "host_invalid"),
    (f"https://{'é' * 60}.example/", "host_invalid"),
]


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize(("url", "code"), REFUSED)
def test_a_url_is_refused(url: str, code: str, *, offline: bool) -> None:
    """With a stable code; offline only what names this machine is another matter."""
    if offline and url.lower() in ("https://127.0.0.1/", "https://localhost/"):
        return
    with pytest.raises(RefusedError) as refused:
        address_guard.check(url, offline=offline)
    assert refused.value.code == code


def test_the_length_of_a_url_is_bounded() -> None:
    """2,048 characters are the most; the message has both numbers."""
    longest = "https://example.org/".ljust(2048, "a")
    assert address_guard.check(longest, offline=False).path == "/" + "a" * 2028
    with pytest.raises(RefusedError, match=r"2049.*2048") as refused:
        address_guard.check(longest + "a", offline=False)
    assert refused.value.code == "url_too_long"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:9000/hook", Endpoint("http", "127.0.0.1", 9000, "/hook", True)),
        ("http://localhost/", Endpoint("http", "localhost", 80, "/", True)),
        ("https://localhost:1/", Endpoint("https", "localhost", 1, "/", True)),
        ("https://127.0.0.1/", Endpoint("https", "127.0.0.1", 443, "/", True)),
        ("http://LOCALHOST:65535/", Endpoint("http", "localhost", 65535, "/", True)),
    ],
)
def test_offline_this_machine_may_be_called(url: str, expected: Endpoint) -> None:
    """On any port, without TLS too; on other stages it may not."""
    assert address_guard.check(url, offline=True) == expected
    with pytest.raises(RefusedError):
        address_guard.check(url, offline=False)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.2/", "https_required"),
        ("http://[::1]/", "https_required"),
        ("http://10.0.0.1/", "https_required"),
        ("http://localhost.example.org/", "https_required"),
        ("http://localhost:0/", "port_not_allowed"),
        ("http://localhost:65536/", "port_not_allowed"),
        ("http://user@localhost/", "credentials_in_url"),
        ("http://localhost/#a", "fragment_in_url"),
        ("https://10.0.0.1/", "address_not_public"),
    ],
)
def test_offline_nothing_else_is_admitted(url: str, code: str) -> None:
    """Neither another loopback address nor a malformed URL."""
    with pytest.raises(RefusedError) as refused:
        address_guard.check(url, offline=True)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("address", "admitted"),
    [("127.0.0.1", True), ("::1", True), ("1.1.1.1", False), ("10.0.0.1", False), ("x", False)],
)
def test_offline_localhost_is_this_machine(address: str, *, admitted: bool) -> None:
    """Its hosts file may not lead elsewhere."""
    local = address_guard.check("http://localhost:9000/", offline=True)
    if admitted:
        assert address_guard.resolve(local, soon(), answers(address)) == (address,)
    else:
        with pytest.raises(RefusedError):
            address_guard.resolve(local, soon(), answers(address))


@pytest.mark.parametrize("url", ["https://1.1.1.1/", "https://[2606:4700::1111]/"])
def test_an_address_is_not_looked_up(url: str) -> None:
    """It is judged itself."""
    assert address_guard.resolve(endpoint(url), soon(), failing) == (url.strip("htps:/[]"),)


def test_an_address_is_judged_again_at_each_attempt() -> None:
    """A stored endpoint is no proof."""
    with pytest.raises(RefusedError):
        address_guard.resolve(Endpoint("https", "10.0.0.1", 443, "/", False), soon(), failing)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://example.org/", "example.org"),
        ("https://example.org:443/", "example.org"),
        ("https://example.org:8443/", "example.org:8443"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
        ("http://localhost/", "localhost"),
        ("http://localhost:443/", "localhost:443"),
        ("https://localhost:80/", "localhost:80"),
    ],
)
def test_the_header_host_names_an_unusual_port(url: str, authority: str) -> None:
    """RFC 9110, section 7.2."""
    assert address_guard.check(url, offline=True).authority == authority


def endpoint(url: str) -> Endpoint:
    return address_guard.check(url, offline=False)


def soon() -> float:
    return time.monotonic() + 5


def answers(*addresses: str) -> Any:
    """Return a resolver that answers as `socket.getaddrinfo` does."""
    found = [(0, 1, 6, "", (address, 443, 0, 0) if ":" in address else (address, 443)) for address in addresses]
    return lambda *_, **__: found
