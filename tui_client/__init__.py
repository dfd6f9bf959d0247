"""The patrol agent's terminal client."""
