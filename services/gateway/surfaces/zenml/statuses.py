"""The statuses beside success that ZenML's operations may answer, for its document."""

READ = (400, 401, 403, 404, 422, 429, 500, 503)
WRITE = (400, 401, 403, 404, 409, 413, 422, 429, 500, 503)
