"""The front door: changes of a workspace in, findings out."""
