"""vim's keys as a state machine over any text; nothing here knows a screen."""
