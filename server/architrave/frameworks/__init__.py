"""One file a framework or library family: what its calls, decorators and documents mean."""
