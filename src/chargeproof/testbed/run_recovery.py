"""A run that a program left when it died: its record gets an end and is judged, its station its values back."""

from chargeproof.acceptance.left_changed import left_changed
from chargeproof.errors import ChargeproofError
from chargeproof.testbed.run_player import Player, PreviousReport

WAITS = "The run was interrupted. The station has changed keys, which are put back as soon as it is here."


async def recover(player: Player, previous: PreviousReport) -> None:
    """End what was interrupted; then wait for the station, for as long as it takes, and put it back.

    A run that a person stopped twice was left as it is on purpose, and stays so.
    """
    book, clock = player.book, player.apparatus.clock
    state = book.state
    if state.is_live:
        if not book.folder.record.exists() or not book.folder.record.stat().st_size:
            book.folder.forget_empty_record()
            detail = "the server ended before the station had come; nothing was recorded"
            book.update(phase="ended", ending="interrupted", detail=detail, ended_at=clock.now(), keep=True)
            return
        trace = book.folder.end_interrupted(clock.now())
        detail = trace.tail.detail if trace.tail is not None else ""
        book.update(ending="interrupted", detail=detail, prompt=None, questions=())
        await player.settle(previous)
    elif state.ending != "interrupted":
        return
    keys = {left.key: left.was for left in left_changed(book.folder.trace())}
    if not keys:
        return
    book.update(says=WAITS, keep=True)
    try:
        await player.put_back(keys, previous)
    except ChargeproofError as error:
        book.update(says=f"The station could not be put back: {error}", keep=True)
