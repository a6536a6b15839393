//! What can be said of a half-written statement around the cursor: which tables it names, in which call the cursor stands, what comes
//! before it. Pure, over the lexer's tokens; it guesses where the parser would refuse.

use super::lexer::{self, Kind, Token};
use super::words;

/// The statement in which the cursor stands, without comments.
pub struct Statement<'a> {
    pub text: &'a str,
    tokens: Vec<Token>,
    /// How many tokens come before the word at the cursor.
    n_before: usize,
    /// The word or literal that the cursor is in, or at the end of.
    pub current: Option<Token>,
    pub cursor: usize,
    /// Whether the cursor is in a comment.
    pub is_comment: bool,
}

/// A table that a statement reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// In lower case; of a table function its name.
    pub name: String,
    pub alias: Option<String>,
    pub is_call: bool,
}

/// The call whose argument the cursor is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// In lower case.
    pub function: String,
    /// Place of the argument, and its name if it is given by name.
    pub place: usize,
    pub argument: Option<String>,
    /// Whether nothing of the argument stands before the cursor's word.
    pub is_at_start: bool,
    /// Arguments that are given by name elsewhere in the call.
    pub given: Vec<String>,
    /// The first argument, if it is a literal: of many functions the name of a table.
    pub first: Option<String>,
}

impl<'a> Statement<'a> {
    pub fn at(text: &'a str, cursor: usize) -> Self {
        let all = lexer::tokens(text);
        let begins = all.iter().rposition(|token| token.end <= cursor && token.is(text, ";")).map_or(0, |at| at + 1);
        let rest = &all[begins..];
        let ends = rest.iter().position(|token| token.start >= cursor && token.is(text, ";")).unwrap_or(rest.len());
        let is_in = |token: &Token| match token.kind {
            Kind::Text | Kind::Quoted => token.start < cursor && (cursor < token.end || !token.is_closed),
            Kind::Comment => token.start < cursor && (cursor < token.end || !token.is_closed || text[token.start..].starts_with("--")),
            Kind::Word | Kind::Number | Kind::Parameter => token.start < cursor && cursor <= token.end,
            Kind::Symbol => false,
        };
        let statement = &rest[..ends];
        let is_comment = statement.iter().any(|token| token.kind == Kind::Comment && is_in(token) && cursor <= token.end);
        let tokens: Vec<Token> = statement.iter().copied().filter(|token| token.kind != Kind::Comment).collect();
        let current = tokens.iter().copied().find(is_in);
        let start = current.map_or(cursor, |token| token.start);
        let n_before = tokens.iter().take_while(|token| token.end <= start).count();
        Self { text, tokens, n_before, current, cursor, is_comment }
    }

