"""The text of /metrics."""

from __future__ import annotations

from hub.relay.metrics import Metrics


def test_counters_gauges_and_labels() -> None:
    metrics = Metrics()
    metrics.received = 12_345_678_901
    metrics.refused("not_a_member")
    metrics.refused("not_a_member")
    text = metrics.render({"connections": 3, "log_commits_total": 7})
    lines = text.splitlines()
    assert "crossband_frames_received_total 12345678901" in lines
    assert "# TYPE crossband_connections gauge" in lines
    assert "crossband_connections 3" in lines
    assert "# TYPE crossband_log_commits_total counter" in lines
    assert 'crossband_refusals_total{code="not_a_member"} 2' in lines
    assert text.endswith("\n")


def test_each_type_is_declared_once() -> None:
    lines = Metrics().render({}).splitlines()
    declared = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(declared) == len(set(declared))
