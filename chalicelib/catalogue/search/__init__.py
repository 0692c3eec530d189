"""The read side: filters, the planner, cursors over the index, and pages of results."""
