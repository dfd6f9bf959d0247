"""The channel log: what is acknowledged is on disk here, in order, under one Merkle tree.

`items` are the things that can be written and what became of them, `interface` is what any store
offers, `sqlite` is the one we have. No other part of the hub speaks SQL.
"""
