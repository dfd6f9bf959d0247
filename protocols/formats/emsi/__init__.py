"""EMSI: events, missions and resources as emergency services exchange them (ISO/TR 22351)."""
