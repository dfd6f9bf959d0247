"""Writing a message: kind and fields, and beside them who can read it and what each will see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Select

from protocols.clock import to_datetime
from protocols.errors import CrossbandError
from protocols.messages.envelope import Message
from protocols.messages.values import Precedence, Side, Tlp
from tui_client import draft as drafts
from tui_client import forms, labels, safe_text
from tui_client.forms import Control, Field, FormFault
from tui_client.messages import Composed
from tui_client.rows import preview
from tui_client.safe_text import SafeText, Tone
from tui_client.screens.house import HouseScreen
from tui_client.widgets.bound import bound
from tui_client.widgets.lines_view import LinesView
from tui_client.widgets.paint import model_of, words_of
from tui_client.widgets.pane import Pane
from tui_client.words import Words

if TYPE_CHECKING:
    from tui_client.app import CrossbandApp

_COMMON: tuple[Field, ...] = (
    Field("incident", Control.TEXT, plain=True),
    Field("patrol", Control.TEXT, plain=True),
    Field("point", Control.TEXT, plain=True),
    Field("side", Control.CHOICE, codes="side", values=tuple(side.value for side in Side)),
    Field("monument", Control.TEXT, plain=True),
    Field(
        "precedence", Control.CHOICE, codes="precedence", values=tuple(p.value for p in Precedence)
    ),
    Field("ack_wanted", Control.FLAG),
    Field("tlp", Control.CHOICE, codes="tlp", values=tuple(tlp.value for tlp in Tlp)),
    Field("releasable_to", Control.TEXT, plain=True),
    Field("withhold", Control.CHOICE),
    Field("withhold_for", Control.TEXT, plain=True),
)  # fmt: skip


class FieldLabel(Pane):
    """The name of a field, with what must be filled in marked by a word, not a colour."""

    DEFAULT_CSS = "FieldLabel { width: 22; height: 1; }"

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field

    def rows(self, width: int) -> Sequence[SafeText]:
        """The label in the user's language."""
        words = words_of(self)
        tone: Tone = "strong" if self.field.required else ""
        mark = safe_text.text("*" if self.field.required else "", "key")
        return (safe_text.line((labels.field(self.field.name, words), tone), mark).cut(width),)


class PreviewPanel(LinesView):
    """Who can read this, and what is withheld from whom; or why it cannot be sent yet."""

    selectable = False

    def __init__(self) -> None:
        super().__init__(id="preview")
        self.shown: list[SafeText] = []

    def count(self) -> int:
        """Rows of the preview."""
        return len(self.shown)

    def head(self, width: int) -> SafeText:
        """The title with the number of readers."""
        model, words = model_of(self), words_of(self)
        title = safe_text.text(words("compose.readers"), "title")
        return safe_text.rule(title, width, safe_text.text(str(len(model.roster())), "strong"))

    def row(self, index: int, width: int) -> SafeText:
        """One row."""
        return self.shown[index] if index < len(self.shown) else safe_text.EMPTY


def several(choices: Sequence[tuple[str, str]], chosen: Sequence[str]) -> list[tuple[str, str]]:
    """What can be chosen, with a mark at what has been: choosing that again takes it back."""
    return [(("✓ " if code in chosen else "  ") + text, code) for text, code in choices]


def prompt(choices: Sequence[tuple[str, str]], chosen: Sequence[str], words: Words) -> str:
    """The labels of what has been chosen so far."""
    said = ", ".join(text for text, code in choices if code in chosen)
    return said or words("form.choose")


def control(field: Field, words: Words, value: str, choices: Sequence[tuple[str, str]]) -> Widget:
    """The input of a field, filled with what is written there."""
    name = f"field-{field.name}"
    if field.control is Control.CODES:
        chosen = value.split(",")
        return Select(
            [(safe_text.word(text), code) for text, code in several(choices, chosen)],
            prompt=safe_text.word(prompt(choices, chosen, words)),
            id=name,
            compact=True,
        )
    if field.control in (Control.CHOICE, Control.FLAG):
        known = [code for _, code in choices]
        return Select(
            [(safe_text.word(text), code) for text, code in choices],
            prompt=safe_text.word(words("form.choose")),
            value=value if value in known else Select.NULL,
            id=name,
            compact=True,
        )
    hint = words(f"form.hint.{field.control.value}")
    return Input(
        value=value,
        placeholder=safe_text.word(hint),
        id=name,
        compact=True,
        select_on_focus=False,
    )


