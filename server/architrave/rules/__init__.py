"""One file a smell, in a folder for each of the six responsibilities of the architect."""
