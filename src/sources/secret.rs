//! Where a provider's key stands: in the environment, or in a file of the working directory that is kept out of version control. What shape
//! a key has is each provider's own matter; that it is sent to nobody but the provider, and shown by nobody who sends it back, is held here.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use reqwest::Url;

use crate::error::{Error, Result, system_words};

/// The places of one provider's key.
pub(super) struct Places {
    pub provider: &'static str,
    pub variable: &'static str,
    /// Read where the variable is not set: lines of `KEY=VALUE`.
    pub file: &'static str,
    /// How a key looks, for hints.
    pub example: &'static str,
}

impl Places {
    /// The text that stands for a key, and where it was found.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self) -> Result<(String, String)> {
        let Self { provider, variable, file, example } = self;
        if let Ok(key) = std::env::var(variable) {
            return Ok((key, format!("${variable}")));
        }
        match std::fs::read_to_string(Path::new(file)) {
            Ok(text) => match in_lines(variable, &text) {
                Some(key) => Ok((key.to_string(), (*file).to_string())),
                None => {
                    Err(Error::config(format!("no line sets `{variable}`")).in_file(*file).hint(format!("write `{variable}={example}`")))
                }
            },
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::config(format!("there is no API key for {provider}"))
                .hint(format!("set `{variable}`, or write `{variable}={example}` into `{file}`; files need none: `--file`"))),
            Err(e) => Err(Error::config(format!("cannot be read: {}", system_words(&e))).in_file(*file)),
        }
    }
}

/// What stands for a key where one was.
const MASK: &str = "***";

/// A text of others, in which a key may stand as it is, in the writing of addresses, or in base64 (alone, or as a part of something longer).
pub(super) fn masked(text: &str, key: &str) -> String {
    if key.is_empty() {
        return text.to_string();
    }
    let mut forms = vec![key.to_string(), json_escaped(key)];
    let encoded: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
    forms.extend([encoded.to_ascii_lowercase(), encoded]);
    let all: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
    forms.extend([all.to_ascii_lowercase(), all]);
    // only what has a percent sign may be changed by writing it in lower case
    forms.retain(|form| form == key || form.contains(['%', '\\']));
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        for before in 0..3 {
            let mut bytes = vec![0; before];
            bytes.extend(key.as_bytes());
            let written = engine.encode(&bytes);
            // the first and the last letters hold bits of what stands around the key
            let (first, last) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
            forms.push(written[first..last].to_string());
        }
    }
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.iter().fold(text.to_string(), |text, form| text.replace(form.as_str(), MASK))
}

fn json_escaped(key: &str) -> String {
    serde_json::to_string(key).map(|quoted| quoted.trim_matches('"').to_string()).unwrap_or_else(|_| key.to_string())
}

/// An error without the key that someone sent back.
pub(super) fn masked_error(error: Error, key: &str) -> Error {
    error.reworded(|text| masked(text, key))
}

/// That a key is sent to nobody who listens: over TLS, or to this machine.
///
/// # Errors
/// It would be.
pub(super) fn ensure_private(address: &Url, setting: &str) -> Result<()> {
    if address.scheme() == "https" || address.scheme() == "http" && is_this_machine(address) {
        return Ok(());
    }
    let host = address.host_str().unwrap_or_default();
    Err(Error::config(format!("`{setting}` would send the key to `{host}` where everyone on the way can read it"))
        .hint("the address begins with https://; plain http:// is for a server on this machine"))
}

/// Whether an address is of a server on this machine.
pub(super) fn is_this_machine(address: &Url) -> bool {
    match address.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn in_lines<'t>(variable: &str, text: &'t str) -> Option<&'t str> {
    let pairs = text.lines().filter(|line| !line.trim_start().starts_with('#')).filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.trim().trim_start_matches("export "), value))
        .find_map(|(name, value)| (name.trim() == variable).then(|| value.trim().trim_matches(['"', '\''])))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "db-made-up~key+of/32 characters!";

    #[test]
    fn a_key_that_is_sent_back_is_masked_however_it_is_written() {
        let percent: String = KEY.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let encoded: String = url::form_urlencoded::byte_serialize(KEY.as_bytes()).collect();
        let mut texts = vec![KEY.to_string(), percent, encoded.to_ascii_lowercase(), encoded];
        for around in ["", ":", "x:", "xy:", "user=", "a\"b\""] {
            texts.push(STANDARD_NO_PAD.encode(format!("{around}{KEY}:")));
            texts.push(URL_SAFE_NO_PAD.encode(format!("{around}{KEY}{around}")));
        }
        for text in texts {
            let masked = masked(&format!("who are you, {text}?"), KEY);
            assert!(masked.contains(MASK) && masked.starts_with("who are you, "), "{text}: {masked}");
            // what is left is too short to find the key by
            assert!(masked.len() < 32 + "who are you, ?".len(), "{text}: {masked}");
        }
        assert_eq!(masked("nothing of it", KEY), "nothing of it");
        let error = masked_error(Error::source(format!("no {KEY}")).hint(format!("not {KEY}")).in_file(KEY), KEY);
        assert!(!error.to_string().contains(KEY), "{error}");
    }

    #[test]
    fn a_key_is_sent_in_private() {
        let ensure = |address: &str| ensure_private(&Url::parse(address).expect("an address"), "fred.url");
        for private in ["https://api.stlouisfed.org/fred", "http://127.0.0.1:8080", "http://[::1]:1/", "http://localhost/fred"] {
            assert!(ensure(private).is_ok(), "{private}");
        }
        for open in ["http://api.stlouisfed.org/fred", "http://10.0.0.1/", "ftp://127.0.0.1/", "http://localhost.example.org/"] {
            assert!(ensure(open).is_err(), "{open}");
        }
    }

    #[test]
    fn a_file_sets_it_in_a_line() {
        for text in ["# mine\nOTHER=1\nSOME_KEY=abc\n", "export SOME_KEY = \"abc\""] {
            assert_eq!(in_lines("SOME_KEY", text), Some("abc"), "{text}");
        }
        assert_eq!(in_lines("SOME_KEY", "#SOME_KEY=x\n"), None);
    }
}
