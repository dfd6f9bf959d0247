"""Looking ahead: what a reader will see of a message, and what a purchase will break."""
