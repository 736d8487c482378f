//! The handshake: each request and its response, with what is in their tokens, and how long it took.

use std::fmt::Write;
use std::time::Duration;

use super::Visit;
use super::html::{count, escaped};
use super::token;
use crate::exchange::{Exchange, Field};
use crate::recorder::Site;

/// The longest value that is shown at once.
const SHOWN: usize = 96;

/// All that is kept of what was said on the connection since the last login before.
pub(super) fn section(visit: &Visit<'_>) -> String {
    let exchanges = visit.history.exchanges();
    let steps = count(exchanges.len(), "request");
    let mut text = format!(
        "<section class='card wide'><h2>The handshake</h2><p class=note>{steps} of this connection, as they came and were \
         answered. You see what you sent yourself; nobody else is shown it.</p><ol class=timeline>"
    );
    for exchange in exchanges {
        step(&mut text, exchange, &visit.seen.site);
    }
    text.push_str(
        "</ol><p class=note>The lines date and content-length are added when a response is sent.</p></section>",
    );
    text
}

fn step(text: &mut String, exchange: &Exchange, site: &Site) {
    let credential = exchange.credential();
    let title = title(exchange);
    let waited = exchange.waited.map(|waited| format!("after {}, ", duration(waited))).unwrap_or_default();
    let _ = write!(text, "<li><h3>{title}</h3><p class=note>{waited}answered in {}</p>", duration(exchange.judged_in));
    message(text, "→", "sent", &exchange.said.line, &exchange.said.fields, |field| {
        token::explained(field, None, site)
    });
    message(text, "←", "got", &exchange.answer.line, &exchange.answer.fields, |field| {
        token::explained(field, credential, site)
    });
    text.push_str("</li>");
}

/// What happens here, in plain words.
fn title(exchange: &Exchange) -> &'static str {
    let goes_on = exchange.answer.fields.iter().any(|field| field.is_login && field.value.contains(' '));
    match (exchange.credential().is_some(), exchange.answer.is_welcome, goes_on) {
        (false, false, _) => "Asks without a login, and is told what is offered",
        (false, true, _) => "Asks without a token: the connection is logged in",
        (true, true, _) => "Brings a token, and is let in",
        (true, false, true) => "Brings a token, and is answered with one",
        (true, false, false) => "Brings a token, and is refused",
    }
}

fn message(
    text: &mut String,
    arrow: &str,
    class: &str,
    line: &str,
    fields: &[Field],
    explained: impl Fn(&Field) -> String,
) {
    let _ = write!(text, "<div class='message {class}'><p class=line><span>{arrow}</span> {}</p>", escaped(line));
    let (shown, others): (Vec<_>, Vec<_>) = fields.iter().partition(|field| matters(field));
    for field in shown {
        text.push_str(&self::field(field));
        text.push_str(&explained(field));
    }
    if !others.is_empty() {
        let number = count(others.len(), "other header line");
        let others: String = others.into_iter().map(self::field).collect();
        let _ = write!(text, "<details class=others><summary>{number}</summary>{others}</details>");
    }
    text.push_str("</div>");
}

/// Whether it says something of the login.
fn matters(field: &Field) -> bool {
    field.is_login || matches!(field.name.as_str(), "host" | ":authority" | "authorization" | "connection" | "via")
}

fn field(field: &Field) -> String {
    let class = if field.is_login { " login" } else { "" };
    format!("<div class='field{class}'><b>{}:</b> {}</div>", escaped(&field.name), value(&field.value))
}

/// A long value opens when it is asked for.
fn value(value: &str) -> String {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => {
            let (start, _) = value.split_at(end);
            let length = count(value.chars().count(), "character");
            format!(
                "<details class=long><summary>{}… <span class=note>({length})</span></summary>{}</details>",
                escaped(start),
                escaped(value)
            )
        }
        None => escaped(value),
    }
}

/// In the unit that people read.
fn duration(duration: Duration) -> String {
    let micros = duration.as_micros();
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{:.1} ms", duration.as_secs_f64() * 1e3),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_for_people() {
        let shown = [7, 1_234, 2_345_678].map(|micros| super::duration(Duration::from_micros(micros)));
        assert_eq!(shown, ["7 µs", "1.2 ms", "2.3 s"]);
    }

    #[test]
    fn long_values_are_whole_and_text() {
        assert_eq!(value("<b>"), "&lt;b&gt;");
        let long = format!("Negotiate {}ö<", "A".repeat(200));
        assert!(value(&long).contains(&escaped(&long)));
        assert!(value(&long).contains("(212 characters)"));
    }
}
