"""The directory of key packages takes what can be used, and says what it took."""

from dataclasses import replace

import pytest

from protocols.mls import errors
from protocols.mls.directory import check_key_package, welcome_refs
from protocols.mls.policy import Policy
from protocols.mls.wire import encode_message


def test_what_is_told_of_a_key_package(trio, device, now):
    dave = device("dave")
    info = check_key_package(dave.bundle.key_package, trio.validator, now)
    assert (info.identity, info.suite, info.ref) == ("dave", 2, dave.bundle.ref)
    assert info.signature_key == dave.signer.public_key
    assert info.credential == dave.credential
    assert (info.not_before, info.not_after) == (now - 60, now + 86_400)
    assert not info.last_resort
    last = dave.publish(last_resort=True)
    assert check_key_package(last.key_package, trio.validator, now).last_resort


def test_what_cannot_be_used_is_refused(trio, device, now):
    dave = device("dave")
    package = dave.bundle.package
    cases = [
        (errors.ExpiredKeyPackage, dave.publish(now - 9, now - 1).key_package),
        (errors.LifetimeTooLong, dave.publish(now, now + 400 * 86_400).key_package),
        (errors.BadSignature, encode_message(replace(package, init_key=b"\x04" + bytes(64)))),
        (errors.BadKeyPackage, encode_message(replace(package, version=2))),
        (errors.UnsupportedSuite, encode_message(replace(package, cipher_suite=99))),
    ]
    for error, data in cases[:2] + cases[3:]:
        with pytest.raises(error):
            check_key_package(data, trio.validator, now)
    with pytest.raises(errors.InvalidKey):
        check_key_package(cases[2][1], trio.validator, now)
    endless = Policy(max_lifetime=None)
    assert check_key_package(cases[1][1], trio.validator, now, endless).identity == "dave"


def test_welcome_names_its_key_packages(trio, device, now):
    packages = [device("dave").bundle, device("erin").bundle]
    added = [one.key_package for one in packages]
    pending = trio["alice"].commit(now=now, add=added)
    assert welcome_refs(pending.welcome) == tuple(one.ref for one in packages)
