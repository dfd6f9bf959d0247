"""EDXL Distribution Element: the envelope that any of our formats travels in."""
