"""The server's rules, as a pure state machine: bytes and times come in, frames and records go out."""
