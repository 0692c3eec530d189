"""Choose what every record of an image says, as the preset dictionary of `chalicelib.db.documents`.

    python -m scripts.dictionary build/documents.zdict

Cameras that there never were take pictures that are drawn here (`cameras`, `packets`, `files`); the system makes
documents of them, and what these repeat is chosen (`choose`). No image of anybody is in it. The dictionary in use is
frozen: stored documents need its bytes. A better one lies beside it, and is told apart by the stream's DICTID.
"""
