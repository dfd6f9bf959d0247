"""One incident: states of each side and shared, place, situation, needs, help, head counts."""

from __future__ import annotations

from collections.abc import Iterable

from protocols.clock import to_datetime, to_microseconds
from protocols.codes import language_of
from protocols.messages.kinds import IncidentOpen, IncidentSitrep, IncidentState, IncidentUpdate
from protocols.messages.machines.assistance import AssistState
from protocols.messages.records import AssistRecord, IncidentRecord, ParRecord
from protocols.messages.render import point_words
from protocols.messages.values import LanguageText, Location
from tui_client import labels, moments, safe_text
from tui_client.keys import Keymap
from tui_client.model import Model
from tui_client.room import Entry, Room
from tui_client.rows.heading import nation
from tui_client.safe_text import SafeText, Tone
from tui_client.words import Words

_STATES: dict[IncidentState, tuple[str, Tone]] = {
    IncidentState.REPORTED: ("○", "warn"),
    IncidentState.VERIFIED: ("◔", "warn"),
    IncidentState.ACTIVE: ("●", "bad"),
    IncidentState.CONTAINED: ("◐", "warn"),
    IncidentState.STABILISED: ("◕", "good"),
    IncidentState.CLOSED: ("■", "quiet"),
    IncidentState.DUPLICATE: ("≡", "quiet"),
    IncidentState.UNFOUNDED: ("∅", "quiet"),
    IncidentState.REOPENED: ("↻", "bad"),
}
_ASSISTS: dict[AssistState, tuple[str, Tone]] = {
    AssistState.DRAFT: ("·", "quiet"),
    AssistState.SENT: ("→", "warn"),
    AssistState.RECEIVED: ("↓", "warn"),
    AssistState.ACCEPTED: ("✓", "good"),
    AssistState.PARTIAL: ("◐", "warn"),
    AssistState.DECLINED: ("✗", "bad"),
    AssistState.EXPIRED: ("⊘", "bad"),
    AssistState.RESOURCES_NAMED: ("✓", "good"),
    AssistState.EN_ROUTE: ("▸", "good"),
    AssistState.ON_SCENE: ("◆", "good"),
    AssistState.RELEASED: ("◇", "quiet"),
    AssistState.DONE: ("■", "quiet"),
    AssistState.CANCELLED: ("∅", "quiet"),
}
_LABEL = 12


def rows(model: Model, words: Words, width: int, back: int = 0) -> list[SafeText]:
    """Everything but the timeline, which has a list of its own."""
    room = model.room
    record = room.incident(back) if room is not None else None
    if room is None or record is None:
        return [
            safe_text.rule(safe_text.text(words("key.incident"), "title"), width),
            safe_text.text(words("incident.none"), "quiet"),
        ]
    return [
        *states(room, record, model.keys, words, width, back),
        *_told(room, record, words, width),
        *assists(room, record, words, width, model.clock()),
    ]


def states(
    room: Room, record: IncidentRecord, keys: Keymap, words: Words, width: int, back: int
) -> list[SafeText]:
    """Title, the sides' states and the shared one, the place."""
    kind = labels.of("incident_types", record.incident_type, words)
    title = safe_text.line(
        (words("incident.title", incident=record.id), "title"), (f" · {kind}", "strong")
    )
    count = len(room.history.incidents)
    place = ""
    if count > 1:
        key = keys.shown("other")
        place = words("incident.place", place=count - back % count, count=count, key=key)
    sides = [
        safe_text.line((country, nation(country)), " ", state_words(state, words))
        for country, state in record.sides.items()
    ]
    shared = safe_text.line(
        (words("incident.shared"), "strong"), " ", state_words(record.shared, words)
    )
    more = [safe_text.text(words("incident.lead", country=record.lead))] if record.lead else []
    if record.priority is not None:
        priority = f"{labels.field('priority', words).lower()} {record.priority}"
        more.append(safe_text.text(priority, "quiet"))
    return [
        safe_text.rule(title, width, safe_text.text(place, "quiet")),
        safe_text.line(" ", spaced([*sides, shared, *more])).cut(width),
        *_named(words("incident.where"), _where(record.location, words), width),
    ]


def spaced(parts: Iterable[SafeText]) -> SafeText:
    """Parts with three blanks between them."""
    return safe_text.join("   ", parts)


def state_words(state: IncidentState, words: Words) -> SafeText:
    """Glyph and word of a state."""
    glyph, tone = _STATES[state]
    return safe_text.text(f"{glyph} {labels.of('incident_state', state.value, words)}", tone)


