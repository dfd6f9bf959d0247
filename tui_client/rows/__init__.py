"""What each area of the screen says, as rows of safe text: pure, without the toolkit.

Each module has one function `rows(model, words, width)` or, for long lists, `row(...)` for one
entry. The screens paint these rows and the line mode prints them, so both say the same.
"""
