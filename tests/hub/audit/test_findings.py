"""What findings add up to: fine, proven, up to where."""

from __future__ import annotations

from hub.audit.findings import CHECKS, HELD, STORED, Finding, Report


def test_proven_needs_a_key_a_signature_and_no_finding() -> None:
    assert not Report(size=5).proven
    assert not Report(size=5, keys=1).proven
    signed = Report(size=5, keys=1, signed_size=3)
    assert (signed.proven, signed.unsigned) == (True, 2)
    signed.findings.append(Finding(3, "body", 4))
    assert not signed.proven
    assert not signed.fine


def test_the_first_bad_entry_is_the_lowest_that_is_named() -> None:
    unnamed = Finding(4, "root")
    assert Report(findings=[unnamed]).first_bad == unnamed
    findings = [unnamed, Finding(6, "gap", 9), Finding(3, "body", 7), Finding(2, "changed", 7)]
    assert Report(findings=findings).first_bad == Finding(2, "changed", 7)
    assert Report().first_bad is None


def test_states() -> None:
    report = Report(done=len(CHECKS))
    assert report.state(1) == "ok"
    assert (report.state(STORED), report.state(HELD)) == ("not_done", "not_done")
    report.keys = report.held = 1
    assert (report.state(STORED), report.state(HELD)) == ("ok", "ok")
    report.findings.append(Finding(HELD, "root"))
    assert report.state(HELD) == "found"
    assert Report(done=1).state(2) == "not_done"
    assert (CHECKS[STORED - 1], CHECKS[HELD - 1]) == ("checkpoints", "held")
