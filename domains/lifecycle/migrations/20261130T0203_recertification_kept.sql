-- The report of a campaign is kept as the text whose digest the ledger holds: names change, the text does not. Null: closed before it was kept.
alter table lifecycle_campaign add column report text check (length(report) between 1 and 4000000);
alter table lifecycle_campaign add constraint lifecycle_campaign_report check (report is null or closed_at is not null);
