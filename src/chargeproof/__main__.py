"""`python -m chargeproof`."""

from chargeproof.cli import main

main()
