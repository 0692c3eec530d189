"""HTTP: requests, answers, and how routes go through them."""
