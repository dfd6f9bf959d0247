"""No text reaches the screen but through `safe_text`: the syntax trees of the client prove it.

Together with the types (`Pane.rows` and `LinesView.row` give `SafeText`, whose runs only
`safe_text` makes) these rules leave no way for a received string into a widget:

1. nobody else imports what builds renderables (`rich`, `textual.content`, `textual.markup`);
2. nobody else makes a `SafeText` from runs, and only `paint` asks it for segments;
3. what the toolkit takes as a string (labels, titles, placeholders, options) is a plain literal
   without brackets or a call of `safe_text.word`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "tui_client"
FILES = sorted(path for path in ROOT.rglob("*.py") if path.name != "safe_text.py")
RENDERABLES = ("rich", "textual.content", "textual.markup", "textual.visual", "textual.renderables")
PAINT = {"rich.style"}
WIDGETS = {
    "Button", "Checkbox", "Collapsible", "CommandPalette", "Digits", "DiscoveryHit", "Footer",
    "Header", "Hit",
    "Input", "Label", "Link", "ListItem", "Log", "Markdown", "MarkdownViewer", "OptionList",
    "Option", "Placeholder", "Pretty", "RadioButton", "RadioSet", "RichLog", "Rule", "Select",
    "SelectionList", "Selection", "Static", "Tab", "TabPane", "Tabs", "TextArea", "Toast",
    "Tooltip", "DataTable", "Tree", "SystemCommand",
}  # fmt: skip
METHODS = {"update", "notify", "add_row", "add_rows", "add_column", "add_columns", "add_option",
           "add_options", "set_options", "from_markup", "assemble", "panic"}  # fmt: skip
ATTRIBUTES = {"border_title", "border_subtitle", "tooltip", "placeholder", "label", "title",
              "sub_title", "renderable", "content"}  # fmt: skip
NOT_TEXT = {"id", "classes", "name", "variant", "value", "allow_blank", "disabled", "language",
            "callback", "compact", "type", "max_length", "restrict", "show_line_numbers",
            "soft_wrap", "tab_behavior", "select_on_focus", "discover", "highlighter"}  # fmt: skip


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def harmless(node: ast.expr) -> bool:
    """A literal without brackets, a number, or `safe_text.word(...)`."""
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, str) or "[" not in node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "word" and name_of(node.func.value) == "safe_text"
    return False


def safe_options(node: ast.expr) -> bool:
    """`[(safe_text.word(...), value) for ...]`, which `Select` takes."""
    return (
        isinstance(node, ast.ListComp)
        and isinstance(node.elt, ast.Tuple)
        and harmless(node.elt.elts[0])
    )


def faults(path: Path) -> Iterator[str]:
    where = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        place = f"{where}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
            )
            for name in names:
                bad = any(name == part or name.startswith(part + ".") for part in RENDERABLES)
                if bad and not (where == "widgets/paint.py" and name in PAINT):
                    yield f"{place}: imports {name}; only safe_text builds what is shown"
        elif isinstance(node, ast.Call):
            called = name_of(node.func)
            if called == "SafeText" or (called == "segments" and where != "widgets/paint.py"):
                yield f"{place}: {called}() belongs to safe_text and paint"
            if called in WIDGETS or (called in METHODS and isinstance(node.func, ast.Attribute)):
                texts = [*node.args] + [
                    keyword.value for keyword in node.keywords if keyword.arg not in NOT_TEXT
                ]
                for text in texts:
                    if not harmless(text) and not (
                        called in {"Select", "set_options"} and safe_options(text)
                    ):
                        yield f"{place}: {called}() takes a text that is not from safe_text.word"
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if (
                    isinstance(target, ast.Attribute)
                    and target.attr in ATTRIBUTES
                    and node.value is not None
                    and not harmless(node.value)
                ):
                    yield f"{place}: {target.attr} takes a text that is not from safe_text.word"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_text_reaches_a_widget_but_through_safe_text(path: Path) -> None:
    assert list(faults(path)) == []


@pytest.mark.parametrize(
    "source",
    [
        "from rich.text import Text",
        "from textual.content import Content",
        "Static(message.body.text)",
        "Button(f'{name}')",
        "Label('[red]x')",
        "self.query_one(Static).update(name)",
        "self.app.notify(str(error))",
        "self.border_title = channel",
        "SafeText(((received, ''),))",
        "Select([(name, name) for name in names])",
        "row.segments({}, base)",
    ],
)
def test_the_lint_finds_what_it_looks_for(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "bad.py"
    path.write_text(source, encoding="utf-8")
    assert list(faults(path))
