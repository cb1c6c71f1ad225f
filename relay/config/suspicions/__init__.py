"""What is legal in routes.yaml and probably not meant: warnings. A false alarm is worse than silence, so each is told
only where it is certain, or where somebody who means it can say so."""

from collections.abc import Callable, Sequence

from relay.config.loading import Loading
from relay.config.outlining import Made
from relay.config.overlay import overlay
from relay.config.suspicions.amounts import cut_amounts
from relay.config.suspicions.answers import (
    believes_any,
    judges_nothing,
    rejects_doubt,
    repeats_doubt,
    rules_without_end,
)
from relay.config.suspicions.bookings import alike, gives_up, goes_on_after_dead, one_key_for_all, resends
from relay.config.suspicions.conditions import never_matches, part_of_a_text, text_by_itself
from relay.config.suspicions.dating import dates_misprinted
from relay.config.suspicions.secrecy import plain_http, secrets_in_the_file
from relay.config.suspicions.seen import Seen, Suspicions
from relay.config.suspicions.senders import believes_long, forgets_early, hears_nothing, lets_anybody, one_id_for_all
from relay.config.suspicions.unbraced import unbraced
from relay.config.suspicions.unused import tests_of_nothing, unread_tables, unrouted_sources, unused_destinations
from relay.route import Route

ALL: tuple[Callable[[Seen], Suspicions], ...] = (
    never_matches,
    text_by_itself,
    part_of_a_text,
    alike,
    one_key_for_all,
    goes_on_after_dead,
    resends,
    gives_up,
    rejects_doubt,
    repeats_doubt,
    believes_any,
    judges_nothing,
    rules_without_end,
    unrouted_sources,
    unused_destinations,
    unread_tables,
    tests_of_nothing,
    hears_nothing,
    one_id_for_all,
    forgets_early,
    believes_long,
    lets_anybody,
    secrets_in_the_file,
    plain_http,
    cut_amounts,
    dates_misprinted,
    unbraced,
)


def suspect(loading: Loading, made: Made, routes: Sequence[Route]) -> None:
    """Warns of each, in a file without faults."""
    overs = {name: overlay(name, made.said, loading) for name in made.destinations}
    seen = Seen(loading=loading, made=made, routes=routes, overs={name: over for name, over in overs.items() if over})
    for suspicion in ALL:
        for path, what, remedy, key in suspicion(seen):
            loading.warn(path, what, remedy, key=key)
