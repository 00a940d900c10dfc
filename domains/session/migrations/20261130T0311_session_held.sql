-- Why a session is held, so that only what is over lets it go on.
alter table session_record add column pause_reason text;
