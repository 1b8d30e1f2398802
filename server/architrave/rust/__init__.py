"""What the frameworks of Rust share."""
