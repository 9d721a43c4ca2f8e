"""OPERSERV: the commands of those who run the server, for IRC operators."""
