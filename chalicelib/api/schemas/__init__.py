"""Requests and responses as typed structs; the OpenAPI document is made from them."""
