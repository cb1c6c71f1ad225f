"""What a walk may ask of the store."""

import building
from hypothesis import strategies as st

from relay.delivery import State
from relay.outcome import LaneEffect
from relay.store import BreakerLimits

LANES = st.sampled_from(["erp", "oa"])
PICK = st.integers(0, 23)
AT_ONCE_OR_NEVER = st.sampled_from([0, building.NEVER_MS])
DRAFTS = st.fixed_dictionaries(
    {
        "lane": LANES,
        "order_key": st.sampled_from(["k1", "k1", "k2", None]),
        "once": st.sampled_from([None, None, "o1", "o2"]),
        "blocks": st.booleans(),
        "state": st.sampled_from([State.PENDING, State.PENDING, State.PENDING, State.HELD, State.DEAD]),
    }
)
ENTRIES = st.fixed_dictionaries(
    {
        "drafts": st.lists(DRAFTS, min_size=1, max_size=4) | st.just([]),
        "mark": st.integers(0, 99),
        "digest": st.sampled_from([b"body one", b"body two"]),
        "on_differs": st.sampled_from(["hold", "ignore"]),
        "told": st.booleans(),
    }
)
LIMITS = st.builds(
    BreakerLimits,
    failures=st.integers(1, 3),
    probe_ms=AT_ONCE_OR_NEVER,
    cap_ms=st.just(building.NEVER_MS),
    stop_after=st.sampled_from([0, 0, 2]),
)
SETTLED = st.fixed_dictionaries(
    {
        "state": st.sampled_from([State.DELIVERED, State.WAITING, State.CONFIRMING, State.HELD, State.DEAD]),
        "effect": st.sampled_from(list(LaneEffect)),
        "limits": LIMITS,
        "delay_ms": AT_ONCE_OR_NEVER,
        "throttle_ms": st.sampled_from([0, 0, 0, building.NEVER_MS]),
        "counts": st.booleans(),
        "doubt": st.booleans(),
        "anew": st.booleans(),
        "heard": st.sampled_from([0, 0, 1, 5]),
        "posted": st.sampled_from([False, False, True]),
        "rejected": st.sampled_from([False, False, True]),
        "document": st.sampled_from([None, "V-1"]),
        "reason": st.sampled_from([None, "rejected: no", "hold: closed"]),
        "digest": st.sampled_from([None, "digest"]),
    }
)
