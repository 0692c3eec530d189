"""Build what CloudFormation deploys: one zip with all functions, and one template with everything around them.

    python -m scripts.package --stage prod

The zip is for Lambda on x86_64 with the Python that runs this. What it takes, in order: Chalice gathers wheels and
template (`build`), the wheels are checked (`wheels`), what no function needs is removed (`trim`), the rest is
compiled and packed (`archive`).
"""


class PackageError(Exception):
    """The package would not work on Lambda; the message says what is wrong with it."""
