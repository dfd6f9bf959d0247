"""The hub's processes: the blind relay, the gateways at an agency's edge, the agency's own authority, the audit."""
