//! The one error type: who must act, where, and what to do about it.
//!
//! Every layer above DataFusion speaks this type; inside DataFusion traits it travels as `DataFusionError::External` and is taken out again
//! by [`Error::from`], so that a message written deep inside a scan reaches the user as it was written.
//! Messages are lower case without a full stop, values in backticks; the remedy is a separate `hint`.

use std::fmt;

use datafusion::error::DataFusionError;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The command line or a setting.
    Usage,
    /// A file under `config/` or given by `--config`.
    Config,
    /// A provider or one of its files.
    Source,
    /// The lake on disk.
    Lake,
    /// The metadata database.
    Metadata,
    /// The user's SQL.
    Query,
    /// The user stopped it.
    Cancelled,
    /// Our own defect.
    Internal,
}

/// Where the fault lies; every part that is known is printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub source: Option<String>,
    pub file: Option<String>,
    /// One-based line of a file, or of a statement where the kind is [`Kind::Query`].
    pub row: Option<u64>,
    /// A column's name in a data file.
    pub column: Option<String>,
    /// One-based character position in the line, for a caret.
    pub character: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: Kind,
    message: String,
    place: Place,
    hint: Option<String>,
}

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), place: Place::default(), hint: None }))
    }
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }
    pub fn source(message: impl Into<String>) -> Self {
        Self::new(Kind::Source, message)
    }
    pub fn lake(message: impl Into<String>) -> Self {
        Self::new(Kind::Lake, message)
    }
    pub fn metadata(message: impl Into<String>) -> Self {
        Self::new(Kind::Metadata, message)
    }
    pub fn query(message: impl Into<String>) -> Self {
        Self::new(Kind::Query, message)
    }
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }
    pub fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "cancelled")
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }
    /// Says in front of the message what it holds for.
    pub fn said_of(mut self, what: &str) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }
    pub fn in_source(mut self, source: impl Into<String>) -> Self {
        self.0.place.source = Some(source.into());
        self
    }
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.0.place.file = Some(file.into());
        self
    }
    pub fn at_row(mut self, row: u64) -> Self {
        self.0.place.row = Some(row);
        self
    }
    pub fn in_column(mut self, column: impl Into<String>) -> Self {
        self.0.place.column = Some(column.into());
        self
    }
    pub fn at_character(mut self, line: u64, character: u64) -> Self {
        self.0.place.row = Some(line);
        self.0.place.character = Some(character);
        self
    }

    /// Makes it the statement's fault.
    pub fn in_statement(mut self) -> Self {
        self.0.kind = Kind::Query;
        self
    }
    /// With every text of it put through `words`.
    pub fn reworded(mut self, words: impl Fn(&str) -> String) -> Self {
        self.0.message = words(&self.0.message);
        let Place { source, file, column, .. } = &mut self.0.place;
        for text in [source, file, column, &mut self.0.hint].into_iter().flatten() {
            *text = words(text);
        }
        self
    }
    /// Takes the place in a text away that nobody sees.
    pub fn without_place(mut self) -> Self {
        self.0.place = Place::default();
        self
    }

    pub fn kind(&self) -> Kind {
        self.0.kind
    }
    pub fn message(&self) -> &str {
        &self.0.message
    }
    pub fn place(&self) -> &Place {
        &self.0.place
    }
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { source, file, row, column, character } = &self.0.place;
        for part in [source, file].into_iter().flatten() {
            write!(f, "{part}: ")?;
        }
        if let Some(row) = row {
            write!(f, "line {row}")?;
            match character {
                Some(character) => write!(f, ", column {character}: ")?,
                None => f.write_str(": ")?,
            }
        }
        if let Some(column) = column {
            write!(f, "column `{column}`: ")?;
        }
        if self.0.kind == Kind::Internal {
            f.write_str("internal error: ")?;
        }
        f.write_str(&self.0.message)?;
        if let Some(hint) = &self.0.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// What the system says of a failed operation, without its number and its capital.
pub fn system_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

impl Error {
    /// Our own error inside a chain of DataFusion's wrappers, if one started it.
    pub fn own_in(error: &DataFusionError) -> Option<Self> {
        find_own(error)
    }
    /// Our own error among the causes of another one.
    pub fn own_among(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(own) = error.downcast_ref::<Self>() {
                return Some(own.clone());
            }
            cause = error.source();
        }
        None
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        if let Some(own) = find_own(&error) {
            return own;
        }
        let mut text = error.strip_backtrace();
        for prefix in ["Error during planning: ", "This feature is not implemented: ", "SQL error: ", "Execution error: ", "Schema error: "]
        {
            if let Some(rest) = text.strip_prefix(prefix) {
                text = rest.to_string();
            }
        }
        Self::query(text)
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

fn find_own(error: &DataFusionError) -> Option<Error> {
    match error {
        DataFusionError::External(inner) => {
            let theirs = || inner.downcast_ref::<DataFusionError>().and_then(find_own);
            inner.downcast_ref::<Error>().cloned().or_else(theirs).or_else(|| Error::own_among(inner.as_ref()))
        }
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => find_own(inner),
        DataFusionError::Shared(inner) => find_own(inner),
        DataFusionError::Collection(all) => all.first().and_then(find_own),
        DataFusionError::ArrowError(inner, _) => match inner.as_ref() {
            datafusion::arrow::error::ArrowError::ExternalError(inner) => {
                let theirs = || inner.downcast_ref::<DataFusionError>().and_then(find_own);
                inner.downcast_ref::<Error>().cloned().or_else(theirs).or_else(|| Error::own_among(inner.as_ref()))
            }
            other => Error::own_among(other),
        },
        other => Error::own_among(other),
    }
}
