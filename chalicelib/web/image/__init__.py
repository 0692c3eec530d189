"""An image in words: pure functions from the plain data of a record, or of its public part, to a page's words."""
