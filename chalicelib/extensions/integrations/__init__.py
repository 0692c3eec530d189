"""Tell other systems about events: webhooks, signed and delivered at least once."""
