"""The whole journey of users over HTTP, the same against `make run` and against a deployed stack.

    python -m tests.journey

`target` describes a running Janus, `people` calls it, and each further module has the steps of one subject;
`course` goes through all of them in their order.
"""
