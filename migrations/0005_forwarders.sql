-- Every forwarder that ever delivered, so that those of a former, larger number are still found.
CREATE TABLE forwarders (shard INTEGER PRIMARY KEY);
