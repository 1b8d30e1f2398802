"""What the frameworks of Python share."""
