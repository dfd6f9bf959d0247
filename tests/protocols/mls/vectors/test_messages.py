"""Vectors messages: every structure decoded, rebuilt from its fields, and encoded again."""

import dataclasses

from protocols.mls import wire
from protocols.mls.codec import Struct, struct

CODECS = {
    "ratchet_tree": wire.RATCHET_TREE_NODES,
    "group_secrets": struct(wire.GroupSecrets),
    "add_proposal": struct(wire.Add),
    "update_proposal": struct(wire.Update),
    "remove_proposal": struct(wire.Remove),
    "pre_shared_key_proposal": struct(wire.PreSharedKey),
    "re_init_proposal": struct(wire.ReInit),
    "external_init_proposal": struct(wire.ExternalInit),
    "group_context_extensions_proposal": struct(wire.GroupContextExtensions),
    "commit": struct(wire.Commit),
}


def rebuilt(value):
    """The same value without the bytes it was decoded from, so that it must be encoded anew."""
    if isinstance(value, tuple):
        return tuple(map(rebuilt, value))
    if isinstance(value, Struct):
        fields = dataclasses.fields(value)
        return type(value)(*(rebuilt(getattr(value, field.name)) for field in fields))
    return value


def test_messages(vectors):
    for vector in vectors("messages"):
        for name, data in vector.items():
            codec = CODECS.get(name, struct(wire.MLSMessage))
            value = codec.decode(data)
            assert codec.write(rebuilt(value)) == data, name
            assert rebuilt(value) == value


def test_each_message_is_of_its_kind(vectors):
    kinds = {
        "mls_welcome": wire.Welcome,
        "mls_group_info": wire.GroupInfo,
        "mls_key_package": wire.KeyPackage,
        "public_message_application": wire.PublicMessage,
        "public_message_proposal": wire.PublicMessage,
        "public_message_commit": wire.PublicMessage,
        "private_message": wire.PrivateMessage,
    }
    for vector in vectors("messages"):
        for name, kind in kinds.items():
            assert isinstance(wire.decode_message(vector[name]).body, kind)
