"""Which refusals the document of an operation names, beside those of every operation."""

ALWAYS = (400, 401, 429, 500, 503)
READ = (*ALWAYS, 404)
WRITE = (*ALWAYS, 403, 404, 409, 413)
