"""The proof: specs, units, properties and cases."""
