"""Receivers of webhooks, friendly and hostile, on real sockets; and the authority that certifies them."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Behaviour = Callable[[Any, threading.Event], object]

ANSWERED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
DAY = dt.timedelta(days=1)


class Receiver:
    """A server on a port of its own; `requests` has each complete request, `names` each name of TLS (SNI)."""

    def __init__(self, address: str, behaviour: bytes | Behaviour, certified: ssl.SSLContext | None) -> None:
        self.requests: list[bytes] = []
        self.names: list[str | None] = []
        self.connections = 0
        self.stopped = threading.Event()
        self._behaviour, self._certified = behaviour, certified
        self._listener = socket.create_server((address, 0))
        self.port: int = self._listener.getsockname()[1]
        if certified is not None:
            certified.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """End all threads."""
        self.stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._threads.append(threading.Thread(target=self._answer, args=(connection,)))
                self._threads[-1].start()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        with suppress(OSError), connection:  # the sender has gone
            if self._certified is not None:
                connection = self._certified.wrap_socket(connection, server_side=True)
            if not isinstance(self._behaviour, bytes):
                self._behaviour(connection, self.stopped)
            elif self._read(connection):
                connection.sendall(self._behaviour)
            connection.close()

    def _read(self, connection: socket.socket) -> bytes:
        request = read_request(connection)
        if request:
            self.requests.append(request)
        return request


def read_request(connection: socket.socket) -> bytes:
    """Return a whole request; less where the sender ends before."""
    received = b""
    while b"\r\n\r\n" not in received and (part := connection.recv(65536)):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [
        line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    ]
    while len(body) < int(lengths[0] if lengths else 0) and (part := connection.recv(65536)):
        body += part
    return head + b"\r\n\r\n" + body if head else b""


@contextmanager
def receiving(
    behaviour: bytes | Behaviour = ANSWERED, certified: ssl.SSLContext | None = None, address: str = "127.0.0.1"
) -> Iterator[Receiver]:
    """Run a receiver that answers each request with fixed bytes, or has a function behave on each connection."""
    receiver = Receiver(address, behaviour, certified)
    try:
        yield receiver
    finally:
        receiver.close()


def after_request(first: bytes, *repeated: bytes, pause: float = 0.0) -> Behaviour:
    """Return a behaviour: read the request, send the first bytes, then the others again and again without end."""

    def behave(connection: socket.socket, stopped: threading.Event) -> None:
        read_request(connection)
        connection.sendall(first)
        while repeated and not stopped.wait(pause):
            for part in repeated:
                connection.sendall(part)

    return behave


class Authority:
    """A certificate authority of the tests' own; `file` is its certificate."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority {folder.name}")])
        self.file = folder / "authority.pem"
        certificate = self._sign(self._name, self._key, x509.BasicConstraints(ca=True, path_length=None))
        self.file.write_bytes(certificate)

    def certified(self, *names: str, valid_for: dt.timedelta = DAY) -> ssl.SSLContext:
        """Return a server's TLS context with a certificate for names; expired where `valid_for` is negative."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        file = self._folder / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + self._sign(subject, key, alternatives, valid_for))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extension: x509.ExtensionType,
        valid_for: dt.timedelta = DAY,
    ) -> bytes:
        now, own = dt.datetime.now(dt.UTC), isinstance(extension, x509.BasicConstraints)
        usage = x509.KeyUsage(
            digital_signature=not own,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=own,
            crl_sign=own,
            encipher_only=False,
            decipher_only=False,
        )
        # both key identifiers, which Python demands from 3.13 on (RFC 5280, sections 4.2.1.1 and 4.2.1.2)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * DAY)
            .not_valid_after(now + valid_for)
            .add_extension(extension, critical=own)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(authority, critical=False)
        )
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
