"""The write side: cards, index entries, counters, and the consumer of the change stream."""
