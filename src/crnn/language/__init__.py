"""What texts are likely: n-gram models of symbols, learnt from words, kept in files."""
