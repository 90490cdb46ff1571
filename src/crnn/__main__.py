"""`python -m crnn` is the command `crnn`."""

from crnn.cli import main

if __name__ == "__main__":
    main()
