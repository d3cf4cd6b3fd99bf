"""What is timed, always beside a peer, the lecture's own loop or a bound, in one run."""
