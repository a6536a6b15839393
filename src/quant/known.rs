//! A value together with when it was known. What is made of several such values is known from the latest of them on, and nothing here lets one
//! be combined without the other: whoever composes a row does not have to remember it.

/// An instant before all others: of what always was known, and of what is not there.
pub const NO_INSTANT: i64 = i64::MIN;

/// A value, and the first instant at which it was known, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known<T> {
    value: T,
    at: i64,
}

impl<T> Known<T> {
    pub const fn new(value: T, at: i64) -> Self {
        Self { value, at }
    }
    /// What follows from no fact: a setting, a rule of the calendar.
    pub const fn always(value: T) -> Self {
        Self { value, at: NO_INSTANT }
    }
    pub const fn at(&self) -> i64 {
        self.at
    }
    pub const fn value(&self) -> &T {
        &self.value
    }
    /// What follows from this value alone.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Known<U> {
        Known { value: make(self.value), at: self.at }
    }
    /// Both, known when the later of them was.
    pub fn and<U>(self, other: Known<U>) -> Known<(T, U)> {
        Known { at: self.at.max(other.at), value: (self.value, other.value) }
    }
    /// This value, where it was chosen by looking at another one.
    pub fn given<U>(self, other: &Known<U>) -> Self {
        Self { at: self.at.max(other.at), value: self.value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_of_two_is_known_with_the_later() {
        let both = Known::new(2, 10).and(Known::new(3, 7)).map(|(a, b)| a * b);
        assert_eq!((both.value(), both.at()), (&6, 10));
        assert_eq!(Known::always(1).given(&both).at(), 10);
        assert_eq!(Known::always(1).and(Known::always(2)).at(), NO_INSTANT);
    }
}
