-- ripe: finds events that have been kept long enough, in full or without their bodies.
-- Args: {shelf: ended | bare, keep_ms, want}. Reads that.
-- Reply: event ids, those that ended first before others. Guarantees: writes nothing; costs the same however many there are.

return call('ZRANGEBYSCORE', ARGS.shelf, '-inf', NOW - ARGS.keep_ms, 'LIMIT', 0, ARGS.want)
