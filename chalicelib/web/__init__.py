"""The pages' own layer: sessions in cookies, forms, templates, static files."""
