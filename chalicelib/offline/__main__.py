"""The process of the offline AWS, as `launch` starts it; people start `chalice local`."""

from chalicelib.offline.server import main

main()
