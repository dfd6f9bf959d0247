"""Labels of kinds, states, roles and errors, asked of `protocols.codes` in the user's language.

Everything the client needs from the code lists passes here, so that the rows name lists only once.
What comes back may be a received code that no list knows: it is cleaned like any other text.
"""

from __future__ import annotations

from protocols import codes
from protocols.identity.names import Role
from protocols.messages import wording
from tui_client import draft as drafts
from tui_client.forms import Control, Field
from tui_client.words import Words

_ENUM_LISTS: dict[str, str] = {
    "unit.status.status": "unit_state",
    "incident.update.state": "incident_state",
    "incident.close.state": "incident_state",
    "assist.reply.answer": "assist_answer",
    "assist.deployed.state": "assist_progress",
    "assist.release.state": "assist_end",
    "medical.triage": "triage",
}


def role(value: Role, words: Words) -> str:
    """A role."""
    return codes.label("role", value.value, words.language)


def kind(name: str, words: Words) -> str:
    """A kind of message."""
    return codes.label("kinds", name, words.language)


def kinds(words: Words) -> list[tuple[str, str]]:
    """The kinds that can be written here: (label, kind)."""
    return [(kind(name, words), name) for name in drafts.KNOWN_KINDS]


def field(name: str, words: Words) -> str:
    """A field, as a form names it."""
    said = codes.label("fields", name, words.language)
    return said[:1].upper() + said[1:]


def path(pointer: str, words: Words) -> str:
    """The field that a JSON pointer names: `/body/camera` is the field `camera`."""
    parts = [part for part in pointer.split("/") if part and part != "*" and not part.isdigit()]
    return codes.label("fields", parts[-1] if parts else pointer, words.language)


def lost(field: str, words: Words) -> str:
    """What a loss is about: the field of the message, whatever part of it, or a whole kind."""
    if field.startswith("kind "):
        return codes.label("kinds", field.removeprefix("kind "), words.language)
    steps = field.strip("/").replace("/", ".").split(".")
    name = steps[1] if steps[0] == "body" and len(steps) > 1 else steps[0]
    return codes.label("fields", name, words.language)


def of(name: str, code: str, words: Words) -> str:
    """Any other code: its label in a list."""
    return codes.label(name, code, words.language)


def phrase(name: str, words: Words, **values: str) -> str:
    """One of the field's own phrases, with its places filled in."""
    return codes.phrase(name, words.language, **values)


def labelled(name: str, value: str, words: Words) -> str:
    """Label and value, with the colon as the language writes it."""
    return wording.labelled(name, value, words.language)


def colon(words: Words) -> str:
    """The colon between what is named and what is said of it."""
    return labelled("", "", words)


def reason(code: str, words: Words) -> str:
    """Why something was refused or not delivered: a reason, a fate's reason or an error."""
    for name in ("fates", "reasons"):
        if codes.known(name, code):
            return codes.label(name, code, words.language)
    explained = codes.explain(code, words.language)
    return explained.sentence if explained else code


def explain(code: str, detail: str, remedy: str, words: Words) -> tuple[str, str]:
    """An error as one sentence and its remedy, in the user's language where the list has it.

    In English the error's own sentence says more than the list's, so it goes first there.
    """
    explained = codes.explain(code, words.language)
    if explained is None or (words.language == "en" and detail):
        return detail or code, remedy
    return explained.sentence, explained.remedy


def choices(one: Field, words: Words, kind_name: str = "") -> list[tuple[str, str]]:
    """What a choice offers: (label, code)."""
    if one.control is Control.FLAG:
        return [(words("form.yes"), "yes"), (words("form.no"), "no")]
    name = one.codes or _ENUM_LISTS.get(f"{kind_name}.{one.name}", "")
    if one.values:
        return [(of(name, value, words) if name else value, value) for value in one.values]
    if name:
        return [(of(name, code, words), code) for code in codes.code_list(name)]
    return []
