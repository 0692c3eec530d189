"""The parts that all routes share: access, identity, input, problems, cursors, presentation."""
