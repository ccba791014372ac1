"""Full screens and the dialogs above them."""
