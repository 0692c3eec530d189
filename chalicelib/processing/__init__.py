"""One object's way through the system, step by step."""
