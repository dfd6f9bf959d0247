"""Every refusal of MLS is in the product's tree, says a sentence, and has a remedy."""

from protocols.errors import MLSError, Refused
from protocols.mls import errors


def _all(kind):
    for child in kind.__subclasses__():
        yield child
        yield from _all(child)


def test_every_error_is_a_refusal_with_a_sentence_and_a_remedy():
    leaves = [kind for kind in _all(MLSError) if kind.__module__ == errors.__name__]
    assert len(leaves) > 45
    for kind in leaves:
        assert issubclass(kind, Refused)
        assert str(kind()).endswith("."), kind
        assert kind.remedy
        assert kind.__name__ in errors.__doc__, f"{kind.__name__} is missing in the drawing"


def test_the_detail_of_a_case_replaces_the_general_sentence():
    assert str(errors.WrongEpoch("Epoch 3, not 4.")) == "Epoch 3, not 4."
    assert errors.WrongEpoch().code == "wrong_epoch"
