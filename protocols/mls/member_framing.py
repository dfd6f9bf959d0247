"""Signing what a member says, and framing it for everybody or for the group alone."""

from protocols.mls.epoch import Epoch
from protocols.mls.handshake import Proposal
from protocols.mls.private_framing import protect
from protocols.mls.public_framing import public_message, sign_framed
from protocols.mls.signer import Signer
from protocols.mls.wire import (
    PUBLIC_MESSAGE,
    ApplicationData,
    AuthenticatedContent,
    FramedContent,
    FramedContentAuthData,
    MemberSender,
)


def sign_content(
    epoch: Epoch,
    signer: Signer,
    wire_format: int,
    content: Proposal | ApplicationData,
    aad: bytes = b"",
) -> AuthenticatedContent:
    """A proposal or application data, signed by this member in this epoch."""
    context = epoch.public.state.context
    sender = MemberSender(epoch.own_leaf)
    framed = FramedContent(context.group_id, context.epoch, sender, aad, content)
    signature = sign_framed(wire_format, framed, context.encoded, signer)
    return AuthenticatedContent(wire_format, framed, FramedContentAuthData(signature))


def frame(epoch: Epoch, message: AuthenticatedContent, padding_class: int = 0) -> bytes:
    """The MLSMessage of a signed content, tagged or encrypted as it was signed for.

    A PrivateMessage consumes the member's next key.
    """
    state, secrets = epoch.public.state, epoch.secrets
    if message.wire_format == PUBLIC_MESSAGE:
        return public_message(state.suite, message, state.context.encoded, secrets.membership_key)
    return protect(
        state.suite, message, epoch.secret_tree, secrets.sender_data_secret, padding_class
    )
