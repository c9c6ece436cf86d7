"""Whether what we say about recovery is right, in quarters and on lists whose truth is known."""
