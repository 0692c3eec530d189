"""One module an event source; Lambda loads its module alone, without app.py."""

from chalicelib import logs

logs.configure()
