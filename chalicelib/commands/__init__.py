"""Programs for operators and newcomers; nothing imports them."""
