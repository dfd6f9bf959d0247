"""Whether the members of a channel will still understand each other: forecasts and notices."""
