//! Continuous series held against laws, against series that others have published, and against roll dates that others have decoded.

mod laws;
mod published;
