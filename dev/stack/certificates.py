"""A certificate for the servers of a stack, signed by an authority of its own."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from dev.stack.ports import LOOPBACK
from dev.stack.processes import give_to_unprivileged

AUTHORITY = "ca.pem"
CERTIFICATE = "server.pem"
KEY = "server.key"
VALID = timedelta(days=3650)


def write_certificates(directory: Path, *names: str) -> None:
    """Make an authority and a server's certificate: ``ca.pem``, ``server.pem`` and ``server.key``.

    The authority's own key is thrown away. A directory that exists is complete and stays as it is.

    :param directory: where the files are written.
    :param names: host names and addresses of the server; without any, the loopback address.
    """
    if directory.exists():
        return
    unfinished = directory.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = (
        _certificate("GenIMS local authority", "GenIMS local authority", authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _certificate("GenIMS local server", "GenIMS local authority", server_key)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names or (LOOPBACK,)]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    (unfinished / AUTHORITY).write_bytes(authority.public_bytes(Encoding.PEM))
    (unfinished / CERTIFICATE).write_bytes(server.public_bytes(Encoding.PEM))
    key = unfinished / KEY
    key.touch(mode=0o600)
    key.write_bytes(server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for path in (unfinished, *unfinished.iterdir()):
        give_to_unprivileged(path)
    unfinished.rename(directory)


def _certificate(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID)
    )


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
