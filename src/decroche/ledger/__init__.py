"""The operational store: what platforms said, the calls and journeys made of it, and what people set up."""
