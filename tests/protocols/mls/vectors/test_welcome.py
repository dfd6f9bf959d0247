"""Vectors welcome: secrets opened, GroupInfo opened, signature and confirmation tag verified."""

from protocols.mls import schedule
from protocols.mls.public_framing import key_package_ref
from protocols.mls.suites import suite
from protocols.mls.wire import GroupSecrets, KeyPackage, Welcome, expect


def test_welcome(vectors, suite_id):
    chosen = suite(suite_id)
    for vector in vectors("welcome", suite_id):
        package = expect(vector["key_package"], KeyPackage)
        welcome = expect(vector["welcome"], Welcome)
        reference = key_package_ref(chosen, package.encoded)
        (entry,) = (one for one in welcome.secrets if one.new_member == reference)
        sealed = entry.encrypted_group_secrets
        pair = chosen.kem.load_private(vector["init_priv"])
        assert pair.public == package.init_key
        secrets = GroupSecrets.decode(
            chosen.decrypt_with_label(
                pair, b"Welcome", welcome.encrypted_group_info, sealed.kem_output, sealed.ciphertext
            )
        )
        assert secrets.psks == ()
        zero = bytes(chosen.hash_size)
        opener = schedule.welcome_secret(chosen, secrets.joiner_secret, zero)
        info = schedule.open_group_info(chosen, opener, welcome.encrypted_group_info)
        chosen.verify_with_label(
            vector["signer_pub"], b"GroupInfoTBS", info.to_be_signed, info.signature
        )
        context = info.group_context
        derived = schedule.derive(chosen, secrets.joiner_secret, zero, context.encoded)
        tag = chosen.mac(derived.confirmation_key, context.confirmed_transcript_hash)
        assert tag == info.confirmation_tag
