-- How busy the GPUs were that a replica works on; null where there is none, and in older samples.
set local role chronoplane_query;

alter table telemetry.sample add column gpu_share double precision;
