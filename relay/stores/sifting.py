"""Whether an event or a delivery is one of those that were asked for. Pure."""

from relay.sieve import DeliverySieve, EventSieve, Sieve
from relay.views import DeliveryView, EventView, Listed


def event_fits(view: EventView, sieve: EventSieve) -> bool:
    event = view.event
    return (
        sieve.source in (None, event.source)
        and sieve.type in (None, event.type)
        and (sieve.route is None or sieve.route in view.routes)
        and _in_time(view.received_ms, sieve)
        and sieve.state in (None, view.state)
        and (sieve.text is None or _names(sieve.text, event.id, event.external_id, *_known(view.deliveries)))
    )


def delivery_fits(view: DeliveryView, sieve: DeliverySieve) -> bool:
    return (
        sieve.state in (None, view.state)
        and sieve.lane in (None, view.lane)
        and sieve.route in (None, view.route)
        and _in_time(view.received_ms, sieve)
        and (sieve.text is None or _names(sieve.text, view.event, *_known([view])))
    )


def listed_fits(one: Listed, sieve: DeliverySieve) -> bool:
    """`text` and `state` aside: its list has the one, and what the other looks for isn't read."""
    return sieve.route in (None, one.route) and _in_time(one.came_ms, sieve)


def _in_time(came_ms: int, sieve: Sieve) -> bool:
    return (sieve.since_ms is None or came_ms >= sieve.since_ms) and (
        sieve.until_ms is None or came_ms < sieve.until_ms
    )


def _known(views: list[DeliveryView]) -> list[str | None]:
    return [part for one in views for part in (one.id, one.document, one.order_key, one.once)]


def _names(text: str, *parts: str | None) -> bool:
    return any(text in part for part in parts if part)
