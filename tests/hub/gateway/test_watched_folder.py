"""A system leaves forms in a folder and finds forms in another."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from hub.gateway.adapter import Taken
from hub.gateway.counters import Count
from hub.gateway.watched_folder import AGAIN_AFTER, MAX_BYTES, QUEUE, FolderAdapter
from protocols.errors import ConfigurationError, WaitingFull
from protocols.formats.codec import Format
from protocols.messages.kinds import Alarm, Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.edges import RecordingEdge
from tests.hub.gateway.parties import DISPATCH, says

ALERT = (
    b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>C5-1</identifier>'
    b"<sender>c5.sonora.example</sender><sent>2026-10-25T00:00:00-07:00</sent>"
    b"<status>Actual</status><msgType>Alert</msgType><scope>Public</scope></alert>"
)


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[tuple[RecordingEdge, FolderAdapter, Path, Path]]:
    """An adapter that looks only when the test says so."""
    edge = RecordingEdge("cap")
    inbox, outbox = folder / "inbox", folder / "outbox"
    adapter = FolderAdapter(inbox, outbox, edge, every=3600)
    await adapter.start()
    yield edge, adapter, inbox, outbox
    await adapter.stop()


async def look_twice(adapter: FolderAdapter) -> None:
    await adapter.look()
    await adapter.look()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


async def test_a_whole_file_is_taken_once_and_moved(tmp_path: Path) -> None:
    async with watching(tmp_path) as (edge, adapter, inbox, _):
        (inbox / "form.txt").write_bytes(ALERT)
        await adapter.look()
        assert edge.taken == []  # it might still be written
        await adapter.look()
        ((message, source),) = edge.taken
        assert (message.kind, source) == ("alert", "form.txt")
        assert names(inbox) == []
        assert names(inbox / "done") == ["form.txt"]
        await look_twice(adapter)
        assert len(edge.taken) == 1
        assert adapter.port == 0


async def test_a_file_that_still_grows_is_left_alone(tmp_path: Path) -> None:
    async with watching(tmp_path) as (edge, adapter, inbox, _):
        path = inbox / "form.txt"
        for length in (40, 80, len(ALERT)):
            path.write_bytes(ALERT[:length])
            await adapter.look()
        assert edge.taken == []
        await adapter.look()
        assert len(edge.taken) == 1


async def test_a_refused_file_stands_with_its_reason_and_the_next_is_taken(tmp_path: Path) -> None:
    async with watching(tmp_path) as (edge, adapter, inbox, _):
        (inbox / "a.txt").write_bytes(b"<alert/>")
        (inbox / "b.txt").write_bytes(ALERT)
        await look_twice(adapter)
        assert [code for code, _ in edge.refused] == ["unsupported_version"]
        assert len(edge.taken) == 1
        assert names(inbox / "refused") == ["a.txt", "a.txt.why.txt"]
        assert (inbox / "refused" / "a.txt").read_bytes() == b"<alert/>"
        assert len((inbox / "refused" / "a.txt.why.txt").read_text()) > 20


async def test_a_file_that_crossed_before_a_crash_is_known_and_moved(tmp_path: Path) -> None:
    async with watching(tmp_path) as (edge, _, inbox, outbox):
        await edge.take(ALERT, "before the crash")
        again = FolderAdapter(inbox, outbox, edge)
        (inbox / "form.txt").write_bytes(ALERT)
        await look_twice(again)
        assert len(edge.taken) == 1
        assert names(inbox / "done") == ["form.txt"]


async def test_a_name_that_was_used_before_overwrites_nothing(tmp_path: Path) -> None:
    async with watching(tmp_path) as (_, adapter, inbox, _):
        for number in (b"C5-1", b"C5-2", b"C5-3"):
            (inbox / "form.txt").write_bytes(ALERT.replace(b"C5-1", number))
            await look_twice(adapter)
        assert names(inbox / "done") == ["form-1.txt", "form-2.txt", "form.txt"]


async def test_links_devices_folders_and_temporary_files_are_never_touched(tmp_path: Path) -> None:
    async with watching(tmp_path) as (edge, adapter, inbox, _):
        secret = tmp_path / "secret.txt"
        secret.write_bytes(ALERT)
        (inbox / "link.txt").symlink_to(secret)
        os.mkfifo(inbox / "pipe.txt")
        (inbox / "folder.txt").mkdir()
        for name in (".hidden.txt", "form.txt.tmp", "form.part", "~lock.txt", "form.txt~"):
            (inbox / name).write_bytes(ALERT)
        await look_twice(adapter)
        await look_twice(adapter)
        assert edge.taken == []
        assert edge.refused == []
        assert secret.exists()
        assert len(list(inbox.iterdir())) == 2 + 3 + 5


async def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    async with watching(tmp_path) as (edge, adapter, inbox, _):
        (inbox / "large.txt").write_bytes(b"x" * (MAX_BYTES + 1))
        await look_twice(adapter)
        ((code, kept),) = edge.refused
        assert code == "unsafe_document"
        assert len(kept) == MAX_BYTES
        assert "large.txt" in names(inbox / "refused")


async def test_what_our_side_cannot_take_stays_and_is_tried_again(tmp_path: Path) -> None:
    async with watching(tmp_path) as (edge, adapter, inbox, _):
        take, full = edge.take, [True]

        async def sometimes(document: bytes, source: str, format: Format | None = None) -> Taken:  # noqa: A002
            if full:
                raise WaitingFull(f"{full.pop()}")
            return await take(document, source, format)

        edge.take = sometimes  # type: ignore[method-assign]  # the queue is full once
        (inbox / "form.txt").write_bytes(ALERT)
        await look_twice(adapter)
        assert names(inbox) == ["form.txt"]
        for _ in range(AGAIN_AFTER + 1):
            await adapter.look()
        assert len(edge.taken) == 1
        assert names(inbox / "done") == ["form.txt"]


async def test_a_parcel_becomes_one_whole_file_with_a_name_of_ours(tmp_path: Path) -> None:
    async with watching(tmp_path) as (edge, adapter, _, outbox):
        parcel = edge.parcel(says(DISPATCH, Alarm(alarm_class="EMERGENCY", unit="../../etc")))
        adapter.deliver(parcel)
        adapter.deliver(parcel)
        await adapter.flush()
        (name,) = names(outbox)
        assert name.endswith(f"-{parcel.message.id}.txt")
        assert name[:15].replace("T", "").isdigit()
        assert (outbox / name).read_bytes() == parcel.data


async def test_the_adapter_works_by_itself_once_started(tmp_path: Path) -> None:
    edge = RecordingEdge("cap")
    adapter = FolderAdapter(tmp_path / "in", tmp_path / "out", edge, every=0.01)
    await adapter.start()
    (tmp_path / "in" / "form.txt").write_bytes(ALERT)
    adapter.deliver(edge.parcel(says(DISPATCH, Alarm(alarm_class="EMERGENCY"))))
    async with asyncio.timeout(10):
        while not edge.taken or not names(tmp_path / "out"):
            await asyncio.sleep(0.01)
    await adapter.stop()
    assert names(tmp_path / "in" / "done") in ([], ["form.txt"])


async def test_a_disk_that_refuses_costs_nothing_but_time(tmp_path: Path) -> None:
    async with watching(tmp_path) as (edge, adapter, inbox, outbox):
        parcel = edge.parcel(says(DISPATCH, Alarm(alarm_class="EMERGENCY")))
        outbox.rmdir()
        outbox.write_bytes(b"not a folder")
        (inbox / "done").rmdir()
        (inbox / "form.txt").write_bytes(ALERT)
        adapter.deliver(parcel)
        await adapter.flush()
        await look_twice(adapter)
        assert edge.counters[Count.ADAPTER_FAILURES] >= 1
        assert adapter.gauges()["outbox_waiting"] == 1
        outbox.unlink()
        outbox.mkdir()
        (inbox / "done").mkdir()
        await adapter.flush()
        await look_twice(adapter)
        assert len(names(outbox)) == 1
        assert names(inbox / "done") == ["form.txt"]
        assert len(edge.taken) == 1


async def test_the_oldest_parcel_gives_way_where_too_many_wait(tmp_path: Path) -> None:
    edge = RecordingEdge("cap")
    adapter = FolderAdapter(tmp_path / "in", tmp_path / "out", edge)
    parcel = edge.parcel(says(DISPATCH, Alarm(alarm_class="OTHER")))
    for number in range(QUEUE + 2):
        other = msgspec.structs.replace(parcel.message, id=f"01890000-0000-7000-8000-{number:012}")
        adapter.deliver(msgspec.structs.replace(parcel, message=other))
        adapter.deliver(msgspec.structs.replace(parcel, message=other))
    assert adapter.gauges()["outbox_waiting"] == QUEUE
    assert edge.counters[Count.NOT_SENT] == 2


async def test_a_form_crosses_and_one_of_ours_that_comes_back_does_not(tmp_path: Path) -> None:
    edge = RecordingEdge("ics-213")
    adapter = FolderAdapter(tmp_path / "in", tmp_path / "out", edge, every=3600)
    await adapter.start()
    said = says(DISPATCH, Text(text=LanguageText(text="Exit confirmed", language="en")))
    adapter.deliver(edge.parcel(said))
    adapter.deliver(edge.parcel(says(DISPATCH, Alarm(alarm_class="EMERGENCY"))))
    await adapter.flush()
    for path in (tmp_path / "out").iterdir():
        path.rename(tmp_path / "in" / path.name)
    form = "1. Incidente: Nogales\n3. De: C5\n7. Mensaje: Entrada localizada\n"
    (tmp_path / "in" / "c5.txt").write_text(form, encoding="utf-8")
    await look_twice(adapter)
    ((message, _),) = edge.taken
    assert isinstance(message.body, Text)
    assert message.originator is not None
    assert message.originator.unit == "C5"
    assert len(names(tmp_path / "in" / "done")) == 3
    await adapter.stop()


async def test_one_folder_for_both_ways_is_refused(tmp_path: Path) -> None:
    edge = RecordingEdge("cap")
    with pytest.raises(ConfigurationError):
        await FolderAdapter(tmp_path, tmp_path, edge).start()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError):
        await FolderAdapter(tmp_path / "file" / "in", tmp_path / "out", edge).start()
