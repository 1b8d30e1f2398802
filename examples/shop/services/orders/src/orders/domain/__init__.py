"""What the business knows of orders, whoever asks and wherever they are kept."""
