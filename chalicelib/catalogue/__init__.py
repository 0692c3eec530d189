"""The catalogue: searches, facet counts and changes of an image library, from index entries and counters.

A record goes into the table of images; the table's stream brings each change to `stream_consumer`, which writes
the record's index entries, its counters and the change feed. `search` has the filters and the answers, `repair`
writes counters and index entries again from the records.
"""
