"""Write the OpenAPI document and the list of routes from the code: `make docs`.

Routes come from `endpoint` (chalicelib.api.endpoint.ROUTES), requests and answers from structs and typed
dictionaries, descriptions from docstrings and comments, and errors from problems.CODES.
"""
