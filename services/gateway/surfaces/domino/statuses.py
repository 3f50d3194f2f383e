"""The statuses beside success that Domino's operations may answer, for its document."""

READ = (400, 401, 403, 404, 429, 500, 503)
WRITE = (*READ, 409, 413)