    /// What of the word stands before the cursor.
    pub fn prefix(&self) -> &'a str {
        self.current.map_or("", |token| &self.text[token.start..self.cursor])
    }
    fn word(&self, token: Token) -> &'a str {
        token.of(self.text)
    }
    fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(self.text, word))
    }
    fn name(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at)?;
        match token.kind {
            Kind::Word => Some(self.word(*token).to_ascii_lowercase()),
            Kind::Quoted => Some(self.word(*token).trim_matches(['"', '`']).to_string()),
            _ => None,
        }
    }

    /// The word or symbol `back` tokens before the cursor's word (0 is the one right before), in upper case; empty where there is none.
    pub fn before(&self, back: usize) -> String {
        let at = self.n_before.checked_sub(back + 1);
        at.map(|at| self.word(self.tokens[at]).to_ascii_uppercase()).unwrap_or_default()
    }
    /// The name `back` tokens before the cursor's word.
    pub fn name_before(&self, back: usize) -> Option<String> {
        self.name(self.n_before.checked_sub(back + 1)?)
    }
    /// Whether the token before the cursor's word ends an operand, so that a clause or operator comes next.
    pub fn follows_operand(&self) -> bool {
        let Some(last) = self.n_before.checked_sub(1).map(|at| self.tokens[at]) else { return false };
        match last.kind {
            Kind::Word => !words::is_keyword(self.word(last)) || ["NULL", "TRUE", "FALSE", "END", "ROW"].contains(&self.before(0).as_str()),
            Kind::Quoted | Kind::Text | Kind::Number | Kind::Parameter => true,
            Kind::Comment => false,
            Kind::Symbol => match self.word(last) {
                ")" | "]" => true,
                // the star of `SELECT *`, not of `2 * x`
                "*" => ["SELECT", "DISTINCT", ",", "("].contains(&self.before(1).as_str()),
                _ => false,
            },
        }
    }
    /// Whether the keywords of this statement are written in lower case.
    pub fn is_in_lower_case(&self) -> bool {
        let first = self.tokens.iter().find(|token| token.kind == Kind::Word && Some(**token) != self.current);
        first.is_some_and(|token| !self.word(*token).contains(|c: char| c.is_ascii_uppercase()))
    }

    /// The clause that the cursor is in, by the keyword that opens it, at the cursor's own depth of brackets.
    pub fn clause(&self) -> Option<String> {
        const CLAUSES: [&str; 12] =
            ["SELECT", "FROM", "WHERE", "BY", "HAVING", "ON", "USING", "LIMIT", "QUALIFY", "WINDOW", "SET", "MATCH_CONDITION"];
        let mut depth = 0_usize;
        for token in self.tokens[..self.n_before].iter().rev() {
            let word = self.word(*token).to_ascii_uppercase();
            match word.as_str() {
                ")" | "]" => depth += 1,
                "(" | "[" => depth = depth.checked_sub(1)?,
                _ if depth == 0 && token.kind == Kind::Word && CLAUSES.contains(&word.as_str()) => return Some(word),
                _ => {}
            }
        }
        None
    }

    /// The column that the literal at the cursor is compared with: `root = '`, `c.root IN ('a', '`, `root LIKE '`.
    pub fn compared_column(&self) -> Option<(Option<String>, String)> {
        let mut at = self.n_before.checked_sub(1)?;
        let is_listed = matches!(self.word(self.tokens[at]), "(" | ",");
        if is_listed {
            while !self.is(at, "(") {
                let is_item = self.is(at, ",") || matches!(self.tokens[at].kind, Kind::Text | Kind::Number);
                at = at.checked_sub(1).filter(|_| is_item)?;
            }
            at = at.checked_sub(1)?;
        }
        let operators: &[&str] = if is_listed { &["IN"] } else { &["=", "<>", "!=", "<", ">", "<=", ">=", "LIKE", "ILIKE"] };
        if !operators.iter().any(|operator| self.is(at, operator)) {
            return None;
        }
        at = at.checked_sub(1)?;
        if self.is(at, "NOT") {
            at = at.checked_sub(1)?;
        }
        let column = self.name(at)?;
        let is_qualified = at >= 2 && self.is(at - 1, ".");
        Some((if is_qualified { self.name(at - 2) } else { None }, column))
    }

    /// The innermost call around the cursor that has a name.
    pub fn call(&self) -> Option<Call> {
        let mut depth = 0_usize;
        let mut open = None;
        for at in (0..self.n_before).rev() {
            match self.word(self.tokens[at]) {
                ")" | "]" => depth += 1,
                // a list is part of the argument that it stands in
                "[" => depth = depth.saturating_sub(1),
                "(" if depth == 0 => {
                    open = Some(at);
                    break;
                }
                "(" => depth -= 1,
                _ => {}
            }
        }
        let open = open?;
        let function = self.name(open.checked_sub(1)?)?;
        let mut call = Call { function, place: 0, argument: None, is_at_start: false, given: Vec::new(), first: self.literal(open + 1) };
        let mut depth = 0_usize;
        let mut starts = open + 1;
        for at in open + 1..self.tokens.len() {
            let word = self.word(self.tokens[at]);
            match word {
                "(" | "[" => depth += 1,
                ")" | "]" if depth == 0 => break,
                ")" | "]" => depth -= 1,
                "," if depth == 0 && at < self.n_before => {
                    call.place += 1;
                    starts = at + 1;
                }
                "=>" if depth == 0 => call.given.extend(self.name(at - 1)),
                _ => {}
            }
        }
        call.is_at_start = starts == self.n_before;
        if self.is(starts + 1, "=>") && starts + 1 < self.n_before {
            call.argument = self.name(starts);
        }
        Some(call)
    }

    fn literal(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Text)?;
        Some(self.word(*token).trim_matches('\'').to_ascii_lowercase())
    }

    /// The tables that the statement reads, those of its subqueries too.
    pub fn relations(&self) -> Vec<Relation> {
        const ENDS: [&str; 11] =
            ["WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "QUALIFY", "WINDOW", "SELECT", "UNION", "EXCEPT", "INTERSECT"];
        let mut relations = Vec::new();
        // whether a comma separates tables, by depth of brackets
        let mut lists = vec![false];
        for (at, token) in self.tokens.iter().enumerate() {
            let is = |word: &str| token.is(self.text, word);
            let opens = ["FROM", "JOIN", "DESCRIBE", "INTO"].into_iter().any(is);
            let is_list = lists.last().copied().unwrap_or_default();
            if opens || (is_list && is(",")) {
                relations.extend(self.relation(at + 1));
            }
            match self.word(*token) {
                "(" => lists.push(false),
                ")" => drop(lists.pop()),
                _ if opens || ENDS.into_iter().any(is) => {
                    if let Some(list) = lists.last_mut() {
                        *list = opens;
                    }
                }
                _ => {}
            }
        }
        relations
    }

    /// The relation that begins at a token, unless it is being typed or has no name.
    fn relation(&self, at: usize) -> Option<Relation> {
        let is_current = |at: usize| self.current.is_some() && self.tokens.get(at) == self.current.as_ref();
        let mut next = at;
        let mut name = String::new();
        if self.is(at, "(") {
            next = self.after_brackets(at);
        } else if self.tokens.get(at)?.kind == Kind::Text {
            next += 1;
        } else {
            if is_current(at) {
                return None;
            }
            name = self.name(at)?;
            next += 1;
            while self.is(next, ".") {
                if is_current(next + 1) {
                    return None;
                }
                name = format!("{name}.{}", self.name(next + 1)?);
                next += 2;
            }
        }
        let is_call = !name.is_empty() && self.is(next, "(");
        if is_call {
            next = self.after_brackets(next);
        }
        next += usize::from(self.is(next, "AS"));
        let is_keyword = self.tokens.get(next).is_some_and(|token| token.kind == Kind::Word && words::is_keyword(self.word(*token)));
        let alias = if is_current(next) || is_keyword { None } else { self.name(next) };
        (!name.is_empty() || alias.is_some()).then_some(Relation { name, alias, is_call })
    }

    /// The token after the bracket that closes the one here; the cursor's word does not end an open one.
    fn after_brackets(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate().skip(at) {
            match self.word(*token) {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return index + 1;
            }
        }
        self.tokens.len()
    }

    /// The names that a WITH clause gives.
    pub fn with_names(&self) -> Vec<String> {
        if !self.tokens.iter().any(|token| token.is(self.text, "WITH")) {
            return Vec::new();
        }
        let named = |at: usize| -> Option<String> {
            let is_named = self.is(at + 1, "AS") && self.is(at + 2, "(");
            let opens = at > 0 && ["WITH", "RECURSIVE", ","].iter().any(|word| self.is(at - 1, word));
            self.name(at).filter(|_| is_named && opens)
        };
        (0..self.tokens.len()).filter_map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statement with the cursor at `|`.
    fn at(marked: &str) -> (String, usize) {
        let cursor = marked.find('|').expect("a mark");
        (marked.replacen('|', "", 1), cursor)
    }
    fn relations(marked: &str) -> Vec<(String, Option<String>)> {
        let (text, cursor) = at(marked);
        Statement::at(&text, cursor).relations().into_iter().map(|relation| (relation.name, relation.alias)).collect()
    }
    fn relation(name: &str, alias: Option<&str>) -> (String, Option<String>) {
        (name.to_string(), alias.map(str::to_string))
    }

    #[test]
    fn tables_of_a_statement_have_their_aliases() {
        assert_eq!(
            relations("SELECT | FROM cot c JOIN meta.roots AS r ON c.root = r.root, continuous_series('ES', rank => 1) s WHERE x"),
            [relation("cot", Some("c")), relation("meta.roots", Some("r")), relation("continuous_series", Some("s"))]
        );
        assert_eq!(relations("SELECT 1 FROM a; SELECT | FROM b WHERE x"), [relation("b", None)]);
        assert_eq!(relations("SELECT x FROM cot WHE|"), [relation("cot", None)]);
        assert_eq!(relations("SELECT x FROM co|"), []);
        assert_eq!(
            relations("SELECT | FROM (SELECT a FROM cot) q ASOF JOIN macro_series_readings r MATCH_CONDITION (a >= b)"),
            [relation("", Some("q")), relation("cot", None), relation("macro_series_readings", Some("r"))]
        );
        assert_eq!(relations("SELECT a, b FROM cot WHERE x IN (1, 2) GROUP BY c, |"), [relation("cot", None)]);
        assert_eq!(relations("SELECT * FROM meta.|"), []);
    }

    #[test]
    fn call_knows_its_argument() {
        let call = |marked: &str| {
            let (text, cursor) = at(marked);
            Statement::at(&text, cursor).call()
        };
        let found = call("SELECT * FROM continuous_series('ES', adjust => 'ratio', ro|, rank => 0)").expect("a call");
        assert_eq!((found.place, found.argument.as_deref(), found.is_at_start), (2, None, true));
        assert_eq!(found.given, ["adjust", "rank"]);
        let found = call("FROM zscore('flow_data', series => ['a', '|").expect("a call");
        assert_eq!((found.function.as_str(), found.place, found.argument.as_deref()), ("zscore", 1, Some("series")));
        assert_eq!(found.first.as_deref(), Some("flow_data"));
        assert_eq!(call("SELECT f(x) |"), None);
    }

    #[test]
    fn literal_knows_the_column_that_it_is_compared_with() {
        let column = |marked: &str| {
            let (text, cursor) = at(marked);
            Statement::at(&text, cursor).compared_column()
        };
        let plain = |name: &str| Some((None, name.to_string()));
        assert_eq!(column("FROM cot WHERE root = 'E|"), plain("root"));
        assert_eq!(column("FROM cot WHERE root NOT IN ('ES', '|')"), plain("root"));
        assert_eq!(column("FROM cot c WHERE c.root LIKE '|"), Some((Some("c".to_string()), "root".to_string())));
        assert_eq!(column("FROM cot WHERE f('|"), None);
        assert_eq!(column("FROM cot WHERE root = |"), plain("root"));
    }

    #[test]
    fn comment_is_no_place_to_complete_in() {
        let (text, cursor) = at("SELECT 1 -- no|");
        assert!(Statement::at(&text, cursor).is_comment);
        let (text, cursor) = at("SELECT 1 -- no\n|");
        assert!(!Statement::at(&text, cursor).is_comment);
    }
}
