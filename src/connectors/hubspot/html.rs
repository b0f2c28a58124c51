//! The bodies of tasks, which are HTML.

/// Lines of plain text as a body.
pub(super) fn body_of(lines: &[String]) -> String {
    lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br>")
}

fn escaped(text: &str) -> String {
    let mut body = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => body.push_str("&amp;"),
            '<' => body.push_str("&lt;"),
            '>' => body.push_str("&gt;"),
            '"' => body.push_str("&quot;"),
            '\'' => body.push_str("&#39;"),
            other => body.push(other),
        }
    }
    body
}

/// The text of a body, as far as a marker in it needs: an editor that a person opened the task in may have put tags
/// around its words, and made another space of the one in it.
pub(super) fn text_of(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    let mut inside_tag = false;
    for letter in body.chars() {
        match letter {
            '<' => inside_tag = true,
            '>' if inside_tag => inside_tag = false,
            '\u{a0}' if !inside_tag => text.push(' '),
            other if !inside_tag => text.push(other),
            _ => {}
        }
    }
    [("&nbsp;", " "), ("&#160;", " "), ("&#91;", "["), ("&#93;", "]"), ("&#64;", "@")]
        .into_iter()
        .fold(text, |text, (entity, letter)| text.replace(entity, letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::CompanyId;
    use crate::domain::tasks::TaskKey;

    #[test]
    fn text_is_escaped_and_lines_stay_lines() {
        let lines = ["Fratelli <b>Pò</b> & \"Figli\"", "d'Esempio"].map(str::to_owned);
        assert_eq!(
            body_of(&lines),
            "Fratelli &lt;b&gt;Pò&lt;/b&gt; &amp; &quot;Figli&quot;<br>d&#39;Esempio"
        );
        assert_eq!(body_of(&[]), "");
    }

    #[test]
    fn a_marker_is_found_in_whatever_an_editor_made_of_it() {
        let key = TaskKey::contact(&CompanyId::from("42"), "2026-05-13".parse().unwrap());
        for body in [
            body_of(&["Call a < b".to_owned(), key.marker()]),
            "<div><p>x &lt; y</p><p>[sirank&nbsp;contact:42@2026-05-13]</p></div>".to_owned(),
            "<p>[<span style=\"a\">sirank\u{a0}contact</span>:42&#64;2026-05-13]".to_owned(),
        ] {
            assert_eq!(TaskKey::find(&text_of(&body)), Some(key.clone()), "{body}");
        }
        // What a person wrote about tags is no marker.
        assert_eq!(TaskKey::find(&text_of("Call <[sirank contact:42@2026-05-13]>")), None);
    }
}
