"""Vectors deserialization: the lengths of variable-size vectors."""

from protocols.mls.codec import Reader, write_length


def test_vector_headers(vectors):
    for vector in vectors("deserialization"):
        reader = Reader(vector["vlbytes_header"])
        assert reader.length() == vector["length"]
        assert reader.done
        assert write_length(vector["length"]) == vector["vlbytes_header"]
