-- Which accounts of a target are privileged, and which host key it has, decides what security must approve (RL-17): no statement of the
-- application changes it.
revoke update, delete on cmdb_target from huabiao_app;
