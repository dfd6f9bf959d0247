"""Counts are Prometheus text, and nobody's name is in it."""

from __future__ import annotations

from hub.gateway.counters import Count, Counters


def test_every_counter_is_there_from_the_start() -> None:
    lines = Counters().render({"link_up": 1}).splitlines()
    assert "crossband_gateway_link_up 1" in lines
    for what in Count:
        assert f"# TYPE crossband_gateway_{what}_total counter" in lines
        assert f"crossband_gateway_{what}_total 0" in lines


def test_what_was_counted_is_shown() -> None:
    counters = Counters()
    counters.add(Count.LOSSES, 3)
    counters.add(Count.LOSSES)
    counters.refused("unsafe_document")
    counters.refused("unsafe_document")
    assert counters[Count.LOSSES] == 4
    assert dict(counters.refusals) == {"unsafe_document": 2}
    text = counters.render({})
    assert "crossband_gateway_losses_total 4\n" in text
    assert 'crossband_gateway_refusals_total{code="unsafe_document"} 2\n' in text


def test_what_rules_stopped_is_counted_by_their_names() -> None:
    counters = Counters()
    counters.stopped("out", "no chat")
    counters.stopped("out", "no chat")
    counters.stopped("in", "kinds_in")
    assert counters.stops["out", "no chat"] == 2
    text = counters.render({})
    assert 'crossband_gateway_stopped_total{way="out",rule="no chat"} 2\n' in text
    assert 'crossband_gateway_stopped_total{way="in",rule="kinds_in"} 1\n' in text
