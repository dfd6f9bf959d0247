"""Every stage is named as what it is; delivery is never acceptance."""

from __future__ import annotations

import msgspec
import pytest

from protocols.client.fates import Fate, FateState, RecipientFate
from protocols.frames import Stage
from tui_client.rows import fates
from tui_client.words import Words

EN = Words("en")


def fate(state: FateState, *stages: Stage, **values: object) -> Fate:
    recipients = tuple(RecipientFate(f"unit-{n}@x", stage) for n, stage in enumerate(stages))
    return Fate(
        message_id="m", channel="c", number=1, queued_at=0, state=state, recipients=recipients,
        **values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        (fate(FateState.QUEUED), "◌ queued"),
        (fate(FateState.SENT), "→ sent"),
        (fate(FateState.ON_DISK), "▣ on disk"),
        (fate(FateState.ON_DISK, Stage.ACCEPTED, Stage.ACCEPTED), "▣ on disk"),
        (fate(FateState.ON_DISK, Stage.FETCHED, Stage.ACCEPTED), "↓ delivered 1/2"),
        (fate(FateState.ON_DISK, Stage.DECRYPTED, Stage.FETCHED), "◐ opened 1/2"),
        (fate(FateState.ON_DISK, Stage.SHOWN, Stage.SHOWN), "● shown 2/2"),
        (fate(FateState.ON_DISK, Stage.ACKNOWLEDGED, Stage.SHOWN), "✓ ack’d unit-0"),
        (fate(FateState.ON_DISK, Stage.ACKNOWLEDGED, Stage.ACKNOWLEDGED), "✓ ack’d 2/2"),
        (fate(FateState.ON_DISK, Stage.FAILED, Stage.SHOWN), "✗ failed 1"),
        (fate(FateState.REFUSED, code="stale_epoch"), "✗ refused"),
        (fate(FateState.REPLACED), "↺ replaced"),
    ],
)
def test_one_glyph_one_word_and_a_count(known: Fate, shown: str) -> None:
    assert fates.short(known, EN).plain == shown


def test_details_name_every_recipient_with_its_reason() -> None:
    known = fate(FateState.ON_DISK, Stage.ACKNOWLEDGED, Stage.FAILED, seq=12, time=1)
    failed = msgspec.structs.replace(known.recipients[1], reason="offline")
    known = msgspec.structs.replace(known, recipients=(known.recipients[0], failed))
    text = "\n".join(row.plain for row in fates.details(known, Words("es"), 80))
    assert "#12" in text
    assert "unit-0@x" in text
    assert "equipo sin conexión" in text


def test_a_refusal_says_why_and_what_to_do() -> None:
    known = fate(FateState.REFUSED, code="x", detail="The epoch has passed.", remedy="Catch up.")
    text = "\n".join(row.plain for row in fates.details(known, EN, 80))
    assert "The epoch has passed. Catch up." in text


def test_rows_fit_and_name_the_message(nogales) -> None:
    model = nogales.model()
    for width in (32, 55):
        for known in model.fates():
            row = fates.row(known, fates.title_of(known, model, EN), EN, width)
            assert row.cells <= width
    gone = fate(FateState.QUEUED)
    assert fates.title_of(gone, model, EN).plain == "m"
