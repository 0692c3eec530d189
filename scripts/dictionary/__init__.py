"""Choose what every record of an image says, as the preset dictionary of `chalicelib.db.documents`.

    python -m scripts.dictionary build/documents.zdict

Cameras that there never were take pictures that are drawn here (`cameras`, `packets`, `files`); the system makes
documents of them, and what these repeat is chosen (`choose`). No image of anybody is in it. The dictionary in use
is frozen, since stored documents need its bytes: a better one would lie beside it, told apart by DICTID.
"""
