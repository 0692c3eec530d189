"""One module an event source."""
