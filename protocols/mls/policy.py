"""What a group allows beyond the RFC's rules; the defaults are the product's."""

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Policy:
    """Choices that RFC 9420 leaves to the application.

    allow_external_join   take external commits that replace no leaf of the same identity
    external_proposals    proposal types that external senders may send: 1 Add, 3 Remove, ...
    max_lifetime          longest lifetime of a key package, in seconds; None for no limit
    past_epochs           how many epochs back messages can still be decrypted
    skip                  how many generations a message may lie ahead of its ratchet
    window                how many skipped message keys a ratchet keeps
    commit_before_data    refuse to encrypt while received proposals are uncommitted (12.4)
    """

    allow_external_join: bool = False
    external_proposals: frozenset[int] = frozenset({3})
    max_lifetime: int | None = 92 * DAY
    past_epochs: int = 3
    skip: int = 1024
    window: int = 256
    commit_before_data: bool = False


DEFAULT_POLICY = Policy()
