"""Credentials: basic ones are taken at their word only where that is allowed."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from protocols.mls.credentials import (
    BasicValidator,
    X509Validator,
    basic,
    chain_of,
    x509_credential,
)
from protocols.mls.errors import CredentialRefused
from protocols.mls.group import Group, new_key_package
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import encode_signature_key

START = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


def issue(name, issuer=None, *, ca=False, days=7, path_length=None, sign_certs=True):
    """(key, certificate) issued by (key, certificate), or self-signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signing, above = (key, subject) if issuer is None else (issuer[0], issuer[1].subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(START + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca, path_length if ca else None), critical=True)
    )
    if ca:
        usage = [False] * 9
        usage[5] = sign_certs
        builder = builder.add_extension(x509.KeyUsage(*usage), critical=True)
    return key, builder.sign(signing, hashes.SHA256())


def der(pair):
    return pair[1].public_bytes(serialization.Encoding.DER)


@pytest.fixture
def root():
    return issue("USBP root", ca=True, days=365)


def validator(root, days=1):
    moment = (START + dt.timedelta(days=days)).timestamp()
    return X509Validator([der(root)], lambda: moment)


def check(chain, by):
    key = encode_signature_key(chain[0][0].public_key())
    return by.validate(x509_credential([der(one) for one in chain]), key)


def test_a_chain_to_a_pinned_root_names_the_device(root):
    middle = issue("USBP issuing", root, ca=True, days=90, path_length=0)
    device = issue("usbp/nogales/unit-7", middle)
    assert check([device, middle], validator(root)) == "usbp/nogales/unit-7"
    assert check([device, middle, root], validator(root)) == "usbp/nogales/unit-7"
    assert check([issue("direct", root)], validator(root)) == "direct"


def test_chains_that_do_not_hold_are_refused(root):
    other_root = issue("USBP root", ca=True)
    middle = issue("issuing", root, ca=True, path_length=0)
    deeper = issue("too deep", middle, ca=True)
    no_ca = issue("no authority", root)
    no_signer = issue("may not sign", root, ca=True, sign_certs=False)
    by = validator(root)
    for chain in (
        [issue("stranger", other_root)],
        [issue("self-signed")],
        [issue("below", deeper), deeper, middle],
        [issue("below", no_ca), no_ca],
        [issue("below", no_signer), no_signer],
        [issue("device", root), middle],
    ):
        with pytest.raises(CredentialRefused):
            check(chain, by)


def test_validity_is_that_of_the_moment(root):
    device = issue("device", root, days=7)
    with pytest.raises(CredentialRefused, match="not valid at this time"):
        check([device], validator(root, days=8))
    with pytest.raises(CredentialRefused, match="not valid at this time"):
        check([device], validator(root, days=-1))


def test_the_key_must_be_the_certificates(root):
    credential = x509_credential([der(issue("device", root))])
    with pytest.raises(CredentialRefused, match="another key"):
        validator(root).validate(credential, encode_signature_key(root[0].public_key()))


def test_credentials_of_the_other_kind_are_refused(root):
    with pytest.raises(CredentialRefused):
        validator(root).validate(basic("alice"), b"")
    with pytest.raises(CredentialRefused):
        validator(root).validate(x509_credential([]), b"")
    with pytest.raises(CredentialRefused):
        validator(root).validate(x509_credential([b"no certificate"]), b"")
    with pytest.raises(CredentialRefused):
        BasicValidator().validate(x509_credential([der(root)]), b"")


def test_basic_identities_are_text():
    assert BasicValidator().validate(basic("Mädchen 7"), b"") == "Mädchen 7"
    assert BasicValidator().validate(basic(b"\xff"), b"") == "\\xff"
    assert chain_of(x509_credential([b"a", b"b"])) == (b"a", b"b")


def test_a_group_of_x509_members(root, now):

    by = validator(root)

    def member(name):
        key, certificate = issue(name, root)
        scalar = key.private_numbers().private_value.to_bytes(32, "big")
        return SoftwareSigner("p256", scalar), x509_credential([der((key, certificate))])

    signer, credential = member("unit-7")
    alice = Group.create(b"x", 2, signer, credential, validator=by, now=now)
    other, theirs = member("unit-8")
    bundle = new_key_package(2, other, theirs, not_before=now, not_after=now + 60)
    pending = alice.commit(now=now, add=[bundle.key_package])
    alice.merge_pending()
    bob = Group.join(pending.welcome, bundle, other, validator=by, now=now)
    assert [member.identity for member in bob.members()] == ["unit-7", "unit-8"]
    assert bob.decrypt(alice.encrypt(b"x")).sender_identity == "unit-7"
