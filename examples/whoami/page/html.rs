//! Text made fit for HTML, and the page's building blocks.

/// Names come from the network: they are text, never markup.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A part of the page under a heading; `content` is markup.
pub(super) fn card(title: &str, class: &str, content: &str) -> String {
    format!("<section class='card {class}'><h2>{title}</h2>{content}</section>\n")
}

/// What has which value, as a list of terms; values are text.
pub(super) fn terms(rows: &[(&str, String)]) -> String {
    let rows: String = rows.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escaped(value))).collect();
    format!("<dl>{rows}</dl>")
}

/// `1 octet`, `2 octets`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_markup() {
        assert_eq!(escaped("<b a='1' c=\"2\">&amp;</b>"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;&lt;/b&gt;");
        assert_eq!(terms(&[("name", "<script>".to_owned())]), "<dl><dt>name</dt><dd>&lt;script&gt;</dd></dl>");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!((count(1, "octet"), count(0, "SID")), ("1 octet".to_owned(), "0 SIDs".to_owned()));
    }
}
