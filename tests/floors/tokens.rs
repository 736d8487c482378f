//! Rust, as far as imports go.

use crate::module::Names;

/// Names, `::` and single signs; no comments, strings, characters or lifetimes.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let silent = comment(rest).or_else(|| string(rest)).or_else(|| quote(rest));
        let length = match silent {
            Some(length) => length,
            None if is_name(rest) => run(rest, is_name_sign),
            None if rest.starts_with("::") => 2,
            None => first.len_utf8(),
        };
        let (token, behind) = rest.split_at(length.min(rest.len()));
        if silent.is_none() && !first.is_whitespace() {
            tokens.push(token.into());
        }
        rest = behind;
    }
    tokens
}

fn is_name_sign(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// How many octets at the beginning are such signs.
fn run(text: &str, is: fn(char) -> bool) -> usize {
    text.find(|sign| !is(sign)).unwrap_or(text.len())
}

/// The length of the comment here, if there is one.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(run(text, |sign| sign != '\n'));
    }
    let mut depth = 0usize;
    let mut at = 0;
    while at == 0 || depth > 0 {
        let rest = text.get(at..)?;
        match rest.get(..2) {
            Some("/*") => (depth, at) = (depth + 1, at + 2),
            Some("*/") if depth > 0 => (depth, at) = (depth - 1, at + 2),
            _ if depth > 0 => at += rest.chars().next()?.len_utf8(),
            _ => return None,
        }
    }
    Some(at)
}

/// The length of the string here, if there is one: `"…"`, `b"…"`, `r#"…"#` and their like.
fn string(text: &str) -> Option<usize> {
    let body = text.trim_start_matches(['b', 'c']);
    if text.len() - body.len() > 1 {
        return None;
    }
    if let Some(raw) = body.strip_prefix('r') {
        let hashes = run(raw, |sign| sign == '#');
        let inside = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(text.len() - inside.len() + inside.find(&end)? + end.len());
    }
    let inside = body.strip_prefix('"')?;
    Some(text.len() - inside.len() + until(inside, '"')?)
}

/// The length of the character or lifetime here, if there is one: `'a'`, `'\n'`, `'a`.
fn quote(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' || inside[first.len_utf8()..].starts_with('\'') {
        return Some(1 + until(inside, '\'')?);
    }
    Some(1 + run(inside, is_name_sign))
}

/// How far it is to behind the end sign, where `\` hides the sign after it.
fn until(inside: &str, end: char) -> Option<usize> {
    let mut signs = inside.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => _ = signs.next(),
            _ if sign == end => return Some(at + end.len_utf8()),
            _ => {}
        }
    }
    None
}

/// The tokens without what `#[cfg(test)]` stands before, and the modules that it names.
pub(crate) fn without_tests(tokens: &[String], here: &[String]) -> (Vec<String>, Vec<Names>) {
    let mut kept = Vec::new();
    let mut modules = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]"].map(String::from)) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut braces = 0usize;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token.as_str() {
                "mod" if braces == 0 => modules.push([here, &tokens[at..=at]].concat()),
                "{" => braces += 1,
                "}" if braces == 1 => break,
                "}" => braces -= 1,
                ";" if braces == 0 => break,
                _ => {}
            }
        }
    }
    (kept, modules)
}

pub(crate) fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_') && token != "as"
}
