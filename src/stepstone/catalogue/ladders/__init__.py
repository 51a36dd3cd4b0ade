"""One file per ladder: `ladder`, names of models that were pretrained alike, the smallest first."""
