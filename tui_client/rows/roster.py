"""Who can read: every member, gateway and archive by name, from the verified MLS tree."""

from __future__ import annotations

from protocols.identity.names import Identity, Role
from tui_client import labels, safe_text
from tui_client.rows.heading import nation
from tui_client.safe_text import SafeText, Tone
from tui_client.words import Words

_GLYPHS: dict[Role, tuple[str, Tone]] = {
    Role.COMMAND: ("★", ""),
    Role.PARTICIPANT: ("●", ""),
    Role.OBSERVER: ("○", "quiet"),
    Role.AUDITOR: ("◇", "quiet"),
    Role.GATEWAY: ("⇄", "warn"),
    Role.ARCHIVE: ("▤", "warn"),
}


def row(member: Identity, words: Words, width: int, *, me: bool = False) -> SafeText:
    """Country, glyph, device, role; in wide rows the unit too.

    A gateway's and an archive's name says what it is, so a narrow row leaves their role out.
    """
    glyph, tone = _GLYPHS[member.role]
    name = safe_text.line(
        (member.name, tone or "strong"),
        ("@" + member.agency, "quiet"),
        (" " + words("roster.me") if me else "", "own"),
    )
    role = safe_text.text(labels.role(member.role, words), tone)
    head = safe_text.line((member.country, nation(member.country)), " ", (glyph, tone), " ")
    room = width - head.cells
    if width >= 44:
        unit = safe_text.text(member.unit, "quiet")
        return safe_text.line(
            head, safe_text.columns([(name, 22), (role, 12), (unit, max(0, room - 36))])
        ).cut(width)
    if member.role in (Role.GATEWAY, Role.ARCHIVE):
        return safe_text.line(head, name).cut(width)
    if me and name.cells + 1 + role.cells > room:
        name = safe_text.line((member.name, "own"), ("@" + member.agency, "quiet"))
    left = name.cut(max(8, room - 4))
    return safe_text.line(
        head, left, " ", role.cut(room - left.cells - 1).fit(room - left.cells - 1, "right")
    )
