-- RL-20: who comes from a terminal that is not registered is let in only by an exemption, which somebody else gave and which ends by itself.
alter table account add column terminal_exempt_until timestamptz;
