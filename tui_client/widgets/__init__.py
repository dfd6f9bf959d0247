"""Small widgets, each named after the area of the screen that it fills."""
