"""What may lie between a socket and the lines: TLS, WebSocket, a PROXY header. Bytes in, bytes out; no socket here."""
