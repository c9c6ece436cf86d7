"""The door at which platforms deliver: verify, keep, answer; understanding comes later."""
