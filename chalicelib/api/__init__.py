"""What every route shares: identity, problems, cursors, presentation."""
