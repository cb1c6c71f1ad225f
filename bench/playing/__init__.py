"""Who stands around Relay in the benchmark: the platform that sends, and the ERP and the origin that are told."""
