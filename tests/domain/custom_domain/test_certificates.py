"""Certificates as people hand them in: which are taken, which are not and why, what is recorded."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from shared.domain.custom_domain.aggregate import CUSTOM_DOMAIN
from shared.domain.custom_domain.certificate import (
    CertificateInvalid,
    check_key,
    read_chain,
    split_pem,
)
from shared.domain.custom_domain.commands import RemoveCertificate, SetCertificate
from shared.domain.custom_domain.events import CertificateRemoved, CertificateSet
from shared.domain.rejections import Invalid, NotFound
from shared.kernel.secrets import PlainText, SecretRef
from tests.support.certificates import Made, certificate
from tests.support.given import PROJECT_ID, given

SERVICE, SHOP = "0c" * 12, "shop.example"
PLACE = {"service_id": SERVICE, "project_id": PROJECT_ID, "domain": SHOP}
REMOVE = RemoveCertificate(**PLACE)
REF = SecretRef(secret_id="0d" * 12, mac="ab" * 32)


def setting(made: Made, key: PlainText | SecretRef = REF) -> SetCertificate:
    return SetCertificate(**PLACE, chain=made.chain, key=key)


def was_set(made: Made) -> CertificateSet:
    read = read_chain(made.chain)
    return CertificateSet(
        **PLACE,
        chain=read.chain,
        key=REF,
        names=read.names,
        not_before=read.not_before,
        not_after=read.not_after,
        issuer=read.issuer,
        fingerprint=read.fingerprint,
    )


def test_one_is_recorded_with_its_names_and_end_and_again_leaves_no_trace() -> None:
    made = certificate(SHOP, "www.shop.example", days=9)
    given().when(setting(made)).then(was_set(made))
    given(was_set(made)).when(setting(made)).then_nothing_happened()
    another_key = replace(REF, mac="cd" * 32)
    assert given(was_set(made)).when(setting(made, another_key)).answer != ()


@pytest.mark.parametrize("names", [("*.example",), ("SHOP.example",), ("a.example", SHOP)])
def test_a_wildcard_of_the_first_label_and_any_of_its_names_cover_it(names: tuple[str]) -> None:
    assert isinstance(given().when(setting(certificate(*names))).answer, tuple)


@pytest.mark.parametrize("names", [("other.example",), ("*.shop.example",), ("*",), ("example",)])
def test_one_for_other_hosts_is_refused(names: tuple[str]) -> None:
    given().when(setting(certificate(*names))).then_rejected(Invalid, field="certificate")


@pytest.mark.parametrize("text", ["", "no PEM", "-----BEGIN CERTIFICATE-----\nMIIB\n"])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    command = replace(setting(certificate(SHOP)), chain=text)
    given().when(command).then_rejected(Invalid, field="certificate")


def test_one_without_a_name_and_one_that_is_too_long_are_refused() -> None:
    given().when(setting(certificate())).then_rejected(Invalid, field="certificate")
    long = replace(setting(certificate(SHOP)), chain=certificate(SHOP).chain * 100)
    given().when(long).then_rejected(Invalid, field="certificate")


def test_a_key_in_the_clear_is_checked_before_it_is_sealed() -> None:
    made, other = certificate(SHOP), certificate(SHOP)
    fitting = setting(made, PlainText(text=made.key))
    assert CUSTOM_DOMAIN.unsealable(fitting) is None
    wrong = CUSTOM_DOMAIN.unsealable(setting(made, PlainText(text=other.key)))
    assert wrong == Invalid(field="key", message="is not the key of the certificate")
    ((owner, _, text),) = CUSTOM_DOMAIN.secrets(fitting, CUSTOM_DOMAIN.initial)
    assert (owner, text) == (SERVICE, fitting.key)


def test_keys_that_a_server_cannot_use_are_refused_without_being_repeated() -> None:
    made = certificate(SHOP)
    clear = (Encoding.PEM, PrivateFormat.PKCS8)
    locked = load_pem_private_key(made.key.encode(), password=None).private_bytes(
        *clear, BestAvailableEncryption(b"x")
    )
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the point: it is refused
    short = weak.private_bytes(*clear, NoEncryption())
    edwards = ed25519.Ed25519PrivateKey.generate().private_bytes(*clear, NoEncryption())
    for key in (locked, short, edwards, b"no key", b"A" * 5000):
        with pytest.raises(CertificateInvalid) as refused:
            check_key(made.chain, key.decode())
        assert refused.value.field == "key"
        assert key.decode().splitlines()[-1][:20] not in str(refused.value)


def test_a_removal_ends_it_and_what_is_not_there_is_not_found() -> None:
    made = certificate(SHOP)
    removed = CertificateRemoved(**PLACE)
    given(was_set(made)).when(REMOVE).then(removed)
    given(was_set(made), removed).when(REMOVE).then_rejected(NotFound, kind="certificate")
    other = replace(REMOVE, domain="other.example")
    given(was_set(made)).when(other).then_rejected(NotFound, kind="certificate")


def test_a_file_is_split_into_its_chain_and_its_key_in_any_order() -> None:
    made, issuer = certificate(SHOP), certificate("Issuer")
    for text in (
        made.chain + issuer.chain + made.key,
        f"{made.key}\nsome words\n\n{made.chain}\r\n{issuer.chain}",
    ):
        chain, key = split_pem(text)
        assert read_chain(chain).names == (SHOP,)
        assert chain.count("BEGIN CERTIFICATE") == 2
        check_key(chain, key)
    for text in ("", made.chain, made.key, made.chain + made.key + made.key):
        with pytest.raises(CertificateInvalid):
            split_pem(text)
