-- A late filing is late by its own times, whether or not a sweep has come by (NT-F03); a filing may be written anew as often as it must be, some
-- at a time; and one executor has one emergency, however fast they ask.

-- Two requests at once do not see each other: the index does (emergency.already_invoked).
create unique index emergency_case_one on emergency_case (executor_id) where state in ('invoked', 'executing');

-- Twenty in all would one day have been the last, and the block for ever. Twenty within a day are what anybody reads; on the next there are more.
alter table emergency_filing drop constraint emergency_filing_version_check;
alter table emergency_filing add constraint emergency_filing_version_check check (version between 1 and 1000000);
-- Nobody asks it.
drop function emergency_tenant(uuid);
