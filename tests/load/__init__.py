"""Everyone at once: what the server promises of its speed, its cap and its memory, measured on loopback."""
