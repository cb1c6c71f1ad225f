"""What goes out over HTTP: one request, once, and a true word on whether it left and what came back."""
