"""Which refusals the document of an operation names."""

READ = (400, 401, 403, 404, 429, 500, 503)
WRITE = (400, 401, 403, 404, 409, 413, 429, 500, 503)
