"""One file for each command, named as it: `add(commands)` declares it."""
