"""Integrations: Janus tells others of events, by webhooks of an owner and by EventBridge of a stage."""
