"""What crosses the bus around a command, an event, a question or an answer; and the codec."""
