"""The catalogue: every question that an image library is asked, answered from what a record's facets say.

A record goes into the table of images; the table's stream brings each change to `follow`, which writes the
record's facets (`edges`), counts what changed (`counts`) and tells of it (`changes`). `questions` says what can be
asked, `search` answers.
"""
