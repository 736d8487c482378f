//! What the browser shows.

use negotiate::Context;
use negotiate::kerberos::Details;

/// The page for someone who is logged in.
pub(crate) fn known(context: &Context) -> String {
    let mut rows = vec![
        ("You are", context.peer().to_string()),
        ("by", format!("{} in {}", context.mechanism(), context.wrapping())),
        ("services", context.flags().names().collect::<Vec<_>>().join(", ")),
        ("channel bindings", context.channel_bindings().to_string()),
    ];
    if let Some(acceptor) = context.acceptor() {
        rows.push(("this server is", acceptor.to_string()));
    }
    if let Some(expires) = context.expires_at() {
        rows.push(("until", expires.to_string()));
    }
    if let Some(details) = context.details::<Details>() {
        rows.push(("ticket", format!("{}, key version {}", details.ticket_etype, details.kvno)));
    }
    let rows: String = rows.iter().map(|(name, value)| format!("<tr><th>{name}<td>{}", escaped(value))).collect();
    page("Logged in", &format!("<table>{rows}</table>"))
}

/// The page for someone who is not.
pub(crate) fn unknown() -> String {
    page("Who are you?", "<p>This page wants a Kerberos ticket. The server's log says why, if you brought one.</p>")
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>{title}</title><style>:root{{color-scheme:light dark}}body{{font:1rem/1.5 system-ui;margin:3rem auto;\
         max-width:40rem;padding:0 1rem}}th{{text-align:left;padding-right:1rem;vertical-align:top}}</style>\
         <h1>{title}</h1>{body}\n"
    )
}

/// Names come from the network: they are text, never markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
