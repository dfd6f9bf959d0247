"""ICS 213 general message, on paper and over packet radio."""
