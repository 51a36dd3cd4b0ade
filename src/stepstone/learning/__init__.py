"""How models learn: encoders and heads, batches, the one training loop, resume points, tokenizers."""