def _where(location: Location | None, words: Words) -> SafeText:
    """The place: what a person asserts, and apart from it what a map computes."""
    if location is None:
        return safe_text.text("-", "quiet")
    parts: list[SafeText] = []
    if location.point is not None:
        parts.append(safe_text.text(point_words(location.point), "strong"))
    if location.monument:
        parts.append(safe_text.text(location.monument))
    if location.side is not None:
        side = labels.of("side", location.side.value, words)
        by = location.side_asserted_by or "?"
        parts.append(safe_text.text(words("incident.asserted", side=side, by=by)))
    if location.computed_side is not None:
        hint = labels.of("side", location.computed_side.value, words)
        parts.append(safe_text.text(words("incident.computed", side=hint), "quiet"))
    return safe_text.join(" · ", parts)


def _named(label: str, value: SafeText, width: int) -> list[SafeText]:
    """A label and its value, which goes on below itself where the row is too short."""
    head = safe_text.line(" ", safe_text.text(label, "quiet").fit(_LABEL), " ")
    wrapped = value.wrap(max(8, width - head.cells))
    blank = safe_text.text(" " * head.cells)
    return [safe_text.line(blank if n else head, part) for n, part in enumerate(wrapped[:3])]


def _told(room: Room, record: IncidentRecord, words: Words, width: int) -> list[SafeText]:
    """The newest situation and needs of each side, in its own words."""
    entries = room.incidents.get(record.id, [])
    found: list[SafeText] = []
    for name in ("situation", "needs"):
        label = words(f"incident.{name}")
        told = _newest(entries, name)
        for country, text in told.items():
            foreign = text.language is not None and language_of(text.language) != words.language
            tag = f"{(text.language or '').upper()[:2]} " if foreign else ""
            value = safe_text.line(
                (country, nation(country)), " ", (tag, "quiet"), (text.text, "strong")
            )
            found += _named(label, value, width)
            label = ""
        if not told and name == "needs":
            found += _named(label, safe_text.text(words("incident.needs.none"), "quiet"), width)
    return found


def _newest(entries: Iterable[Entry], name: str) -> dict[str, LanguageText]:
    """The last text of this name from each side."""
    found: dict[str, LanguageText] = {}
    for entry in entries:
        body = entry.message.body
        if entry.refused or not isinstance(body, IncidentOpen | IncidentUpdate | IncidentSitrep):
            continue
        text = getattr(body, name, None)
        if text is None and name == "situation" and isinstance(body, IncidentOpen):
            text = body.summary
        if isinstance(text, LanguageText):
            language = text.language or entry.message.language
            found[entry.sender.country] = LanguageText(text=text.text, language=language)
    return found


def assists(
    room: Room, record: IncidentRecord, words: Words, width: int, now: int
) -> list[SafeText]:
    """Requests for help with their states, then head counts."""
    title = safe_text.text(words("incident.assists"), "title")
    found = [safe_text.rule(title, width)]
    for assist in room.history.assists.values():
        if assist.incident == record.id:
            found.append(_assist(assist, words, width, now))
    if len(found) == 1:
        found.append(safe_text.text(" " + words("incident.assists.none"), "quiet"))
    found += [_par(par, words, width) for par in room.history.pars.values()]
    return found


def _assist(assist: AssistRecord, words: Words, width: int, now: int) -> SafeText:
    state = assist.state_at(to_datetime(now))
    glyph, tone = _ASSISTS[state]
    request = assist.request
    what = labels.of("capabilities", request.capability, words)
    quantity = f" ×{request.quantity}" if request.quantity else ""
    said = safe_text.text(f"{glyph} {labels.of('assist_state', state.value, words)}", tone)
    names = ", ".join(assist.units)
    if assist.reason:
        names = labels.reason(assist.reason, words)
    route = safe_text.line(
        (assist.asked_by.country, nation(assist.asked_by.country)),
        "→",
        (request.to or "*", nation(request.to or "")),
    )
    return safe_text.line(
        " ",
        safe_text.columns(
            [
                (safe_text.text(moments.zulu(to_microseconds(assist.asked_at)), "quiet"), 6),
                (route, 6),
                (safe_text.text(what + quantity, "strong"), max(16, width // 3)),
                (said, 26 if width < 100 else 32),
            ]
        ),
        " ",
        names,
    ).cut(width)


def _par(par: ParRecord, words: Words, width: int) -> SafeText:
    """A head count: who has answered, and whether anybody is missing."""
    kind = labels.kind("par.reply", words)
    counts = ", ".join(
        f"{unit} {reply.accounted if reply.accounted is not None else '?'}"
        f"/{reply.expected if reply.expected is not None else '?'}"
        for unit, reply in par.replies.items()
    )
    whole = labels.of("par", "COMPLETE" if par.complete else "INCOMPLETE", words)
    state = (
        safe_text.text(f"✓ {whole}", "good")
        if par.complete
        else safe_text.text(f"▲ {whole}", "bad")
    )
    when = safe_text.text(moments.zulu(to_microseconds(par.asked_at)), "quiet")
    return safe_text.line(" ", when, " ", (kind, "strong"), "  ", state, "  ", counts).cut(width)
