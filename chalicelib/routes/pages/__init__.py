"""Pages for people, as HTML that works without scripts; a module for each kind of page."""
