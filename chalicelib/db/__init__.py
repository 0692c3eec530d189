"""Records in DynamoDB: models, keys, set-up, and one module a table."""
