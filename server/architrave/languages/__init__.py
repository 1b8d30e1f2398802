"""One file a language, with its query beside it."""
