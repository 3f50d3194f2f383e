"""How many replicas a service shall have, and why: pure, for whoever decides and whoever asks what
other settings would have decided."""
