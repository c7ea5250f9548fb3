"""A place without hands: every act is *cannot*, and what needs it is not run."""

from chargeproof.acceptance.ports import Act, Deed


class NoSite:
    """Fulfils ``acceptance.ports.Site``."""

    kind = "none"

    async def perform(self, act: Act) -> Deed:
        return Deed("cannot", self.kind, "no hands at this site")
