"""Machine learning: models look at images, and owners decide about their findings."""
