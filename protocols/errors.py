"""Every error that one part of Crossband can hand to another, in one tree.

    CrossbandError
    ├── Refused                      what came cannot be taken; the connection lives on
    │   ├── FrameRefused             a frame that cannot be read or does not belong here
    │   │   ├── MalformedFrame
    │   │   ├── FrameTooLarge
    │   │   └── UnexpectedFrame
    │   ├── AccessRefused            readable, but not allowed
    │   │   ├── NotAMember
    │   │   ├── RoleRefused
    │   │   ├── PolicyRefused
    │   │   ├── UnknownChannel
    │   │   ├── ChannelExists
    │   │   ├── UnknownDevice
    │   │   ├── StatementRefused
    │   │   └── RateLimited
    │   ├── OrderRefused             allowed, but not now or not like this
    │   │   ├── StaleEpoch
    │   │   ├── EpochConflict
    │   │   ├── WelcomeMismatch
    │   │   ├── RemovalOutstanding
    │   │   ├── IdReused
    │   │   ├── HeaderRefused
    │   │   ├── AlreadyCrossed
    │   │   └── Expired
    │   ├── MLSError                 RFC 9420 says no (leaves in `protocols.mls.errors`)
    │   ├── MessageRefused           the canonical message breaks a rule of its own
    │   │   ├── ActMismatch
    │   │   ├── MalformedMessage
    │   │   └── IllegalTransition
    │   ├── RequestRefused           a line to `crossband mls-peer` that cannot be followed
    │   │   ├── MalformedRequest
    │   │   ├── UnknownOperation
    │   │   └── NotReady
    │   └── FormatRefused            a foreign document that cannot be read or written
    │       ├── MalformedDocument
    │       ├── UnsafeDocument
    │       ├── UnknownFormat
    │       ├── UnsupportedVersion
    │       ├── NotRepresentable
    │       ├── ExerciseUnsayable
    │       └── ProfileViolated
    ├── LoginRefused                 who you are is not proven; the connection is closed
    │   ├── BadCertificate
    │   ├── CertificateExpired
    │   ├── DeviceRevoked
    │   ├── BadLoginSignature
    │   ├── EnrolmentRefused
    │   ├── LoginTimeout
    │   └── TooManyConnections
    └── Trouble                      our side cannot do its work; nothing was acknowledged
        ├── ConfigurationError
        ├── PortInUse
        ├── KeyUnreadable
        ├── LinkDown
        ├── WaitingFull
        ├── DeliveryRefused
        ├── UnknownLetter
        ├── LetterCut
        ├── LogError                 the log on disk is not what it must be
        │   ├── LogDamaged
        │   └── LogVersion
        ├── StoreUnavailable
        │   ├── StoreClosed
        │   └── LogInUse
        ├── LocalStoreError
        ├── RecordWrong              an audit found what should not be
        │   ├── ProofWrong
        │   └── CheckpointWrong
        └── ExpectationFailed        a demonstration did not go as it must

An error is one sentence that says what happened, a `code` for programs (the class name in
snake case) and a `remedy` that says what to do. Refusals travel to the peer as frames; trouble
goes to the operator in full and to the peer only by its code.
"""

from __future__ import annotations

import re
from typing import ClassVar

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class CrossbandError(Exception):
    """Base of the tree.

    `detail` is one sentence about this case; `facts` are values a program may act on (for
    example `epoch` and `from_seq` of an epoch conflict).
    """

    remedy: ClassVar[str] = "Report this with the log; it should not happen."

    def __init__(self, detail: str = "", **facts: str | int) -> None:
        super().__init__(detail or (type(self).__doc__ or "").strip())
        self.facts: dict[str, str | int] = facts

    @property
    def code(self) -> str:
        """The class name in snake case: what programs and frames carry."""
        return _WORD.sub("_", type(self).__name__).lower()

    @property
    def detail(self) -> str:
        """The sentence that says what happened."""
        return str(self.args[0])


class Refused(CrossbandError):
    """What the other side sent cannot be taken."""

    remedy = "Correct the input and send it again."


# --- frames -------------------------------------------------------------------------------------


class FrameRefused(Refused):
    """A frame cannot be taken."""


class MalformedFrame(FrameRefused):
    """The frame does not follow its layout."""

    remedy = "Compare the frame with the table in protocols/frames.py."


class FrameTooLarge(FrameRefused):
    """The frame is larger than its kind may be."""

    remedy = "Send attachments in chunks; a message body may hold 64 KiB."


class UnexpectedFrame(FrameRefused):
    """The frame is known but does not belong at this point of the session."""

    remedy = "Log in first, and send only frames of the client's direction."


