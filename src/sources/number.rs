//! Numbers as providers write them: bytes to `i64` and `f64`, once, here and nowhere else.
//!
//! A decimal becomes the `f64` nearest to its text. Up to 2^53 and 22 decimals that is one exact division; anything longer goes through the
//! standard library's parser, which rounds correctly at any length. Scanning functions start at a position and stop at the first byte that
//! is no part of the number, so that a row is read in one pass; there a point separates decimals and nothing separates thousands. What people
//! write, in the ways of their country, is read by [`written`].

/// 10^0 to 10^22, all exact in `f64`.
const POWERS: [f64; 23] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

/// Digits that an `i64` holds whatever they are.
const SAFE_DIGITS: usize = 18;

/// The whole number that starts at `at` and the position after it; `None` where none starts or it is too long.
#[inline]
pub fn scan_integer(bytes: &[u8], at: usize) -> (Option<i64>, usize) {
    let negative = bytes.get(at) == Some(&b'-');
    let start = at + usize::from(negative);
    let mut end = start;
    let mut value: i64 = 0;
    while let Some(digit) = bytes.get(end).map(|b| b.wrapping_sub(b'0')).filter(|d| *d <= 9) {
        value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
        end += 1;
    }
    if end == start || end - start > SAFE_DIGITS {
        return (None, end);
    }
    (Some(if negative { -value } else { value }), end)
}

/// The decimal number that starts at `at` and the position after it; `None` where none starts.
#[inline]
pub fn scan_decimal(bytes: &[u8], at: usize) -> (Option<f64>, usize) {
    let negative = bytes.get(at) == Some(&b'-');
    let mut end = at + usize::from(negative);
    let mut mantissa: u64 = 0;
    let (mut digits, mut decimals, mut point) = (0, 0, false);
    while let Some(&byte) = bytes.get(end) {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            digits += 1;
            decimals += usize::from(point);
        } else if byte == b'.' && !point {
            point = true;
        } else {
            break;
        }
        end += 1;
    }
    if digits == 0 {
        return (None, end);
    }
    let value = if digits <= SAFE_DIGITS && mantissa < (1 << 53) {
        let magnitude = mantissa as f64 / POWERS[decimals];
        if negative { -magnitude } else { magnitude }
    } else {
        match std::str::from_utf8(&bytes[at..end]).ok().and_then(|text| text.parse().ok()) {
            Some(value) => value,
            None => return (None, end),
        }
    };
    (Some(value), end)
}

/// A cell that is a whole number, spaces around it allowed; `12.0` counts as one.
pub fn integer(cell: &[u8]) -> Option<i64> {
    let cell = cell.trim_ascii();
    match scan_integer(cell, 0) {
        (Some(value), end) if end == cell.len() => Some(value),
        (Some(value), end) => {
            let zeros = cell[end..].strip_prefix(b".")?;
            (!zeros.is_empty() && zeros.iter().all(|b| *b == b'0')).then_some(value)
        }
        (None, _) => None,
    }
}

/// A cell that is a decimal number, spaces around it allowed.
pub fn decimal(cell: &[u8]) -> Option<f64> {
    let cell = cell.trim_ascii();
    match scan_decimal(cell, 0) {
        (Some(value), end) if end == cell.len() => Some(value),
        _ => None,
    }
}

/// As [`decimal`], with an exponent behind it or not: programs write 1.5e-05 for a small number.
pub fn scientific(cell: &[u8]) -> Option<f64> {
    let cell = cell.trim_ascii();
    let (mantissa, exponent) = match cell.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (&cell[..at], &cell[at + 1..]),
        None => return decimal(cell),
    };
    let (_, end) = scan_decimal(mantissa, 0);
    let digits = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
    let is_number = end > 0 && end == mantissa.len() && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(cell).ok().filter(|_| is_number)?.parse().ok().filter(|value: &f64| value.is_finite())
}

/// What separates the decimals of a number; the other one may separate thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    Comma,
    Point,
}

/// Marks of currency and percent that may stand before or behind a number.
const MARKS: [&str; 5] = ["R$", "US$", "$", "€", "%"];

/// A number as people write it: `1.234,56` or `1,234.56`, with spaces between the thousands or not, a sign before or behind it or parentheses
/// around a negative one, a mark of currency or percent beside it. `None` where it is none, also where thousands are not in threes.
pub fn written(cell: &[u8], decimals: Separator) -> Option<f64> {
    let text = std::str::from_utf8(cell).ok()?.trim();
    let (text, in_parentheses) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inside) => (inside.trim(), true),
        None => (text, false),
    };
    let (text, mut is_negative) = signed(text);
    let (text, mut n_signs) = (unmarked(text), usize::from(is_negative.is_some()));
    let (text, behind_mark) = signed(text);
    n_signs += usize::from(behind_mark.is_some());
    is_negative = is_negative.or(behind_mark);
    if n_signs + usize::from(in_parentheses) > 1 {
        return None;
    }
    let (point, thousands) = match decimals {
        Separator::Comma => (',', '.'),
        Separator::Point => ('.', ','),
    };
    let (whole, fraction) = text.split_once(point).map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let is_space = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}');
    let mut groups = whole.split(|c: char| c == thousands || is_space(c));
    let first = groups.next().unwrap_or_default();
    let mut plain = String::with_capacity(text.len() + 1);
    plain.extend((is_negative == Some(true) || in_parentheses).then_some('-'));
    plain.push_str(first);
    let mut has_groups = false;
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        has_groups = true;
        plain.push_str(group);
    }
    if has_groups && !(1..=3).contains(&first.len()) {
        return None;
    }
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    if plain.bytes().filter(u8::is_ascii_digit).count() + usize::from(plain.starts_with('-')) + usize::from(fraction.is_some())
        != plain.len()
    {
        return None;
    }
    decimal(plain.as_bytes())
}

