-- The digest of a step's output is SHA-256 from here on: the recording, which proves it, has SM3 and SHA-256 both.
alter table change_step_run rename column output_sm3 to output_sha256;
