"""A fate only goes forward, and knows when nothing more is to be waited for."""

from __future__ import annotations

from protocols.client.fates import Fate, FateState, RecipientFate
from protocols.frames import LedgerRow, Stage


def fate(state: FateState, *recipients: RecipientFate) -> Fate:
    return Fate(
        message_id="m", channel="x", number=1, queued_at=0, state=state, recipients=recipients
    )


def test_rows_move_recipients_forward_only() -> None:
    start = fate(FateState.ON_DISK, RecipientFate("a"), RecipientFate("b"))
    ahead = start.with_rows([LedgerRow("a", Stage.DECRYPTED, "", 2)])
    back = ahead.with_rows([LedgerRow("a", Stage.FETCHED, "", 3)])
    assert back == ahead
    assert ahead.recipients[0] == RecipientFate("a", Stage.DECRYPTED, "", 2)


def test_reasons_change_while_a_stage_stands() -> None:
    start = fate(FateState.ON_DISK, RecipientFate("a"))
    offline = start.with_rows([LedgerRow("a", Stage.ACCEPTED, "offline", 2)])
    assert offline.recipients[0].reason == "offline"


def test_a_failure_is_news_and_so_is_a_late_success() -> None:
    start = fate(FateState.ON_DISK, RecipientFate("a", Stage.FETCHED))
    failed = start.with_rows([LedgerRow("a", Stage.FAILED, "role_refused", 2)])
    assert failed.recipients[0].stage is Stage.FAILED
    assert failed.with_rows([LedgerRow("a", Stage.FETCHED, "", 3)]) == failed
    late = failed.with_rows([LedgerRow("a", Stage.DECRYPTED, "", 3)])
    assert late.recipients[0].stage is Stage.DECRYPTED


def test_reached() -> None:
    recipients = (RecipientFate("a", Stage.SHOWN), RecipientFate("b", Stage.FAILED))
    assert fate(FateState.ON_DISK, *recipients).reached(Stage.SHOWN)
    assert not fate(FateState.ON_DISK, RecipientFate("a")).reached(Stage.FETCHED)
    assert not fate(FateState.SENT).reached(Stage.ACCEPTED)
    assert fate(FateState.ON_DISK, RecipientFate("a")).reached(Stage.ACCEPTED)
    assert fate(FateState.REFUSED, RecipientFate("a")).reached(Stage.ACKNOWLEDGED)
    assert fate(FateState.REPLACED).reached(Stage.ACKNOWLEDGED)
