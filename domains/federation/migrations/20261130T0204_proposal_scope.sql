-- What a source says of a unit's people is read by that unit alone: the reader's own row security holds.
alter view pub_source_proposal set (security_invoker = true);
