"""What was seen at the URL of a service that runs elsewhere, in a small stream of its own."""
