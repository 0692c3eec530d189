"""Extensions: each may be switched off, and nothing below them knows of them."""
