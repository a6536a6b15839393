//! A made-up sample.
