"""From hits to something that can be said; plain, synchronous, no Discord."""
