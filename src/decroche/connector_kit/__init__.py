"""What every connector is made of: the contract, and the small columnar vocabulary for reading exports."""
