"""What people are told when the privacy engine did something for them."""
