"""A device is taken back: proven by its agency, in the log, out of the door."""

from __future__ import annotations

from hub.relay.effects import Disconnect
from protocols.clock import system_clock
from protocols.frames import Notice, Refusal
from protocols.identity import RevocationStatement, Role
from tests.hub.relay.playbook import Play, only, sent


async def test_a_revoked_device_is_told_and_disconnected(play: Play) -> None:
    unit, desk = play.member("unit"), play.member("desk", role=Role.COMMAND)
    await play.enter(unit)
    await play.enter(desk)
    done = await play.run(play.core.statement(2, play.statement(unit), system_clock()))
    assert only(done, 1, Notice).code == "revoked"
    assert Disconnect(1, "revoked") in done
    assert only(done, 2, Notice).code == "statement_taken"
    assert unit.name in play.state.roots.revoked


async def test_it_is_remembered_after_a_restart(play: Play) -> None:
    unit = play.member("unit")
    await play.run(play.core.statement(0, play.statement(unit), system_clock()))
    play.restart()
    assert unit.name in play.state.roots.revoked


async def test_a_statement_that_does_not_hold_is_refused(play: Play) -> None:
    unit = play.member("unit")
    body = play.statement(unit)
    for wrong in (b"", b"{}", body[:-5], body.replace(b'"', b"'", 1)):
        (frame,) = sent(play.core.statement(7, wrong, system_clock()), 7)
        assert isinstance(frame, Refusal)
        assert frame.code == "statement_refused"
    assert play.state.roots.revoked == {}


async def test_one_agency_cannot_revoke_anothers_device(play: Play) -> None:
    unit = play.member("unit", "mxgn")
    authority = play.authorities["uscbp"]
    statement = RevocationStatement(agency="uscbp", device=unit.name, at=unit.now())
    body = statement.sign(authority.issuing, authority.key)
    (frame,) = sent(play.core.statement(7, body, system_clock()), 7)
    assert frame.code == "statement_refused"


async def test_the_hub_proposes_removal_in_every_channel(play: Play) -> None:
    desk, unit = play.member("desk", role=Role.COMMAND), play.member("unit")
    await play.enter(desk)
    for channel in ("one", "two", "three"):
        await play.open_channel(desk, channel)
    for channel in ("one", "two"):
        await play.add(desk, unit, channel=channel)
    await play.run(play.core.statement(0, play.statement(unit), system_clock()))
    removals = {name: set(one.removals) for name, one in play.state.channels.items()}
    assert removals == {"one": {unit.name}, "two": {unit.name}, "three": set()}
