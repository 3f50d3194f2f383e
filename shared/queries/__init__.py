"""One file per family of views: the questions one may ask and the documents that answer."""
