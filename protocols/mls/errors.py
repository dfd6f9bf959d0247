"""One named refusal for each reason RFC 9420 gives to say no.

MLSError
├── MalformedMLS                 the bytes do not follow the RFC's presentation language
│   ├── Truncated · TrailingBytes · NotMinimalVector · BadPadding · UnknownValue
│   ├── UnknownProposal · UnknownCredential · UnknownWireFormat · DuplicateExtension
├── CryptographyRefused          a signature, tag, key or ciphertext does not hold
│   ├── EmptySignature · BadSignature · BadMembershipTag · BadConfirmationTag
│   ├── BadCiphertext · InvalidKey · UnsupportedSuite
├── TreeRefused                  the ratchet tree is not what it must be
│   ├── MalformedTree · BadTreeHash · BadParentHash · BadUpdatePath · DuplicateKey
├── LeafRefused                  a leaf node or key package may not enter the group
│   ├── ExpiredKeyPackage · LifetimeTooLong · BadLeafSource · MissingCapability
│   ├── CredentialRefused · DuplicateMember · IdentityChanged · BadKeyPackage
├── ProposalRefused              a proposal or a list of them breaks a rule of section 12
│   ├── UnknownReference · UnauthorizedProposal · InvalidProposalList · PathRequired
│   ├── MissingPsk · ExternalCommitRefused · UnsupportedOperation
├── SequenceRefused              right in itself, but not here or not now
│   ├── WrongGroup · WrongEpoch · EpochTooOld · ReplayedGeneration · GenerationTooFar
│   ├── OwnMessage · UnknownSender · UnexpectedContent · RemovedFromGroup
│   ├── NothingPending · StaleStage · ProposalsPending
├── WelcomeRefused               a Welcome that is not for this client, or does not hold
│   ├── NotForThisClient · MissingTree
└── GroupInfoMismatch            a GroupInfo that does not describe the state computed here
"""

from protocols.errors import MLSError

__all__ = ["MLSError"]


# --- the bytes ----------------------------------------------------------------------------------


class MalformedMLS(MLSError):
    """The bytes do not follow the structures of RFC 9420."""

    remedy = "Have the sender's software checked; the message cannot be used."


class Truncated(MalformedMLS):
    """The bytes end inside a structure."""


class TrailingBytes(MalformedMLS):
    """Bytes are left over after the structure has ended."""


class NotMinimalVector(MalformedMLS):
    """A vector length is not encoded in the fewest bytes (RFC 9420 section 2.1.2)."""


class BadPadding(MalformedMLS):
    """The padding of a private message holds something other than zeros."""


class UnknownValue(MalformedMLS):
    """An enumerated field holds a value that RFC 9420 does not define there."""


class UnknownProposal(MalformedMLS):
    """The proposal type is not one that this group can process."""


class UnknownCredential(MalformedMLS):
    """The credential type is neither basic nor x509."""


class UnknownWireFormat(MalformedMLS):
    """The wire format or protocol version of the message is not one of RFC 9420."""


class DuplicateExtension(MalformedMLS):
    """A list of extensions holds two of the same type."""


# --- cryptography -------------------------------------------------------------------------------


class CryptographyRefused(MLSError):
    """A signature, tag, key or ciphertext does not hold."""


class EmptySignature(CryptographyRefused):
    """The signature is empty; an empty signature is never valid."""


class BadSignature(CryptographyRefused):
    """The signature was not made by the named key over this content."""


class BadMembershipTag(CryptographyRefused):
    """The membership tag was not made with this epoch's membership key."""


class BadConfirmationTag(CryptographyRefused):
    """The confirmation tag does not confirm the state that this commit leads to."""


class BadCiphertext(CryptographyRefused):
    """The ciphertext does not open under the key that it must have been made for."""


class InvalidKey(CryptographyRefused):
    """The bytes are not a key of this cipher suite."""


class UnsupportedSuite(CryptographyRefused):
    """The cipher suite is not supported here, or not the group's."""

    remedy = "Use one of the suites that this program lists as supported."


# --- the tree -----------------------------------------------------------------------------------


class TreeRefused(MLSError):
    """The ratchet tree is not what it must be."""


class MalformedTree(TreeRefused):
    """The ratchet tree's nodes do not form a tree of RFC 9420 section 12.4.3.3."""


class BadTreeHash(TreeRefused):
    """The ratchet tree does not have the tree hash of the group context."""


class BadParentHash(TreeRefused):
    """A parent node is not covered by exactly one chain of parent hashes."""


class BadUpdatePath(TreeRefused):
    """The update path does not fit the committer's filtered direct path."""


