"""What the frameworks of Java share."""
