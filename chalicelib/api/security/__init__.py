"""Authentication and permission of the callers of the API."""