# --- access -------------------------------------------------------------------------------------


class AccessRefused(Refused):
    """This device may not do that."""


class NotAMember(AccessRefused):
    """The device is not a member of this channel."""

    remedy = "Ask a command device of an owning agency to add this device."


class RoleRefused(AccessRefused):
    """The device's role does not allow this."""

    remedy = "Ask a device with the role command to do it."


class PolicyRefused(AccessRefused):
    """The channel's policy does not allow this."""

    remedy = "Have the owning agencies change the policy, or use another channel."


class UnknownChannel(AccessRefused):
    """There is no channel of this name."""

    remedy = "Check the name, or create the channel first."


class ChannelExists(AccessRefused):
    """A channel of this name exists already."""

    remedy = "Choose another name, or ask to be added to the existing channel."


class UnknownDevice(AccessRefused):
    """The hub knows no key packages of this device."""

    remedy = "Let the device connect once so that it publishes its key packages."


class StatementRefused(AccessRefused):
    """The statement is not one that its agency signed."""

    remedy = "Have the agency issue the statement again with `crossband agency revoke`."


class RateLimited(AccessRefused):
    """This was asked too often."""

    remedy = "Wait as long as retry_after says and ask again."


# --- order --------------------------------------------------------------------------------------


class OrderRefused(Refused):
    """Allowed in itself, but not now or not like this."""


class StaleEpoch(OrderRefused):
    """The message was encrypted for an epoch that has passed."""

    remedy = "Catch up with the channel and encrypt the message again."


class EpochConflict(OrderRefused):
    """Another commit came first."""

    remedy = "Discard the commit, catch up from from_seq and build it again."


class WelcomeMismatch(OrderRefused):
    """The Welcome is not for exactly those whom the commit adds."""

    remedy = "Build the commit again and send the Welcome that came with it."


class RemovalOutstanding(OrderRefused):
    """The commit leaves out a removal that the hub has proposed."""

    remedy = "Catch up with the channel and commit every proposal of this epoch."


class IdReused(OrderRefused):
    """This message id was already used for another body."""

    remedy = "Give the new message a new id; the first one stands."


class HeaderRefused(OrderRefused):
    """The clear header cannot be read or contradicts its message."""

    remedy = "Write the header as protocols/header.py lays it out."


class AlreadyCrossed(OrderRefused):
    """A gateway has passed this document on before."""

    remedy = "Nothing is to be done: the first one stands."


class Expired(OrderRefused):
    """The message's own time limit had passed before it arrived."""

    remedy = "Send it again with a new id and a new limit if it still matters."


# --- MLS, messages, formats ---------------------------------------------------------------------


class MLSError(Refused):
    """RFC 9420 does not allow this input."""

    remedy = "Catch up with the channel; if it persists, rejoin it."


class RequestRefused(Refused):
    """A request to the MLS peer cannot be followed."""


class MalformedRequest(RequestRefused):
    """The line is not a request with the fields of its operation."""

    remedy = "Send one JSON object a line, with the fields that the operation takes."


class UnknownOperation(RequestRefused):
    """The peer has no operation of this name."""

    remedy = "Compare `op` with the operations that the peer offers."


class NotReady(RequestRefused):
    """The member lacks what the operation needs: a key package, a key or a group."""

    remedy = "Make a key package first, then create or join a group."


class MessageRefused(Refused):
    """The canonical message breaks a rule."""


class ActMismatch(MessageRefused):
    """The act in the clear header does not match the kind of message inside."""

    remedy = "Treat the message as refused and tell its sender."


class MalformedMessage(MessageRefused):
    """The canonical message does not follow its layout."""

    remedy = "Compare it with `crossband formats --json`; the path says where."


class IllegalTransition(MessageRefused):
    """The state machine has no such step from here."""

    remedy = "The message is kept and shown as refused; act on the state shown."


class FormatRefused(Refused):
    """A foreign document cannot be read or written."""


class MalformedDocument(FormatRefused):
    """The document does not follow its format."""

    remedy = "Correct the place named and send it again; the original is kept."


class UnsafeDocument(FormatRefused):
    """The document uses what no message here may use: entities, a DTD, excessive size or depth."""

    remedy = "Send it without document type, entities and links, below the limits named."


class UnknownFormat(FormatRefused):
    """There is no format of this name."""

    remedy = "Choose one that `crossband formats` lists."


class UnsupportedVersion(FormatRefused):
    """The document's version or namespace is not one we read."""

    remedy = "Send one of the versions that `crossband formats` lists."


