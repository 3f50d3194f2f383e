"""A certificate as people hand it in: a chain and a key in PEM, read and judged. Pure.

Whether it has run out is asked where there is a clock."""

import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

# With its key it must fit one message to the edge's HAProxy: 16 KiB.
CHAIN_BYTES_MAX = 11 * 1024
KEY_BYTES_MAX = 4 * 1024
CHAIN_MAX = 10
RSA_BITS_LEAST = 2048
NAMES_MAX = 100
_BLOCK = re.compile(r"-----BEGIN ([A-Z ]{1,40})-----[^-]+-----END \1-----")


class CertificateInvalid(ValueError):
    """A sentence for whoever sent it; never a part of a key. `field` says about which."""

    def __init__(self, message: str, *, field: str = "certificate") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """Of the first certificate of a chain. `chain` is in its normal form; `fingerprint` SHA-256 in
    hex. Names are in lower case."""

    chain: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    issuer: str
    fingerprint: str

    def covers(self, domain: str) -> bool:
        """By its own name, or by a wildcard in the place of its first label."""
        parent = domain.partition(".")[2]
        return domain in self.names or f"*.{parent}" in self.names


def read_chain(pem: str) -> CertificateFacts:
    """Raises CertificateInvalid."""
    first, *others = _certificates(pem)
    if len(others) >= CHAIN_MAX:
        raise CertificateInvalid(f"has more than {CHAIN_MAX} certificates")
    chain = "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in (first, *others))
    try:
        extension = first.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        names = []
    if not names or len(names) > NAMES_MAX:
        raise CertificateInvalid(f"must name 1 to {NAMES_MAX} hosts")
    return CertificateFacts(
        chain=chain,
        names=tuple(name.lower() for name in names),
        not_before=first.not_valid_before_utc,
        not_after=first.not_valid_after_utc,
        issuer=first.issuer.rfc4514_string()[:300],
        fingerprint=first.fingerprint(hashes.SHA256()).hex(),
    )


def split_pem(text: str) -> tuple[str, str]:
    """The certificates and the key of one text, in whatever order. Raises CertificateInvalid."""
    blocks = [(match.group(1), match.group(0)) for match in _BLOCK.finditer(text)]
    certificates = [block for kind, block in blocks if kind == "CERTIFICATE"]
    keys = [block for kind, block in blocks if kind.endswith("PRIVATE KEY")]
    if not certificates or len(keys) != 1:
        raise CertificateInvalid("must hold certificates and one private key in PEM")
    return "\n".join(certificates) + "\n", keys[0] + "\n"


def check_key(chain: str, key: str) -> None:
    """That the key is the first certificate's. Raises CertificateInvalid."""
    if len(key) > KEY_BYTES_MAX:
        raise _bad_key(f"is longer than {KEY_BYTES_MAX} bytes")
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _bad_key("is no unencrypted private key in PEM") from None
    if not isinstance(private, RSAPrivateKey | EllipticCurvePrivateKey):
        raise _bad_key("must be an RSA or an elliptic curve key")
    if isinstance(private, RSAPrivateKey) and private.key_size < RSA_BITS_LEAST:
        raise _bad_key(f"must have {RSA_BITS_LEAST} bits at least")
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    certificate = _certificates(chain)[0]
    try:
        ours = certificate.public_key().public_bytes(*form)
    except (ValueError, UnsupportedAlgorithm):
        raise _bad_key("is for a certificate of another kind") from None
    if private.public_key().public_bytes(*form) != ours:
        raise _bad_key("is not the key of the certificate")


def _bad_key(message: str) -> CertificateInvalid:
    return CertificateInvalid(message, field="key")


def _certificates(pem: str) -> list[x509.Certificate]:
    if len(pem) > CHAIN_BYTES_MAX:
        raise CertificateInvalid(f"is longer than {CHAIN_BYTES_MAX} bytes")
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise CertificateInvalid("is no certificate in PEM") from None
