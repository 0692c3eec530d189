"""Build the package for CloudFormation: one zip with all functions, and one template with everything around them.

    python -m scripts.package --stage prod

The zip is for Lambda on x86_64 with the Python that runs this. The steps, in order: Chalice gathers wheels and
template (`build`), the wheels are checked (`wheels`), unneeded files are removed (`trim`), the rest is compiled
and packed (`archive`).
"""


class PackageError(Exception):
    """The package would not work on Lambda; the message has the reason."""
