"""Records: things of a project that services refer to and that have nothing but versions.

Agents and state machines (seed 001) so far. The day one gets a rule of its own it moves out."""
