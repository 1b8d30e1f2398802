"""Agents: each proposes, the rules verify.

An agent reads a frozen state of the workspace, edits an overlay of it, and hands back what has passed its checks. It never writes to
the workspace. `provider` is what the server and the command line find through the entry point group `architrave.agents`; the rest of
Architrave knows nothing of this package.
"""
