"""What answers show: records, lists and exports from cards and documents."""
