"""The console: screens, widgets and themes, drawn by Textual."""
