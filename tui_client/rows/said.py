"""What a message says in one row: its title and the parts of `protocols.messages.gist`, painted.

Free text stays in its own language, with its tag where that is another than the reader's.
"""

from __future__ import annotations

from protocols.messages import gist
from protocols.messages.envelope import Message
from protocols.messages.gist import Said
from protocols.messages.kinds import Text
from tui_client import labels, safe_text
from tui_client.safe_text import SafeText, Tone
from tui_client.words import Words


def title(message: Message, words: Words, *, short: bool = False) -> SafeText:
    """The kind, and what kind of it; `short` in the words for narrow columns."""
    tone: Tone = "bad" if message.emergency else "strong"
    return safe_text.text(gist.title(message, words.language, short=short), tone)


def summary(message: Message, words: Words, *, within: str = "", short: bool = False) -> SafeText:
    """Title, then what matters, the incident's name at the end, where a narrow row cuts first.

    `within`: the incident whose own screen this is; its name is not said again. `short`: for a
    narrow row, with a short title, and none where the text speaks for itself.
    """
    said = gist.gist(message, words.language)
    incident = [one for one in said if one.path == "/incident" and one.text != within]
    others = [one for one in said if one.path != "/incident"]
    shown = [_part(one, words) for one in (*others, *incident)]
    if not (short and shown and isinstance(message.body, Text)):
        shown.insert(0, title(message, words, short=short))
    return safe_text.join(" · ", [part for part in shown if part])


def _part(said: Said, words: Words) -> SafeText:
    if said.withheld:
        return safe_text.text("▒ " + labels.labelled(said.label, said.text, words), "stub")
    value = " ".join(said.text.split())
    if said.language:
        return safe_text.line((f"{said.language.upper()[:2]} ", "quiet"), value)
    return (
        safe_text.line((said.label + " ", "quiet"), value) if said.label else safe_text.text(value)
    )
