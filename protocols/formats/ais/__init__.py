"""AIS and NMEA 0183: what a vessel's radio and instruments say, line by line."""
