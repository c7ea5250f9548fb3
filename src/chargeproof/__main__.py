"""The program, also as `python -m chargeproof`."""

import signal


def main() -> None:
    """Whoever interrupts while the libraries are loaded is not shown where in them that was."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from chargeproof import cli

    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, handler)
    cli.main()


if __name__ == "__main__":
    main()
