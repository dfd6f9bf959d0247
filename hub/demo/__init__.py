"""The demonstration: real processes act out an incident, and every view is checked."""
