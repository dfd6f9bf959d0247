"""The Common Alerting Protocol: alerts."""
