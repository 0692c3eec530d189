"""Data analytics: an owner's images, or those of all, in numbers: facets, and uploads by month."""
