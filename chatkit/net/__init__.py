"""The threaded socket core that the server and the clients share: I/O threads, connections, listeners."""
