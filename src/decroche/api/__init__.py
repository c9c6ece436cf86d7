"""The door for programs: what an account may ask and change over HTTP."""
