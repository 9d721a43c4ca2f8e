"""How fast chatkit is, beside other servers, on the machine at hand. See docs/speed.md."""
