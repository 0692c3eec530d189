"""The catalogue: searches, facet counts and changes of an image library, from index entries and counters.

A record goes into the table of images; the table's stream brings each change to `follow`, which writes the
record's index entries (`edges`), counters (`counts`) and the change feed (`changes`). `questions` has the filters,
`search` the answers.
"""
