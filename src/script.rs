//! Saved .sql scripts.
