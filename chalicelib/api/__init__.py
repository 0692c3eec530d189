"""What every route shares: access, identity, input, problems, cursors, presentation."""
