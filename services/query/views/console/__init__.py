"""What the console's lists show; read from the tables of other views."""
