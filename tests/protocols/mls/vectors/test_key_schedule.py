"""Vectors key-schedule and psk_secret: every secret of a chain of epochs."""

from protocols.mls import schedule
from protocols.mls.suites import suite
from protocols.mls.wire import ExternalPsk, GroupContext, PreSharedKeyID

NAMES = (
    "init_secret",
    "sender_data_secret",
    "exporter_secret",
    "epoch_authenticator",
    "external_secret",
    "membership_key",
    "resumption_psk",
)


def test_key_schedule(vectors, suite_id):
    chosen = suite(suite_id)
    for vector in vectors("key-schedule", suite_id):
        init_secret = vector["initial_init_secret"]
        for number, epoch in enumerate(vector["epochs"]):
            context = GroupContext(
                1,
                suite_id,
                vector["group_id"],
                number,
                epoch["tree_hash"],
                epoch["confirmed_transcript_hash"],
                (),
            ).encoded
            assert context == epoch["group_context"]
            joiner = schedule.joiner_secret(chosen, init_secret, epoch["commit_secret"], context)
            assert joiner == epoch["joiner_secret"]
            derived = schedule.derive(chosen, joiner, epoch["psk_secret"], context)
            assert derived.welcome_secret == epoch["welcome_secret"]
            assert derived.encryption_secret == epoch["encryption_secret"]
            assert derived.confirmation_key == epoch["confirmation_key"]
            for name in NAMES:
                assert getattr(derived.secrets, name) == epoch[name], name
            pair = schedule.external_key_pair(chosen, derived.secrets.external_secret)
            assert pair.public == epoch["external_pub"]
            one = epoch["exporter"]
            exported = schedule.export(
                chosen,
                derived.secrets.exporter_secret,
                one["label"].encode(),
                one["context"],
                one["length"],
            )
            assert exported == one["secret"]
            init_secret = derived.secrets.init_secret


def test_psk_secret(vectors, suite_id):
    for vector in vectors("psk_secret", suite_id):
        psks = [
            (PreSharedKeyID(ExternalPsk(one["psk_id"]), one["psk_nonce"]), one["psk"])
            for one in vector["psks"]
        ]
        assert schedule.psk_secret(suite(suite_id), psks) == vector["psk_secret"]
