//! A folder of e-invoices, as the engine reads it: with the state that remembers what was read.

mod envelopes;
pub(crate) mod folder;
mod oddities;
pub(crate) mod writer;

use std::path::Path;
use std::time::Duration;

use sirank::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Standing};
use sirank::domain::intake::{CurrencyRules, intake};
use sirank::ports::{DocumentChanges, InvoiceSource, Mark, Trouble};
use tempfile::TempDir;

use self::folder::{Folder, changed, touch, whole};
use self::writer::{Customer, Document, OWN, archive, e_invoice, receipt, refusal};
use crate::any_day;

/// An e-invoice of the company's own to a fictitious customer.
fn invoice(kind: &'static str, number: &str, date: &str, net: &str) -> String {
    let customer = Customer { vat: Some(("IT", "00000000018".to_owned())), ..Customer::default() };
    e_invoice(&customer, &[Document::new(kind, number, date, net)])
}

fn kinds(drafts: &[DocumentDraft]) -> Vec<(&str, Result<DraftKind, String>)> {
    drafts.iter().map(|draft| (draft.number.as_str(), draft.kind.clone())).collect()
}

const INVOICE: Result<DraftKind, String> = Ok(DraftKind::Issued(DocumentKind::Invoice));
const DISCARDED: Result<DraftKind, String> = Ok(DraftKind::NotCounted(NotCounted::Discarded));

#[tokio::test]
async fn a_document_in_several_files_counts_once_and_goes_with_the_last() {
    let folder = Folder::new();
    let one = invoice("TD01", "12/A", "2026-01-31+01:00", "100.00");
    folder.put("2026/IT01234567897_00001.xml", &one);
    folder.put("copy/IT01234567897_00001 (1).XML", &one);
    folder.put("note.txt", "not looked at");
    let source = folder.source();
    let drafts = whole(&source).await;
    assert_eq!(drafts.len(), 1);
    let draft = &drafts[0];
    assert_eq!(
        (draft.number.as_str(), draft.date.as_deref(), draft.net.as_deref()),
        ("12/A", Some("2026-01-31"), Some("100.00"))
    );
    assert_eq!(draft.seller.as_deref(), Some(OWN));
    assert_eq!(draft.party.vat_number.as_deref(), Some("00000000018"));

    let mark = source.mark(any_day()).await.unwrap();
    std::fs::remove_file(folder.path().join("2026/IT01234567897_00001.xml")).unwrap();
    let (drafts, gone, mark) = changed(&source, &mark).await;
    assert_eq!((drafts.len(), gone.len()), (1, 0), "it is in the copy");
    std::fs::remove_dir_all(folder.path().join("copy")).unwrap();
    let (drafts, gone, mark) = changed(&source, &mark).await;
    assert_eq!((drafts.len(), gone.len()), (0, 1));
    let (drafts, gone, again) = changed(&source, &mark).await;
    assert_eq!((drafts.len(), gone.len(), again), (0, 0, mark), "nothing has changed");
}

#[tokio::test]
async fn a_refused_file_is_no_invoice_until_it_is_sent_again() {
    let folder = Folder::new();
    folder.put("IT01234567897_00001.xml", invoice("TD01", "1", "2026-02-01", "10.00"));
    folder.put("IT01234567897_00002.xml", invoice("TD01", "2", "2026-02-01", "20.00"));
    let source = folder.source();
    whole(&source).await;
    let mark = source.mark(any_day()).await.unwrap();
    folder.put("IT01234567897_00001_NS_001.xml", refusal("IT01234567897_00001.xml.p7m"));
    let (drafts, _, mark) = changed(&source, &mark).await;
    assert_eq!(kinds(&drafts), [("1", DISCARDED)]);
    // The same invoice under a new name.
    folder.put("IT01234567897_00003.xml", invoice("TD01", "1", "2026-02-01", "11.00"));
    let (drafts, _, _) = changed(&source, &mark).await;
    assert_eq!(kinds(&drafts), [("1", INVOICE)]);
    assert_eq!(drafts[0].net.as_deref(), Some("11.00"));
    assert_eq!(whole(&source).await.len(), 2);
}

