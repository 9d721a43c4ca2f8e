"""The control socket: how those who run the place look into a running server and act on it.

Nothing is imported here: the command line needs the table of commands, and neither the rules nor the server.
"""
