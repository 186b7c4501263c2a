DROP TABLE job_line;
DROP TABLE job;