/// The text without a sign before or behind it, and whether that makes it negative.
fn signed(text: &str) -> (&str, Option<bool>) {
    let of = |sign: char| match sign {
        '-' | '\u{2212}' => Some(true),
        '+' => Some(false),
        _ => None,
    };
    if let Some(negative) = text.chars().next().and_then(of) {
        return (text[text.chars().next().map_or(0, char::len_utf8)..].trim(), Some(negative));
    }
    match text.chars().next_back().and_then(of) {
        Some(negative) => (text[..text.len() - text.chars().next_back().map_or(0, char::len_utf8)].trim(), Some(negative)),
        None => (text, None),
    }
}

/// The text without one mark before and one behind it.
fn unmarked(text: &str) -> &str {
    let text = MARKS.iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text).trim();
    MARKS.iter().find_map(|mark| text.strip_suffix(mark)).unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    use super::{Separator, decimal, integer, scientific, written};
    use proptest::prelude::*;

    #[test]
    fn integers_are_read_whole_or_not_at_all() {
        assert_eq!(integer(b"  249257"), Some(249_257));
        assert_eq!(integer(b"-6344 "), Some(-6344));
        assert_eq!(integer(b"100.0"), Some(100));
        assert_eq!(integer(b"999999999999999999"), Some(999_999_999_999_999_999));
        for bad in ["", " ", ".", "-", "12x", "1,234", "1.5", "1.", "1e3", "9999999999999999999", "+5", "--5"] {
            assert_eq!(integer(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn decimals_are_read_whole_or_not_at_all() {
        assert_eq!(decimal(b"   32.4"), Some(32.4));
        assert_eq!(decimal(b"-.5"), Some(-0.5));
        assert_eq!(decimal(b"100"), Some(100.0));
        assert_eq!(decimal(b"0.30000000000000004441"), Some(0.300_000_000_000_000_04));
        for bad in ["", ".", "-.", "1.2.3", "1,5", "abc", "1e5", "nan", "inf"] {
            assert_eq!(decimal(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn exponents_are_read_whole_or_not_at_all() {
        assert_eq!(scientific(b"1.5e-05"), Some(1.5e-5));
        assert_eq!(scientific(b" -2E+3 "), Some(-2000.0));
        assert_eq!(scientific(b"12.25"), Some(12.25));
        for bad in ["e5", "1e", "1e+", "1e5.0", "1e999", "--1e5", "1e5x", "-e5", "nan", "1,5e2"] {
            assert_eq!(scientific(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn numbers_as_people_write_them() {
        let comma = |text: &str| written(text.as_bytes(), Separator::Comma);
        let point = |text: &str| written(text.as_bytes(), Separator::Point);
        for (text, value) in [
            ("1.234,56", 1234.56),
            ("1234,56", 1234.56),
            ("14,06", 14.06),
            ("3.520,00", 3520.0),
            ("1.234.567", 1_234_567.0),
            ("-0,5", -0.5),
            ("0,5-", -0.5),
            ("+2", 2.0),
            ("(1.234,5)", -1234.5),
            ("R$ 18.265,60", 18265.6),
            ("-R$ 1,00", -1.0),
            ("R$ -1,00", -1.0),
            ("14,22%", 14.22),
            (" 1\u{a0}234,5 ", 1234.5),
            ("\u{2212}3", -3.0),
        ] {
            assert_eq!(comma(text), Some(value), "{text}");
        }
        for (text, value) in [("1,234.56", 1234.56), ("$1,234", 1234.0), ("5.02", 5.02), ("1 000", 1000.0), ("-1,000.5 %", -1000.5)] {
            assert_eq!(point(text), Some(value), "{text}");
        }
        for bad in [
            "",
            "-",
            "1.23,4",
            "12.34.567",
            "1,2,3",
            "1.2345,0",
            "abc",
            "1e5",
            "--1",
            "-1-",
            "(-1)",
            "1,234.5",
            "1 23",
            "R$",
            ",",
            "n/a",
            "1..234",
        ] {
            assert_eq!(comma(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_number_survives_being_written_with_thousands(value in -999_999_999_i64..=999_999_999, cents in 0_u8..100) {
            let digits = value.unsigned_abs().to_string();
            let grouped = digits.as_bytes().rchunks(3).rev().map(|c| std::str::from_utf8(c).unwrap_or("")).collect::<Vec<_>>();
            let sign = if value < 0 { "-" } else { "" };
            let expected = format!("{sign}{digits}.{cents:02}").parse::<f64>().ok();
            prop_assert_eq!(written(format!("{sign}{},{cents:02}", grouped.join(".")).as_bytes(), Separator::Comma), expected);
            prop_assert_eq!(written(format!("{sign}{}.{cents:02}", grouped.join(",")).as_bytes(), Separator::Point), expected);
        }
        #[test]
        fn a_decimal_is_the_nearest_double(text in "-?[0-9]{1,25}(\\.[0-9]{1,25})?") {
            prop_assert_eq!(decimal(text.as_bytes()), text.parse::<f64>().ok());
        }
        #[test]
        fn an_integer_survives_printing(value in -999_999_999_999_999_999_i64..=999_999_999_999_999_999) {
            prop_assert_eq!(integer(value.to_string().as_bytes()), Some(value));
        }
    }
}