class NotRepresentable(FormatRefused):
    """The target format has no honest way to say this."""

    remedy = "Choose another format, or send it as text."


class ExerciseUnsayable(FormatRefused):
    """The target format cannot say that this is not real, so it is not written."""

    remedy = "Wrap it in EDXL-DE, or use a format that can say exercise."


class ProfileViolated(FormatRefused):
    """The document breaks a rule of the profile that its readers demand."""

    remedy = "Add what the profile asks for, or write without the profile."


# --- login --------------------------------------------------------------------------------------


class LoginRefused(CrossbandError):
    """Who the other side is has not been proven."""

    remedy = "Check the device's certificate and its agency's root at the hub."


class BadCertificate(LoginRefused):
    """The certificate does not lead to a root that is pinned here."""

    remedy = "Have the agency's root pinned at the hub, or enrol the device again."


class CertificateExpired(LoginRefused):
    """The certificate is not valid at this time."""

    remedy = "Check the clock; then renew with `crossband agency renew`."


class DeviceRevoked(LoginRefused):
    """The device's agency has revoked it."""

    remedy = "Enrol the device again if the agency wants it back."


class BadLoginSignature(LoginRefused):
    """The answer to the hub's challenge is not signed by the certificate's key."""

    remedy = "Sign the challenge of this connection with this device's key."


class EnrolmentRefused(LoginRefused):
    """The enrolment code is unknown, used, expired or meant for another request."""

    remedy = "Ask the agency for a new code with `crossband agency enroll`."


class LoginTimeout(LoginRefused):
    """The login was not finished in time."""

    remedy = "Connect again and answer the challenge within ten seconds."


class TooManyConnections(LoginRefused):
    """This device has as many connections as it may have."""

    remedy = "Close one of the device's other connections."


# --- trouble ------------------------------------------------------------------------------------


class Trouble(CrossbandError):
    """Our side cannot do its work."""

    remedy = "See the process's log."


class ConfigurationError(Trouble):
    """The configuration cannot be used."""

    remedy = "Correct the line named in the configuration file."


class PortInUse(Trouble):
    """The address to listen on is taken."""

    remedy = "Stop the other process or choose another port."


class KeyUnreadable(Trouble):
    """The private key cannot be read."""

    remedy = "Check the file, its permissions and the passphrase."


class LinkDown(Trouble):
    """The other side cannot be reached."""

    remedy = "Nothing is lost: what is queued goes out when the link is back."


class WaitingFull(Trouble):
    """As much is waiting for the link as may wait here."""

    remedy = "Send it again when the link is back; what was taken before goes out by itself."


class DeliveryRefused(Trouble):
    """The system's own receiver does not take this document."""

    remedy = "Read its answer in the log, correct its address or token, and retry the letter."


class UnknownLetter(Trouble):
    """There is no dead letter of this name."""

    remedy = "List them with `crossband gateway letters`."


class LetterCut(Trouble):
    """Of an oversized document only the beginning was kept, so it cannot be tried again."""

    remedy = "Have the system send a smaller document; drop this letter."


class LogError(Trouble):
    """The log on disk is not what it must be."""

    remedy = "Stop the hub, keep the file as evidence, and restore the last backup."


class LogDamaged(LogError):
    """The log and its Merkle tree disagree, or the file is not a whole database."""


class LogVersion(LogError):
    """The file is not a log of this program, or one of another version."""

    remedy = "Open it with the version that wrote it, or name the right file."


class StoreUnavailable(Trouble):
    """The log cannot be written; nothing of this batch was acknowledged."""

    remedy = "Free space on the log's disk; senders will try again by themselves."


class LogInUse(StoreUnavailable):
    """Another process has this log open."""

    remedy = "Stop the other hub, or give this one a log of its own."


class StoreClosed(StoreUnavailable):
    """The store was closed before this batch was written."""

    remedy = "The hub is stopping; send it again when it is back."


class LocalStoreError(Trouble):
    """This device's own store cannot be opened or written."""

    remedy = "Check the folder's permissions and the passphrase."


class RecordWrong(Trouble):
    """An audit found something that should not be."""

    remedy = "Keep the file as evidence and compare it with a checkpoint held elsewhere."


class ProofWrong(RecordWrong):
    """A Merkle proof does not lead where it claims to."""


class CheckpointWrong(RecordWrong):
    """A checkpoint cannot be read, or its signature does not verify."""


class ExpectationFailed(Trouble):
    """The demonstration did not show what it must show."""

    remedy = "Run it again with --keep FOLDER and read the processes' logs there."
