"""What imports set aside: mending it, and taking it in."""
