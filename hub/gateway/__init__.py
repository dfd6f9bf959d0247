"""The agency's edge: one process per system that cannot encrypt, a named member of its channel."""
