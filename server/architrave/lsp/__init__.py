"""The language server: the only place that knows the protocol. One file a method."""
