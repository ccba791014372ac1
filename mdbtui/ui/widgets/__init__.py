"""What is on the screen: widgets own what they draw and post messages."""
