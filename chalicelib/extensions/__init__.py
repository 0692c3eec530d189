"""Parts of the application beside the way of an image: integrations with other systems."""
