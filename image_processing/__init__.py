"""Images that describe themselves: bytes in, plain data out. No AWS, no Chalice."""
