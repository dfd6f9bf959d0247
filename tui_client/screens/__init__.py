"""The screens; each puts panels together and holds the keys that only it has."""
