//! Instants as text: parsing what a user types after `SET clock =`, and printing it back. Pure.
