"""What the formats can do, and one document turned into another, on the command line."""
