"""Foreign formats: one file a format, one registry line each, and what each translation loses."""