class DuplicateKey(TreeRefused):
    """Two nodes of the tree would hold the same encryption or signature key."""


# --- leaves and key packages --------------------------------------------------------------------


class LeafRefused(MLSError):
    """A leaf node or key package may not enter the group."""

    remedy = "Have the device publish new key packages and add it again."


class ExpiredKeyPackage(LeafRefused):
    """The key package is not valid at this time."""


class LifetimeTooLong(LeafRefused):
    """The key package claims a longer lifetime than the policy accepts."""


class BadLeafSource(LeafRefused):
    """The leaf node's source does not fit the place where it appears."""


class MissingCapability(LeafRefused):
    """A member does not support something that the group or the leaf itself uses."""


class CredentialRefused(LeafRefused):
    """The credential does not prove an identity that is accepted here."""

    remedy = "Check the device's certificate and the roots that are pinned here."


class DuplicateMember(LeafRefused):
    """A member of this identity is in the group already."""

    remedy = "Remove the old leaf of this device in the same commit."


class IdentityChanged(LeafRefused):
    """The new leaf node names another identity than the leaf that it replaces."""


class BadKeyPackage(LeafRefused):
    """The key package does not fit the group or contradicts itself."""


# --- proposals ----------------------------------------------------------------------------------


class ProposalRefused(MLSError):
    """A proposal, or a list of them, breaks a rule of RFC 9420 section 12."""


class UnknownReference(ProposalRefused):
    """The commit refers to a proposal that was not received in this epoch."""

    remedy = "Catch up with the channel: a proposal precedes the commit that refers to it."


class UnauthorizedProposal(ProposalRefused):
    """This sender may not propose that."""


class InvalidProposalList(ProposalRefused):
    """The committed proposals contradict each other (RFC 9420 section 12.2)."""


class PathRequired(ProposalRefused):
    """The commit needs an update path and has none."""


class MissingPsk(ProposalRefused):
    """A pre-shared key that the commit or Welcome names is not held here."""

    remedy = "Register the pre-shared key, then process the message again."


class ExternalCommitRefused(ProposalRefused):
    """The external commit does not replace an old leaf of the same identity."""

    remedy = "Rejoin with resync, or be added by a member."


class UnsupportedOperation(ProposalRefused):
    """The proposal is defined by RFC 9420, but this product does not perform it."""


# --- sequence -----------------------------------------------------------------------------------


class SequenceRefused(MLSError):
    """The message may be right in itself, but not here or not now."""

    remedy = "Catch up with the channel and try again."


class WrongGroup(SequenceRefused):
    """The message belongs to another group."""


class WrongEpoch(SequenceRefused):
    """The message belongs to another epoch."""


class EpochTooOld(SequenceRefused):
    """The keys of the message's epoch have been deleted."""

    remedy = "Ask the sender to send it again; old epochs cannot be opened any more."


class ReplayedGeneration(SequenceRefused):
    """The key of this generation was used, or dropped from the window, and is gone."""

    remedy = "Nothing to do if the message was read before; otherwise ask for it again."


class GenerationTooFar(SequenceRefused):
    """The generation lies further ahead than the ratchet may skip."""


class OwnMessage(SequenceRefused):
    """The message was sent by this member itself."""

    remedy = "Merge or discard the pending commit instead; own messages are not decrypted."


class UnknownSender(SequenceRefused):
    """The message names a sender that the group does not have."""


class UnexpectedContent(SequenceRefused):
    """The message's content or sender type does not belong in this place."""


class RemovedFromGroup(SequenceRefused):
    """This member has been removed from the group."""

    remedy = "Ask a member to add this device again."


class NothingPending(SequenceRefused):
    """There is no pending commit to merge or discard."""


class StaleStage(SequenceRefused):
    """The staged commit was made from another state than the present one."""


class ProposalsPending(SequenceRefused):
    """Proposals were received in this epoch: they must be committed before data is sent."""

    remedy = "Commit the pending proposals, then send."


# --- welcome and group info ---------------------------------------------------------------------


class WelcomeRefused(MLSError):
    """The Welcome cannot be used to join."""

    remedy = "Ask the member who added this device to add it again."


class NotForThisClient(WelcomeRefused):
    """The Welcome names none of this client's key packages."""


class MissingTree(WelcomeRefused):
    """The ratchet tree is neither in the message nor supplied beside it."""


class GroupInfoMismatch(MLSError):
    """The GroupInfo does not describe the state that the commit leads to."""

    remedy = "Build the commit again; its GroupInfo must come from the same commit."
