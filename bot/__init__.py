"""The answers, and the two front ends that show them: a command line and a Discord bot."""
