//! Speed of the futures path.
fn main() {}
