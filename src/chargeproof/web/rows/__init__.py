"""What the store gives, as the resources that people see."""
