//! Signed envelopes: the same invoice in each of the forms that programs write, as `envelopes/make.sh` made them.

use std::path::{Path, PathBuf};

use super::folder::{Folder, whole};

const FORMS: [&str; 7] = [
    "der.xml.p7m",
    "ber.xml.p7m",
    "pem.xml.p7m",
    "base64.xml.p7m",
    "base64-lines.xml.p7m",
    "twice.xml.p7m.p7m",
    "twice-base64.xml.p7m.p7m",
];

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fatturapa/envelopes").join(name)
}

#[tokio::test]
async fn one_invoice_in_every_envelope_is_that_invoice() {
    let all = Folder::new();
    for form in FORMS {
        let bytes = std::fs::read(file(form)).unwrap();
        all.put(form, &bytes);
        let folder = Folder::new();
        folder.put(form, &bytes);
        let drafts = whole(&folder.source()).await;
        assert_eq!(drafts.len(), 1, "{form}");
        let draft = &drafts[0];
        assert_eq!(
            (draft.fault.as_deref(), draft.number.as_str(), draft.date.as_deref(), draft.net.as_deref()),
            (None, "42/A", Some("2026-02-01"), Some("1234.56")),
            "{form}"
        );
        assert_eq!(draft.party.name.as_deref(), Some("Caffè di Prova & C. S.r.l."), "{form}");
    }
    all.put("invoice.xml", std::fs::read(file("invoice.xml")).unwrap());
    assert_eq!(whole(&all.source()).await.len(), 1, "and it is one invoice in all of them");
}

/// Half an envelope is never half an invoice.
#[tokio::test]
async fn an_envelope_that_was_cut_is_refused_wherever_it_was_cut() {
    let folder = Folder::new();
    let mut cut = 0;
    for form in FORMS {
        let bytes = std::fs::read(file(form)).unwrap();
        // The end of base64 may be missing by some characters that fill it up.
        for end in (1..bytes.len() - 100).step_by(97) {
            folder.put(&format!("{end}/{form}"), &bytes[..end]);
            cut += 1;
        }
    }
    let drafts = whole(&folder.source()).await;
    assert_eq!(drafts.len(), cut);
    for draft in drafts {
        assert!(draft.fault.is_some(), "{draft:?}");
    }
}
