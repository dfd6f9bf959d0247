"""The two fixed rows on top: who I am and what time it is; how the channel and the link are."""

from __future__ import annotations

from protocols.client.events import Link
from tui_client import labels, moments, safe_text
from tui_client.model import Model
from tui_client.safe_text import SafeText, Tone
from tui_client.words import Words

_LINK: dict[Link, tuple[str, Tone]] = {
    Link.UP: ("●", "good"),
    Link.CONNECTING: ("◐", "warn"),
    Link.DOWN: ("○", "bad"),
}
_TLP: dict[str, Tone] = {
    "TLP:RED": "tlp_red",
    "TLP:AMBER+STRICT": "tlp_amber",
    "TLP:AMBER": "tlp_amber",
    "TLP:GREEN": "tlp_green",
    "TLP:CLEAR": "tlp_clear",
}
_NATIONS: dict[str, Tone] = {"US": "US", "MX": "MX", "CA": "CA"}


def nation(country: str) -> Tone:
    """The tone of a country; the two letters stand beside it in any case."""
    return _NATIONS.get(country, "")


def marking(tlp: str | None, words: Words) -> SafeText:
    """A TLP label as FIRST writes it, or that there is none and the channel is the limit."""
    if tlp is None:
        return safe_text.text(words("tlp.none"), "quiet")
    return safe_text.text(f" {tlp} ", _TLP.get(tlp, "strong"))


def identity(model: Model, words: Words, width: int) -> SafeText:
    """Country, agency, device, unit and role; highest marking on the screen; both clocks."""
    me = model.me
    now = model.clock()
    right = safe_text.line(
        marking(model.highest_marking, words),
        ("  " + moments.zulu(now, seconds=True), "strong"),
        ("  " + words("clock.local", time=moments.local(now, model.zone)) + " ", "quiet"),
    )
    left = safe_text.line(
        (f" {me.country} ", nation(me.country)),
        (me.name, "strong"),
        ("@" + me.agency, ""),
        (" · ", "quiet"),
        labels.role(me.role, words),
        (f" · {me.unit}", "quiet"),
    )
    return safe_text.line(left.fit(max(0, width - right.cells - 1)), " ", right)


def link(model: Model, words: Words, width: int) -> SafeText:
    """The link, the channel and how many can read it; what is queued and what wants me."""
    state = model.link.link
    glyph, tone = _LINK[state]
    said = words(f"link.{state.value}")
    if state is not Link.UP and model.link.retry_at:
        wait = max(0, model.link.retry_at - model.clock()) // 1_000_000
        said = f"{said} · {words('link.retry', seconds=wait)}"
    room = model.room
    parts = [safe_text.text(f" {glyph} {said}", tone)]
    if room is not None:
        sealed = "channel.gatewayed" if room.gatewayed else "channel.sealed"
        parts += [
            safe_text.text(room.name, "strong"),
            safe_text.text(words("channel.readers", count=len(room.roster)), ""),
            safe_text.text(words(sealed), ""),
        ]
    right = [safe_text.text(words("link.queued", count=model.queued), _queued_tone(model))]
    wanted = len(model.wants_me())
    if wanted:
        right.append(
            safe_text.text(words("wants.me", count=wanted, key=model.keys.shown("next")), "warn")
        )
    end = safe_text.line(safe_text.join(" · ", right), " ")
    left = safe_text.join(" · ", parts)
    while len(parts) > 1 and left.cells > width - end.cells - 1:
        parts.pop()  # what can be looked up elsewhere gives way to what is counted here
        left = safe_text.join(" · ", parts)
    return safe_text.line(left.fit(max(0, width - end.cells - 1)), " ", end)


def _queued_tone(model: Model) -> Tone:
    return "warn" if model.queued else "quiet"


def exercise(model: Model, words: Words, width: int) -> SafeText | None:
    """The banner of exercise traffic over the whole width; None where it is real."""
    if not model.exercise:
        return None
    said = words("exercise.banner")
    side = max(0, width - len(said)) // 2
    return safe_text.text((" " * side + said).ljust(width), "exercise")
