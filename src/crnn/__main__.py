"""`python -m crnn`: the command line, as torchrun starts it."""

from crnn.cli import main

if __name__ == "__main__":
    main()