class ComposeScreen(HouseScreen):
    """Ctrl+J sends, Escape goes back without sending; what was written is then gone."""

    CSS = """
    ComposeScreen #form { width: 1fr; height: 1fr; margin-right: 1;
        scrollbar-size-vertical: 1; }
    ComposeScreen #form Horizontal { height: 1; }
    ComposeScreen #form Input, ComposeScreen #form Select { width: 1fr; }
    ComposeScreen PreviewPanel { width: 34; height: 1fr; }
    ComposeScreen.-wide PreviewPanel { width: 56; }
    ComposeScreen.-wide FieldLabel { width: 28; }
    """
    keys = (
        "send",
        "tab",
        "back",
        "emergency",
        "language",
        "palette",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("send", "send"),
        Binding("escape", "back", show=False),
    ]
    areas = frozenset({"roster"})

    def __init__(self, kind: str = "text", answers: str = "") -> None:
        super().__init__()
        self.kind = kind
        self.answers = answers
        self.draft = drafts.Draft(kind=kind)
        self._language = ""
        self._withholdable: tuple[str, ...] = ()

    async def on_mount(self) -> None:
        """Tie the draft to what it answers, or to the incident and patrol of now."""
        model = model_of(self)
        entry = model.entry(self.answers) if self.answers else None
        self.draft = drafts.Draft.answering(self.kind, entry.message if entry else None)
        if entry is None:
            self.draft.filled |= model.context()
        self._language = words_of(self).language
        await self._rebuild()
        self.query_one(f"#field-{forms.FORMS[self.draft.kind][0]}").focus()

    def body(self) -> ComposeResult:
        """The form beside the preview."""
        with Horizontal():
            yield VerticalScroll(id="form", can_focus=False)
            yield PreviewPanel()

    async def _rebuild(self) -> None:
        """The form anew, for another kind or language; the draft keeps what was written."""
        form = self.query_one("#form")
        async with self.batch():
            await form.remove_children()
            await form.mount_all(self._form())
        self._look()

    def _form(self) -> Iterator[Widget]:
        words = words_of(self)
        self._withholdable = self.draft.withholdable()
        kinds = Field("kind", Control.CHOICE, required=True)
        yield Horizontal(
            FieldLabel(kinds), control(kinds, words, self.draft.kind, labels.kinds(words))
        )
        for field in (*forms.fields(self.draft.kind), *_COMMON):
            value = self.draft.of(field.name)
            yield Horizontal(
                FieldLabel(field), control(field, words, value, self._choices(field, words))
            )

    def _choices(self, field: Field, words: Words) -> Sequence[tuple[str, str]]:
        if field.name == "withhold":
            return [(labels.path(path, words), path) for path in self.draft.withholdable()]
        return labels.choices(field, words, self.draft.kind)

    # --- the draft ------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what is written and look again at who sees what."""
        self.draft.filled[(event.input.id or "").removeprefix("field-")] = event.value
        self._look()

    def on_select_changed(self, event: Select.Changed) -> None:
        """A choice; another kind brings another form."""
        name = (event.select.id or "").removeprefix("field-")
        value = "" if event.value is Select.NULL else str(event.value)
        if name == "kind":
            if value and value != self.draft.kind:
                self.draft.kind = value
                self.call_later(self._rebuild)
            return
        field = next((one for one in forms.fields(self.draft.kind) if one.name == name), None)
        if field is not None and field.control is Control.CODES:
            self._choose(field, event.select, value)
            return
        self.draft.filled[name] = value
        self._look()

    def _choose(self, field: Field, select: Select[Any], code: str) -> None:
        """One more of several, or one less; the control then shows which, and waits for another."""
        if not code:
            return
        words = words_of(self)
        self.draft.choose(field.name, code)
        choices, chosen = self._choices(field, words), self.draft.chosen(field.name)
        select.set_options(
            [(safe_text.word(text), code) for text, code in several(choices, chosen)]
        )
        select.prompt = safe_text.word(prompt(choices, chosen, words))
        self._look()

    def _message(self) -> Message:
        model, words = model_of(self), words_of(self)
        return self.draft.message(
            model.me, model.clock, language=words.language, exercise=model.exercise_flag
        )

    def _look(self) -> None:
        """The preview, or what is still missing."""
        model, words = model_of(self), words_of(self)
        panels = self.query(PreviewPanel)
        if not panels:
            return
        panel = panels.first()
        self._offer_withholding(words)
        width = max(20, panel.text_width)
        above: list[SafeText] = []
        try:
            now = to_datetime(model.clock())
            shown = drafts.preview(self._message(), model.roster(), model.notices(), now)
        except FormFault as fault:
            shown = tuple(map(drafts.Preview, model.roster()))
            sentence = words(fault.key, field=labels.field(fault.field, words))
            above = safe_text.line(("· ", "warn"), (sentence, "warn")).wrap(width, 2)
        except CrossbandError as error:
            shown = tuple(map(drafts.Preview, model.roster()))
            sentence = labels.explain(error.code, error.detail, error.remedy, words)[0]
            above = safe_text.line(("✗ ", "bad"), (sentence, "bad")).wrap(width, 2)
        panel.shown = above + preview.rows(shown, model.me.device, words, width)
        panel.refresh_rows()

    def _offer_withholding(self, words: Words) -> None:
        """Only what is filled in can be withheld: follow the form."""
        paths = self.draft.withholdable()
        selects = self.query("#field-withhold").results(Select)
        if paths == self._withholdable or not selects:
            return
        self._withholdable = paths
        chosen = self.draft.of("withhold")
        for select in selects:
            select.set_options([(safe_text.word(labels.path(path, words)), path) for path in paths])
            if chosen in paths:
                select.value = chosen

    def refresh_parts(self, areas: frozenset[str] | None) -> None:
        """Another language asks for the form again; the draft stays."""
        language = words_of(self).language
        if self._language and language != self._language:
            self._language = language
            self.call_later(self._rebuild)
        super().refresh_parts(areas)
        self._look()

    def action_send(self) -> None:
        """Ctrl+J: send it if it can be sent; otherwise the preview says why not."""
        try:
            message = self._message()
        except (FormFault, CrossbandError):
            self._look()
            return
        app = cast("CrossbandApp", self.app)
        self.dismiss(None)
        app.post_message(Composed(message))

    def action_back(self) -> None:
        """Nothing is sent."""
        self.dismiss(None)
