"""The static side: pages a city points everyone to, made once a version from the same frames, words and sentences."""