#[tokio::test]
async fn an_archive_that_was_refused_takes_its_invoices_with_it() {
    let folder = Folder::new();
    let one = invoice("TD01", "1", "2026-02-01", "10.00");
    let sent = archive([("IT01234567897_00002.xml".to_owned(), one.as_bytes())]);
    folder.put("sent/2026.zip", archive([("IT01234567897_00001.zip".to_owned(), &sent[..])]));
    let source = folder.source();
    assert_eq!(kinds(&whole(&source).await), [("1", INVOICE)]);
    let mark = source.mark(any_day()).await.unwrap();
    folder.put("IT01234567897_00001_NS_001.xml", refusal("IT01234567897_00001.zip"));
    let (drafts, _, _) = changed(&source, &mark).await;
    assert_eq!(kinds(&drafts), [("1", DISCARDED)]);
}

#[tokio::test]
async fn a_file_that_grows_is_read_once_it_has_stopped() {
    let folder = Folder::new();
    let whole_file = invoice("TD01", "1", "2026-02-01", "10.00");
    let file = folder.put("a.xml", &whole_file[..300]);
    tokio::time::pause();
    touch(&file, Duration::ZERO);
    let source = folder.source();
    // While the scan waits for it to settle, it goes on growing.
    let (drafts, ()) = tokio::join!(whole(&source), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        std::fs::write(&file, &whole_file).unwrap();
    });
    assert_eq!(drafts, [], "half a file is neither an invoice nor a broken one");
    touch(&file, Duration::from_mins(1));
    assert_eq!(whole(&source).await.len(), 1);
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_forgets_nothing() {
    let folder = Folder::new();
    folder.put("sub/a.xml", invoice("TD01", "1", "2026-02-01", "10.00"));
    whole(&folder.source()).await;
    let away = folder.path().with_extension("away");
    std::fs::rename(folder.path(), &away).unwrap();
    let source = folder.source();
    let mark = Mark("0".to_owned());
    for error in [
        source.documents(any_day(), None).await.map(drop).unwrap_err(),
        source.changed(any_day(), &mark, None).await.map(drop).unwrap_err(),
        source.probe().await.map(drop).unwrap_err(),
    ] {
        assert!(
            matches!(&error.trouble, Trouble::Input(text) if text.contains("cannot be looked at")),
            "{error}"
        );
    }
    drop(source);
    std::fs::rename(&away, folder.path()).unwrap();
    assert_eq!(whole(&folder.source()).await.len(), 1);
}

#[tokio::test]
async fn ten_thousand_notifications_are_no_documents_and_no_faults() {
    let folder = Folder::new();
    let receipt = receipt("a.xml");
    for number in 0..10_000 {
        std::fs::write(folder.path().join(format!("IT01234567897_{number:05}_RC_001.xml")), &receipt)
            .unwrap();
    }
    folder.put("a.xml", invoice("TD04", "1", "2026-02-01", "10.00"));
    tokio::time::pause();
    let drafts = whole(&folder.source()).await;
    assert_eq!(kinds(&drafts), [("1", Ok(DraftKind::Issued(DocumentKind::CreditNote)))]);
    let probe = folder.source().probe().await.unwrap();
    assert!(probe.identity.contains("10001 files"), "{}", probe.identity);
}

#[tokio::test]
async fn a_check_shows_the_first_documents_as_they_are_understood() {
    let folder = Folder::new();
    folder.put("a.xml", invoice("TD04", "7", "2026-02-01", "10.00"));
    folder.put("b.xml", "<NotificaScarto><NomeFile>other.xml</NomeFile></NotificaScarto>");
    let sample = folder.source().probe().await.unwrap().sample;
    assert_eq!(kinds(&sample), [("7", Ok(DraftKind::Issued(DocumentKind::CreditNote)))]);
    assert_eq!(sample[0].net.as_deref(), Some("10.00"));
}

