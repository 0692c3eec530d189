"""Build the package for CloudFormation: one zip with all functions, and one template with everything around them.

    python -m scripts.package --stage prod

The zip is for one Python and one processor of Lambda (`target`). The steps, in order: Chalice gathers sources and
template (`build`), the wheels are downloaded and checked (`wheels`), unneeded files are removed (`trim`), the rest
is compiled and packed (`archive`). The function that recognizes text, faces and codes has a layer besides, with a
runtime and models that no other function carries (`layer`).
"""


class PackageError(Exception):
    """The package would not work on Lambda; the message has the reason."""
