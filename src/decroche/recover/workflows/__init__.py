"""The durable steps of recovery: each is short, looks again at everything, and writes down what it did."""
