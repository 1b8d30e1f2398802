"""The language server: the only place that knows the protocol. One small file a method, discovered by walking this package.

A module that answers messages has `register(server)`. The main thread reads messages and applies edits; everything that needs
analysis runs on one other thread, in order, so that typing never waits for it.
"""
