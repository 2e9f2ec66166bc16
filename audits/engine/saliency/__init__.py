"""Which parts of a picture an answer rests on: by covering patches, and by Shapley values over its halves."""
