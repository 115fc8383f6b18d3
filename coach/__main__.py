"""Lets `python -m coach` do what `coach` does: argv in, exit code out."""

from coach.cli import main

if __name__ == "__main__":
    main()
