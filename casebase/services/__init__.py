"""What people and programs can do: plain typed functions over the ports."""
