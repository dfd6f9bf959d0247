"""EDXL Resource Messaging: asking for resources, committing, reporting and releasing them."""
