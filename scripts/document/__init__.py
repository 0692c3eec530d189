"""Write the OpenAPI document and the list of routes from the code: `make docs`.

What a route is comes from `endpoint` (chalicelib.api.endpoint.ROUTES), what it takes and gives from structs and
typed dictionaries, what it means from docstrings and comments, and how it fails from problems.CODES.
"""
