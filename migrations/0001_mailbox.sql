-- What a development deployment has mailed, instead of sending it.
CREATE TABLE mailbox (
  id TEXT PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  template TEXT NOT NULL,
  variables TEXT NOT NULL,
  text_body TEXT NOT NULL,
  html_body TEXT NOT NULL,
  sent_at TEXT NOT NULL
);
CREATE INDEX mailbox_by_recipient ON mailbox (recipient, sent_at);
CREATE INDEX mailbox_by_time ON mailbox (sent_at);
