"""The processes around a channel: blind relay, gateways, an agency's authority, the audit."""