#[tokio::test]
async fn one_bad_file_stops_no_other_and_is_rejected_with_its_reason() {
    let folder = Folder::new();
    folder.put("bad.xml", "<FatturaElettronica><broken");
    folder.put("bad.xml.p7m", [0x30, 0x82, 0xff, 0xff, 1, 2, 3]);
    folder.put("bad.zip", "PK no archive");
    folder.put("empty.xml", "");
    folder
        .put("other.xml", invoice("TD01", "9", "2026-02-01", "10.00").replace("01234567897", "09999999993"));
    folder.put("unknown.xml", invoice("TD77", "2", "2026-02-01", "10.00"));
    folder.put("good.xml", invoice("TD01", "1", "2026-02-01", "10.00"));
    let source = folder.source();
    let documents: Vec<_> =
        whole(&source).await.into_iter().map(|draft| intake(draft, &CurrencyRules::default())).collect();
    let rejected: Vec<&str> = documents
        .iter()
        .filter_map(|document| match &document.standing {
            Standing::Rejected { detail, .. } => Some(detail.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(rejected.len(), 5, "{rejected:?}");
    for part in ["bad.xml: ", "bad.xml.p7m: ", "bad.zip: ", "empty.xml: ", "TD77"] {
        assert!(rejected.iter().any(|detail| detail.contains(part)), "{part}: {rejected:?}");
    }
    assert_eq!(
        documents.iter().filter(|document| matches!(document.standing, Standing::Counts { .. })).count(),
        1
    );
    // Mended, it is read again.
    folder.put("bad.xml", invoice("TD01", "3", "2026-02-01", "10.00"));
    assert_eq!(whole(&source).await.iter().filter(|draft| draft.fault.is_none()).count(), 3);
}

#[tokio::test]
async fn other_own_numbers_read_the_folder_anew() {
    let folder = Folder::new();
    folder.put("a.xml", invoice("TD01", "1", "2026-02-01", "10.00"));
    let source = folder.source();
    assert_eq!(whole(&source).await.len(), 1);
    drop(source);
    let source = folder.source_of(folder.path().to_owned(), &["IT09999999993"]);
    assert_eq!(whole(&source).await.len(), 0);
    let probe = source.probe().await.unwrap();
    assert!(probe.findings[0].what.contains("none of 1 files"), "{:?}", probe.findings);
    assert!(probe.findings[0].what.contains(OWN), "{:?}", probe.findings);
}

/// The published samples in one folder: none stops the scan, and an archive counts as what it holds.
#[tokio::test]
async fn the_published_samples_are_read_or_rejected() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/fatturapa");
    if !samples.exists() {
        println!("skipped: there is no ../shared/data/fatturapa");
        return;
    }
    let mut reader = csv::Reader::from_path(samples.join("expected.csv")).unwrap();
    let rows: Vec<std::collections::BTreeMap<String, String>> =
        reader.deserialize().map(Result::unwrap).collect();
    let sellers: Vec<String> = rows
        .iter()
        .flat_map(|row| {
            [format!("{}{}", row["seller_country"], row["seller_vat"]), row["seller_vat"].clone()]
        })
        .collect();
    let sellers: Vec<&str> = sellers.iter().map(String::as_str).collect();
    let folder = Folder::new();
    let source = folder.source_of(samples.clone(), &sellers);
    let drafts = whole(&source).await;
    let currency = CurrencyRules { rates: [("USD".to_owned(), 1.into())].into(), ..CurrencyRules::default() };
    let documents: Vec<_> =
        drafts.into_iter().map(|draft| (draft.place.clone(), intake(draft, &currency))).collect();
    for row in &rows {
        let of_file =
            |(place, _): &&(String, _)| place.split(": document ").next() == Some(row["file"].as_str());
        let found: Vec<_> = documents.iter().filter(of_file).collect();
        let rejected =
            found.iter().any(|(_, document)| matches!(document.standing, Standing::Rejected { .. }));
        match row["expect"].as_str() {
            "skip" => assert!(found.is_empty(), "{}", row["file"]),
            // Its seller's VAT number is none (`ve`), so it cannot be the company's own.
            "reject" if row["seller_vat"] == "ve" => assert!(found.is_empty(), "{found:?}"),
            "reject" => assert!(rejected, "{}: {found:?}", row["file"]),
            _ => assert!(!rejected, "{}: {found:?}", row["file"]),
        }
    }
    // A second whole reading opens none of them: nothing gets a new position.
    let mark = source.mark(any_day()).await.unwrap();
    whole(&source).await;
    assert_eq!(source.mark(any_day()).await.unwrap(), mark);
    let archive = "derived_three_invoices.zip";
    let alone = Folder::new();
    alone.put(archive, std::fs::read(samples.join(archive)).unwrap());
    let drafts = whole(&alone.source_of(alone.path().to_owned(), &sellers)).await;
    assert_eq!(drafts.len(), 3, "{drafts:?}");
    assert!(drafts.iter().all(|draft| draft.place.starts_with(archive)), "{drafts:?}");
}

/// Envelopes as OpenSSL makes them: DER, BER with indefinite lengths, PEM and base64, one in another.
#[tokio::test]
async fn envelopes_made_by_openssl_are_opened() {
    let work = TempDir::new().unwrap();
    let openssl = |arguments: &str| {
        let run = std::process::Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(work.path())
            .output()?;
        assert!(run.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&run.stderr));
        Ok::<_, std::io::Error>(())
    };
    if openssl("version").is_err() {
        println!("skipped: there is no openssl");
        return;
    }
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 1 -subj /CN=Esempio")
        .unwrap();
    let folder = Folder::new();
    let sign = "cms -sign -nodetach -binary -signer cert.pem -inkey key.pem";
    let forms = [
        ("der", "-outform DER"),
        ("ber", "-outform DER -stream -indef"),
        ("pem", "-outform PEM"),
        ("pem-ber", "-outform PEM -stream -indef"),
    ];
    for (number, (form, options)) in (1..).zip(forms) {
        std::fs::write(
            work.path().join("in.xml"),
            invoice("TD01", &number.to_string(), "2026-02-01", "10.00"),
        )
        .unwrap();
        openssl(&format!("{sign} {options} -in in.xml -out {form}.p7m")).unwrap();
        let bytes = std::fs::read(work.path().join(format!("{form}.p7m"))).unwrap();
        folder.put(&format!("{form}.xml.p7m"), &bytes);
        folder.put(&format!("damaged/{form}.xml.p7m"), &bytes[..bytes.len() / 2]);
    }
    // Signed twice, and in base64 without PEM lines.
    openssl(&format!("{sign} -outform DER -in ber.p7m -out twice.p7m")).unwrap();
    openssl("base64 -in twice.p7m -out twice.base64").unwrap();
    folder.put("twice.xml.p7m.p7m", std::fs::read(work.path().join("twice.p7m")).unwrap());
    folder.put("twice.base64.xml.p7m", std::fs::read(work.path().join("twice.base64")).unwrap());
    let drafts = whole(&folder.source()).await;
    let (good, bad): (Vec<_>, Vec<_>) = drafts.into_iter().partition(|draft| draft.fault.is_none());
    let mut numbers: Vec<&str> = good.iter().map(|draft| draft.number.as_str()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, ["1", "2", "3", "4"], "the one signed twice is the second");
    assert_eq!(bad.len(), forms.len(), "{bad:?}");
    assert!(bad.iter().all(|draft| draft.place.starts_with("damaged/")), "{bad:?}");
}

#[tokio::test]
async fn a_second_file_of_a_name_that_is_refused_for_its_name_takes_nothing_out() {
    let folder = Folder::new();
    folder.put("IT01234567897_00001.xml", invoice("TD01", "1", "2026-02-01", "10.00"));
    let refused_for = |code: &str| refusal("IT01234567897_00001.xml").replace("00404", code);
    folder.put("IT01234567897_00001_NS_001.xml", refused_for("00002"));
    assert_eq!(kinds(&whole(&folder.source()).await), [("1", Ok(DraftKind::Issued(DocumentKind::Invoice)))]);
    folder.put("IT01234567897_00001_NS_002.xml", refused_for("00404"));
    let drafts = whole(&folder.source()).await;
    assert_eq!(kinds(&drafts), [("1", DISCARDED)]);
}

/// Archives of old systems unpack to names in encodings of their own.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn names_that_are_no_text_and_links_are_read_like_others() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let (folder, elsewhere) = (Folder::new(), Folder::new());
    for (number, byte) in [("1", b'\xe0'), ("2", b'\xe8')] {
        let name = [b"fattura_".as_slice(), &[byte], b".xml"].concat();
        let path = folder.path().join(std::ffi::OsStr::from_bytes(&name));
        std::fs::write(&path, invoice("TD01", number, "2026-02-01", "10.00")).unwrap();
        touch(&path, Duration::from_hours(1));
    }
    elsewhere.put("3.xml", invoice("TD01", "3", "2026-02-01", "10.00"));
    symlink(elsewhere.path(), folder.path().join("linked")).unwrap();
    symlink(folder.path(), folder.path().join("circle")).unwrap();
    symlink(folder.path().join("gone.xml"), folder.path().join("nowhere.xml")).unwrap();
    let source = folder.source();
    let drafts = whole(&source).await;
    assert_eq!(drafts.iter().map(|draft| draft.number.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);

    // A folder behind a link that leads nowhere may be one that is not mounted: what was in it stays.
    drop(elsewhere);
    let error = source.documents(any_day(), None).await.map(drop).unwrap_err();
    assert!(error.to_string().contains("linked: cannot be looked at"), "{error}");
}
