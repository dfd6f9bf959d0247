"""Channels from the command line: open one, say who is in it, and see who can read."""
